#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

#include "tests/unit/kernel_trace.h"

namespace sim {
namespace {
using boost::asio::use_awaitable;

/// Every coroutine here notes its steps, and by guards the end of its frame.
class KernelKill : public KernelTest {
 public:
  Coroutine sleeper(std::string name, core::SteadyTime deadline) {
    const Guard guard(*this, name);
    co_await clock.sleep_until(deadline);
    note(name + " slept");
  }

  Coroutine waiter(std::string name, core::Timer& timer) {
    const Guard guard(*this, name);
    co_await timer.wait_until(kNever);
    note(name + " waited");
  }

  Coroutine nested(int depth) {
    const Guard guard(*this, "level " + std::to_string(depth));
    if (depth == 0) {
      co_await clock.sleep_until(at(100));
    } else {
      co_await nested(depth - 1);
    }
    note("back");
  }

  Coroutine ready(std::string name) {
    const Guard guard(*this, name);
    co_await boost::asio::post(process.executor(), use_awaitable);
    note(name + " went on");
  }

  Coroutine parent(int depth) {
    const Guard guard(*this, "parent " + std::to_string(depth));
    if (depth == 0) {
      co_await sleeper("child", at(100));
    } else {
      co_await boost::asio::co_spawn(process.executor(), parent(depth - 1), use_awaitable);
    }
    note("back");
  }

  Coroutine receiver(std::shared_ptr<int> value) {
    const Guard guard(*this, "receiver");
    const auto answer = co_await complete_at(process, at(100), std::move(value));
    note("received " + std::to_string(*answer));
  }

  /// Owns the signal that its child is cancelled by and the timer that another child waits on.
  Coroutine owner() {
    const Guard guard(*this, "owner");
    boost::asio::cancellation_signal signal;
    const auto timer = clock.make_timer();
    boost::asio::co_spawn(process.executor(), sleeper("cancellable", at(100)),
                          boost::asio::bind_cancellation_slot(signal.slot(), boost::asio::detached));
    spawn(process, waiter("waiter on the owner's timer", *timer));
    co_await clock.sleep_until(at(50));
    signal.emit(boost::asio::cancellation_type::terminal);
    timer->wake();
  }

  /// Does all that a destructor may do to its own process.
  struct Meddler {
    KernelKill& test;
    core::Timer& timer;
    boost::asio::cancellation_signal& signal;
    ~Meddler() {
      boost::asio::post(test.process.executor(), [guard = std::make_unique<Guard>(test, "posted by a destructor")] {
        FAIL() << "a dead process ran";
      });
      test.spawn(test.process, test.sleeper("spawned by a destructor", at(1)));
      timer.wake();
      signal.emit(boost::asio::cancellation_type::terminal);
    }
  };
  Coroutine meddler(core::Timer& timer, boost::asio::cancellation_signal& signal) {
    const Meddler meddler{*this, timer, signal};
    co_await clock.sleep_until(at(100));
  }

  void kill_and_go_on() {
    kernel.kill(process);
    note("killed");
    EXPECT_FALSE(process.is_alive());
    EXPECT_EQ(run(), RunOutcome::Deadlock);
  }
};

TEST_F(KernelKill, destroys_sleeps_in_the_order_in_which_they_began) {
  spawn(process, sleeper("long", at(200)));
  spawn(process, sleeper("short", at(100)));
  spawn(process, sleeper("endless", kNever));
  run(at(10));
  kill_and_go_on();
  EXPECT_EQ(trace, (Trace{"10 ~long", "10 ~short", "10 ~endless", "10 killed"}));
  EXPECT_EQ(kernel.now(), at(10));
}

TEST_F(KernelKill, destroys_a_coroutine_that_has_not_begun) {
  spawn(process, sleeper("sleeper", at(1)));
  kill_and_go_on();
  EXPECT_EQ(trace, Trace{"0 killed"}) << "its body never began, so it has no guard";
}

TEST_F(KernelKill, destroys_ready_tasks_without_running_them) {
  spawn(process, ready("coroutine"));
  boost::asio::post(process.executor(), [this, guard = std::make_unique<Guard>(*this, "task")] { note("ran"); });
  int steps = 0;
  kernel.run([&steps] { return steps++ == 1; }, kNever);
  kill_and_go_on();
  EXPECT_EQ(trace, (Trace{"0 ~task", "0 ~coroutine", "0 killed"}));
}

TEST_F(KernelKill, destroys_a_woken_wait_that_has_not_run_yet) {
  const auto timer = clock.make_timer();
  spawn(process, waiter("waiter", *timer));
  run(at(1));
  timer->wake();
  kill_and_go_on();
  timer->wake();
  EXPECT_EQ(trace, (Trace{"0 ~waiter", "0 killed"}));
}

TEST_F(KernelKill, destroys_nested_frames_from_the_inside_out) {
  spawn(process, nested(2));
  run(at(10));
  kill_and_go_on();
  EXPECT_EQ(trace, (Trace{"10 ~level 0", "10 ~level 1", "10 ~level 2", "10 killed"}));
}

TEST_F(KernelKill, destroys_parents_with_the_children_that_they_wait_for) {
  spawn(process, parent(2));
  run(at(10));
  kill_and_go_on();
  EXPECT_EQ(trace, (Trace{"10 ~child", "10 ~parent 0", "10 ~parent 1", "10 ~parent 2", "10 killed"}));
}

TEST_F(KernelKill, destroys_a_long_chain_of_parents_without_a_deep_stack) {
  constexpr int kDepth = 20'000;
  spawn(process, parent(kDepth));
  run(at(10));
  kernel.kill(process);
  EXPECT_EQ(trace.size(), kDepth + 2U);
  EXPECT_EQ(trace.back(), "10 ~parent " + std::to_string(kDepth));
}

TEST_F(KernelKill, destroys_an_answer_on_its_way) {
  auto value = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = value;
  spawn(process, receiver(std::move(value)));
  run(at(10));
  kill_and_go_on();
  EXPECT_EQ(trace, (Trace{"10 ~receiver", "10 killed"}));
  EXPECT_TRUE(watched.expired());
}

TEST_F(KernelKill, destroys_coroutines_whose_signals_and_timers_belong_to_each_other) {
  spawn(process, owner());
  run(at(10));
  kill_and_go_on();
  EXPECT_EQ(trace, (Trace{"10 ~cancellable", "10 ~waiter on the owner's timer", "10 ~owner", "10 killed"}));
}

TEST_F(KernelKill, destroys_what_destructors_leave_behind) {
  const auto timer = clock.make_timer();
  boost::asio::cancellation_signal signal;
  spawn(process, meddler(*timer, signal));
  spawn(process, waiter("waiter", *timer));
  boost::asio::co_spawn(process.executor(), sleeper("cancellable", at(100)),
                        boost::asio::bind_cancellation_slot(signal.slot(), boost::asio::detached));
  run(at(10));
  kill_and_go_on();
  EXPECT_EQ(trace, (Trace{"10 ~waiter", "10 ~cancellable", "10 ~posted by a destructor", "10 killed"}));
}

TEST_F(KernelKill, destroys_handlers_that_own_the_signals_of_each_other) {
  using Signal = boost::asio::cancellation_signal;
  const auto start = [this](const std::shared_ptr<Signal>& own, const std::shared_ptr<Signal>& other) {
    start_wait(process, at(100), boost::asio::bind_cancellation_slot(own->slot(), [this, other] { note("ran"); }),
               [](auto handler, WaitEnd) { std::move(handler)(); });
  };
  const auto outside = std::make_shared<Signal>();
  start(outside, nullptr);
  {
    auto a = std::make_shared<Signal>();
    auto b = std::make_shared<Signal>();
    start(a, b);
    start(b, a);
  }
  kill_and_go_on();
  outside->emit(boost::asio::cancellation_type::terminal);
  EXPECT_EQ(run(), RunOutcome::Deadlock);
  EXPECT_EQ(trace, Trace{"0 killed"});
}

TEST_F(KernelKill, leaves_signals_and_timers_that_others_hold_usable) {
  const auto timer = clock.make_timer();
  boost::asio::cancellation_signal signal;
  boost::asio::co_spawn(process.executor(), waiter("waiter", *timer),
                        boost::asio::bind_cancellation_slot(signal.slot(), boost::asio::detached));
  run(at(10));
  kernel.kill(process);
  trace.clear();
  signal.emit(boost::asio::cancellation_type::terminal);
  timer->wake();
  EXPECT_EQ(run(), RunOutcome::Deadlock);
  EXPECT_TRUE(trace.empty());
}

TEST_F(KernelKill, lets_nothing_of_the_process_run_afterwards) {
  kernel.kill(process);
  kernel.kill(process);
  boost::asio::post(process.executor(), [this, guard = std::make_unique<Guard>(*this, "task")] { note("ran"); });
  EXPECT_EQ(trace, Trace{"0 ~task"});
  spawn(process, sleeper("sleeper", at(1)));
  EXPECT_EQ(run(), RunOutcome::Deadlock);
  EXPECT_EQ(trace.size(), 1U);
}

TEST_F(KernelKill, leaves_other_processes_and_the_world_alone) {
  Process& other = kernel.create_process("other");
  SimClock other_clock(other);
  struct Program {
    static Coroutine sleep(KernelKill& test, core::Clock& other_clock) {
      co_await other_clock.sleep_until(at(20));
      test.note("other slept");
    }
  };
  for (int i = 0; i < 100; ++i) spawn(process, sleep("killed", at(i % 17)));
  spawn(other, Program::sleep(*this, other_clock));
  spawn(process, sleep("killed", at(20)));
  kernel.schedule_at(at(20), [this] { note("world"); });
  kernel.post([this] { note("world is ready"); });
  kernel.kill(process);
  EXPECT_EQ(run(), RunOutcome::Deadlock);
  EXPECT_EQ(trace, (Trace{"0 world is ready", "20 world", "20 other slept"}));
}

TEST_F(KernelKill, a_restart_is_a_new_process_of_the_same_name) {
  spawn(process, sleeper("first life", at(100)));
  run(at(10));
  kernel.kill(process);
  Process& again = kernel.create_process(process.name());
  SimClock again_clock(again);
  struct Program {
    static Coroutine sleep(KernelKill& test, core::Clock& clock) {
      co_await clock.sleep_until(at(100));
      test.note("second life");
    }
  };
  spawn(again, Program::sleep(*this, again_clock));
  EXPECT_EQ(run(), RunOutcome::Deadlock);
  EXPECT_EQ(again.name(), process.name());
  EXPECT_TRUE(again.is_alive());
  EXPECT_EQ(trace, (Trace{"10 ~first life", "100 second life"}));
}

TEST_F(KernelKill, one_process_may_kill_another_but_not_itself) {
  Process& other = kernel.create_process("other");
  spawn(process, sleeper("sleeper", at(100)));
  kernel.schedule_at(at(5), [this, &other] {
    boost::asio::post(other.executor(), [this] {
      kernel.kill(process);
      note("killed");
    });
  });
  EXPECT_EQ(run(), RunOutcome::Deadlock);
  EXPECT_EQ(trace, (Trace{"5 ~sleeper", "5 killed"}));
  boost::asio::post(other.executor(), [this, &other] { kernel.kill(other); });
  EXPECT_DEATH(run(), "cannot be killed by itself");
}

TEST_F(KernelKill, the_end_of_the_kernel_kills_what_is_left) {
  auto world = std::make_unique<Kernel>();
  SimClock world_clock(world->create_process("process"));
  struct Program {
    static Coroutine sleep(KernelKill& test, core::Clock& clock, std::string name) {
      const Guard guard(test, name);
      co_await clock.sleep_until(at(100));
      test.note("slept");
    }
  };
  Process& process_of_world = world->create_process("sleeper");
  SimClock sleeper_clock(process_of_world);
  boost::asio::co_spawn(process_of_world.executor(), Program::sleep(*this, sleeper_clock, "coroutine"),
                        boost::asio::detached);
  world->run([] { return false; }, at(1));
  world->schedule_at(at(9), [this, guard = std::make_unique<Guard>(*this, "world entry")] { note("ran"); });
  world->post([this, guard = std::make_unique<Guard>(*this, "world task")] { note("ran"); });
  world.reset();
  EXPECT_EQ(trace, (Trace{"0 ~coroutine", "0 ~world task", "0 ~world entry"}));
}

}  // namespace
}  // namespace sim
