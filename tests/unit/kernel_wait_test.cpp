#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <memory>

#include "tests/unit/kernel_trace.h"

namespace sim {
namespace {
using boost::asio::cancellation_type;

class KernelWait : public KernelTest {
 public:
  Coroutine wait(std::string name, core::Timer& on, core::SteadyTime deadline) {
    std::string how;
    try {
      how = co_await on.wait_until(deadline) ? " due" : " woken";
    } catch (const boost::system::system_error& error) {
      how = error.code() == boost::asio::error::operation_aborted ? " aborted" : " failed";
    }
    note(name + how);
  }

  Coroutine wait_again(std::string name, core::Timer& on, std::vector<core::SteadyTime> deadlines) {
    for (const core::SteadyTime deadline : deadlines) co_await wait(name, on, deadline);
  }

  Coroutine cancellable_sleep(core::SteadyTime deadline) {
    std::string how = "slept";
    try {
      co_await clock.sleep_until(deadline);
    } catch (const boost::system::system_error& error) {
      how = error.code() == boost::asio::error::operation_aborted ? "aborted" : "failed";
    }
    note(how);
  }

  Coroutine receive(core::SteadyTime deadline, std::shared_ptr<int> value) {
    try {
      const std::shared_ptr<int> answer = co_await complete_at(process, deadline, std::move(value));
      note("received " + std::to_string(*answer));
    } catch (const boost::system::system_error&) {
      note("aborted");
    }
  }

  void spawn_cancellable(Coroutine coroutine) {
    boost::asio::co_spawn(process.executor(), std::move(coroutine),
                          boost::asio::bind_cancellation_slot(signal.slot(), boost::asio::detached));
  }

  boost::asio::cancellation_signal signal;
  std::unique_ptr<core::Timer> timer = clock.make_timer();
};

TEST_F(KernelWait, wake_ends_the_wait_later_and_never_inside_the_call) {
  spawn(process, wait("waiter", *timer, kNever));
  kernel.schedule_at(at(3), [this] {
    timer->wake();
    note("end of wake");
  });
  run();
  EXPECT_EQ(trace, (Trace{"3 end of wake", "3 waiter woken"}));
}

TEST_F(KernelWait, wake_without_a_wait_or_a_second_time_does_nothing) {
  timer->wake();
  spawn(process, wait_again("waiter", *timer, {at(5), at(9)}));
  kernel.schedule_at(at(3), [this] {
    timer->wake();
    timer->wake();
  });
  run();
  EXPECT_EQ(trace, (Trace{"3 waiter woken", "9 waiter due"}));
  timer->wake();
  EXPECT_EQ(run(), RunOutcome::Deadlock);
}

TEST_F(KernelWait, a_woken_wait_leaves_nothing_that_is_due) {
  spawn(process, wait("waiter", *timer, at(100)));
  kernel.schedule_at(at(3), [this] { timer->wake(); });
  EXPECT_EQ(run(), RunOutcome::Deadlock);
  EXPECT_EQ(kernel.now(), at(3));
}

TEST_F(KernelWait, the_woken_run_in_the_order_of_the_wakes) {
  const auto second = clock.make_timer();
  spawn(process, wait("a", *timer, at(9)));
  spawn(process, wait("b", *second, at(8)));
  kernel.schedule_at(at(3), [this, &second] {
    second->wake();
    kernel.post([this] { note("posted between"); });
    timer->wake();
  });
  run();
  EXPECT_EQ(trace, (Trace{"3 b woken", "3 posted between", "3 a woken"}));
}

TEST_F(KernelWait, a_wait_that_is_due_at_the_instant_of_the_wake_is_woken_by_a_world_entry) {
  spawn(process, wait("waiter", *timer, at(3)));
  kernel.schedule_at(at(3), [this] { timer->wake(); });
  run();
  EXPECT_EQ(trace, Trace{"3 waiter woken"});
}

TEST_F(KernelWait, cancelling_ends_a_sleep_with_operation_aborted) {
  for (const auto deadline : {at(100), kNever}) {
    trace.clear();
    spawn_cancellable(cancellable_sleep(deadline));
    run(kernel.now() + std::chrono::milliseconds(1));
    signal.emit(cancellation_type::terminal);
    EXPECT_TRUE(trace.empty()) << "the waiter ran inside emit";
    EXPECT_EQ(run(), RunOutcome::Deadlock);
    EXPECT_EQ(trace.size(), 1U);
    EXPECT_TRUE(trace.front().ends_with("aborted")) << trace.front();
  }
  EXPECT_LT(kernel.now(), at(100));
}

TEST_F(KernelWait, cancelling_ends_a_timer_wait_which_can_then_be_used_again) {
  spawn_cancellable(wait("first", *timer, at(50)));
  kernel.schedule_at(at(2), [this] { signal.emit(cancellation_type::terminal); });
  kernel.schedule_at(at(3), [this] { spawn(process, wait("second", *timer, at(60))); });
  run();
  EXPECT_EQ(trace, (Trace{"2 first aborted", "60 second due"}));
}

TEST_F(KernelWait, a_wait_has_one_end_whatever_comes_after_it) {
  spawn_cancellable(wait("waiter", *timer, at(50)));
  kernel.schedule_at(at(2), [this] {
    timer->wake();
    signal.emit(cancellation_type::terminal);
  });
  run();
  EXPECT_EQ(trace, Trace{"2 waiter woken"});
  trace.clear();
  spawn_cancellable(wait("waiter", *timer, at(50)));
  // As the process, since Asio dispatches a signal to the coroutine's executor: from elsewhere it comes a step later.
  kernel.schedule_at(at(3), [this] {
    boost::asio::post(process.executor(), [this] {
      signal.emit(cancellation_type::terminal);
      timer->wake();
      signal.emit(cancellation_type::terminal);
    });
  });
  run();
  EXPECT_EQ(trace, Trace{"3 waiter aborted"});
}

TEST_F(KernelWait, a_signal_without_a_wait_does_nothing) {
  spawn_cancellable(cancellable_sleep(at(5)));
  run();
  signal.emit(cancellation_type::terminal);
  EXPECT_EQ(run(), RunOutcome::Deadlock);
  EXPECT_EQ(trace, Trace{"5 slept"});
}

TEST_F(KernelWait, an_answer_arrives_at_its_time) {
  spawn(process, receive(at(20), std::make_shared<int>(2)));
  spawn(process, receive(at(10), std::make_shared<int>(1)));
  run();
  EXPECT_EQ(trace, (Trace{"10 received 1", "20 received 2"}));
}

TEST_F(KernelWait, a_cancelled_answer_is_destroyed) {
  auto value = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = value;
  spawn_cancellable(receive(at(20), std::move(value)));
  run(at(1));
  EXPECT_FALSE(watched.expired());
  signal.emit(cancellation_type::terminal);
  run();
  EXPECT_EQ(trace, Trace{"1 aborted"});
  EXPECT_TRUE(watched.expired());
}

TEST_F(KernelWait, a_timer_may_go_while_nobody_waits) {
  spawn(process, wait("waiter", *timer, at(1)));
  run();
  timer.reset();
  EXPECT_EQ(run(), RunOutcome::Deadlock);
}

TEST_F(KernelWait, two_waits_on_one_timer_are_a_broken_invariant) {
  const auto wait_twice = [this] {
    spawn(process, wait("a", *timer, at(1)));
    spawn(process, wait("b", *timer, at(1)));
    run();
  };
  EXPECT_DEATH(wait_twice(), "waits on already");
}

TEST_F(KernelWait, destroying_a_timer_that_is_waited_on_is_a_broken_invariant) {
  spawn(process, wait("waiter", *timer, at(1)));
  run(at(0));
  EXPECT_DEATH(timer.reset(), "destroys a timer");
  kernel.kill(process);
}

TEST_F(KernelWait, waiting_in_the_name_of_another_process_is_a_broken_invariant) {
  Process& other = kernel.create_process("other");
  spawn(other, wait("waiter", *timer, at(1)));
  EXPECT_DEATH(run(), "another process, other, waits");
}

}  // namespace
}  // namespace sim
