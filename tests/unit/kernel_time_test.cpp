#include <gmock/gmock.h>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <thread>

#include "tests/unit/kernel_trace.h"

namespace sim {
namespace {
using namespace std::chrono_literals;
using boost::asio::use_awaitable;

static_assert(sizeof(ProcessExecutor) <= 3 * sizeof(void*), "any_io_executor would allocate");
static_assert(boost::asio::execution::is_executor<ProcessExecutor>::value);

class KernelTime : public KernelTest {
 public:
  Coroutine sleep_twice(std::string name, core::SteadyTime first, core::SteadyTime second) {
    co_await clock.sleep_until(first);
    note(name + " first");
    co_await clock.sleep_until(second);
    note(name + " second");
  }

  Coroutine yield(std::string name, int times) {
    for (int i = 0; i < times; ++i) {
      note(name);
      co_await clock.sleep_until(at(0));
    }
  }

  Coroutine spawn_sleepers_and_posts() {
    co_await clock.sleep_until(at(5));
    note("first timer");
    boost::asio::post(process.executor(), [this] {
      note("posted");
      boost::asio::post(process.executor(), [this] { note("posted by posted"); });
    });
    kernel.schedule_at(at(5), [this] { note("world entry of this instant"); });
  }

  static Coroutine dispatch_forever(Process& process) {
    for (;;) co_await boost::asio::dispatch(process.executor(), use_awaitable);
  }
  static Coroutine post_forever(Process& process) {
    for (;;) co_await boost::asio::post(process.executor(), use_awaitable);
  }
  static Coroutine yield_forever(Process& process) {
    SimClock clock(process);
    for (;;) co_await clock.sleep_until(clock.now());
  }
};

TEST_F(KernelTime, timers_fire_by_deadline_and_ties_in_the_order_in_which_the_waits_began) {
  spawn(process, sleep("d", at(30)));
  spawn(process, sleep("b", at(20)));
  spawn(process, sleep("a", at(10)));
  spawn(process, sleep("c", at(20)));
  EXPECT_EQ(run(), RunOutcome::Deadlock);
  EXPECT_EQ(trace, (Trace{"10 a", "20 b", "20 c", "30 d"}));
}

TEST_F(KernelTime, a_wait_that_began_later_fires_later_though_its_deadline_is_the_same) {
  spawn(process, sleep_twice("a", at(10), at(20)));
  spawn(process, sleep("b", at(20)));
  run();
  EXPECT_EQ(trace, (Trace{"10 a first", "20 b", "20 a second"}));
}

TEST_F(KernelTime, world_entries_of_an_instant_come_before_its_timers) {
  spawn(process, sleep("timer", at(10)));
  run(at(1));
  kernel.schedule_at(at(10), [this] { note("world 1"); });
  kernel.schedule_at(at(10), [this] { note("world 2"); });
  kernel.schedule_at(at(9), [this] { note("world 0"); });
  run();
  EXPECT_EQ(trace, (Trace{"9 world 0", "10 world 1", "10 world 2", "10 timer"}));
}

TEST_F(KernelTime, all_that_a_timer_makes_ready_runs_before_the_next_thing_of_the_instant) {
  spawn(process, spawn_sleepers_and_posts());
  spawn(process, sleep("second timer", at(5)));
  run();
  EXPECT_EQ(trace, (Trace{"5 first timer", "5 posted", "5 posted by posted", "5 world entry of this instant",
                          "5 second timer"}));
}

TEST_F(KernelTime, a_world_entry_in_the_past_is_done_at_this_instant) {
  kernel.schedule_at(at(10), [this] { kernel.schedule_at(at(3), [this] { note("late"); }); });
  run();
  EXPECT_EQ(trace, Trace{"10 late"});
}

TEST_F(KernelTime, the_world_posts_behind_what_is_ready) {
  boost::asio::post(process.executor(), [this] { note("process"); });
  kernel.post([this] { note("world"); });
  boost::asio::post(process.executor(), [this] { note("process again"); });
  run();
  EXPECT_EQ(trace, (Trace{"0 process", "0 world", "0 process again"}));
}

/// Six tasks that are ready, six sleepers of one instant, and the world at that instant; in the order of `seed`.
Trace shuffled_trace(std::uint64_t seed) {
  struct ShuffledWorld : KernelTest {
    void TestBody() override {}
  } world;
  world.kernel.shuffle(core::Random(seed));
  constexpr const char* kNames[] = {"a", "b", "c", "d", "e", "f"};
  for (const char* name : kNames) boost::asio::post(world.process.executor(), [&world, name] { world.note(name); });
  for (const char* name : kNames) {
    world.spawn(world.process, world.sleep(name, at(5)));
    world.kernel.schedule_at(at(5), [&world, name] { world.note(std::string("world ") + name); });
  }
  world.run();
  return world.trace;
}

TEST(KernelShuffled, order_is_drawn_and_everything_runs_once_at_its_time) {
  Trace expected;
  for (const char* prefix : {"0 ", "5 world ", "5 "}) {
    for (const char* name : {"a", "b", "c", "d", "e", "f"}) expected.push_back(std::string(prefix) + name);
  }
  std::set<std::string> ready, due;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Trace trace = shuffled_trace(seed);
    ASSERT_EQ(trace, shuffled_trace(seed));
    ASSERT_THAT(trace, testing::UnorderedElementsAreArray(expected));
    // The world's own come first at their instant and in their order.
    ASSERT_TRUE(std::equal(trace.begin() + 6, trace.begin() + 12, expected.begin() + 6));
    ready.insert(trace[0]);
    due.insert(trace[12]);
  }
  EXPECT_EQ(ready.size(), 6U);
  EXPECT_EQ(due.size(), 6U);
}

TEST_F(KernelTime, a_deadline_that_has_passed_gives_others_their_turn) {
  kernel.schedule_at(at(7), [this] {
    spawn(process, yield("a", 3));
    spawn(process, yield("b", 2));
  });
  run();
  EXPECT_EQ(trace, (Trace{"7 a", "7 b", "7 a", "7 b", "7 a"}));
}

TEST_F(KernelTime, yielding_does_not_starve_a_timer_that_is_due) {
  kernel.schedule_at(at(7), [this] {
    spawn(process, yield("a", 3));
    spawn(process, sleep("b", at(7)));
  });
  run();
  EXPECT_EQ(trace, (Trace{"7 a", "7 a", "7 b", "7 a"}));
}

TEST_F(KernelTime, a_dispatch_of_the_process_itself_runs_at_once_and_any_other_waits) {
  Process& other = kernel.create_process("other");
  boost::asio::post(process.executor(), [this, &other] {
    boost::asio::dispatch(process.executor(), [this] { note("own"); });
    boost::asio::dispatch(other.executor(), [this] { note("other's"); });
    note("end of task");
  });
  boost::asio::dispatch(process.executor(), [this] { note("from outside"); });
  EXPECT_TRUE(trace.empty());
  run();
  EXPECT_EQ(trace, (Trace{"0 own", "0 end of task", "0 from outside", "0 other's"}));
}

TEST_F(KernelTime, the_clock_does_not_move_while_something_is_ready) {
  spawn(process, sleep("timer", at(1)));
  for (int i = 0; i < 3; ++i) kernel.post([this] { note("ready"); });
  run();
  EXPECT_EQ(trace, (Trace{"0 ready", "0 ready", "0 ready", "1 timer"}));
}

TEST_F(KernelTime, stop_is_asked_before_each_step) {
  int steps = 0;
  for (int i = 0; i < 5; ++i) kernel.post([&steps] { ++steps; });
  EXPECT_EQ(kernel.run([&steps] { return steps == 2; }, kNever).outcome, RunOutcome::Finished);
  EXPECT_EQ(steps, 2);
  EXPECT_EQ(kernel.run([&steps] { return steps == 2; }, kNever).steps_at_instant, 2U);
  EXPECT_EQ(run(), RunOutcome::Deadlock);
  EXPECT_EQ(steps, 5);
}

TEST_F(KernelTime, waits_without_an_end_are_a_deadlock_and_the_clock_stands_still) {
  spawn(process, sleep("timer", at(4)));
  spawn(process, sleep("never", kNever));
  EXPECT_EQ(run(), RunOutcome::Deadlock);
  EXPECT_EQ(kernel.now(), at(4));
  EXPECT_EQ(trace, Trace{"4 timer"});
}

TEST_F(KernelTime, an_empty_world_is_a_deadlock_unless_it_is_to_stop) {
  EXPECT_EQ(run(), RunOutcome::Deadlock);
  EXPECT_EQ(kernel.run([] { return true; }, kNever).outcome, RunOutcome::Finished);
}

TEST_F(KernelTime, what_is_due_at_the_limit_is_done_and_the_clock_stands_at_the_limit) {
  spawn(process, sleep("a", at(10)));
  spawn(process, sleep("b", at(11)));
  EXPECT_EQ(run(at(10)), RunOutcome::LimitReached);
  EXPECT_EQ(trace, Trace{"10 a"});
  EXPECT_EQ(run(at(10) + 1ns), RunOutcome::LimitReached);
  EXPECT_EQ(kernel.now(), at(10) + 1ns);
  EXPECT_EQ(run(at(5)), RunOutcome::LimitReached);
  EXPECT_EQ(kernel.now(), at(10) + 1ns) << "time went back";
  EXPECT_EQ(run(), RunOutcome::Deadlock);
  EXPECT_EQ(trace, (Trace{"10 a", "11 b"}));
}

TEST_F(KernelTime, steps_without_end_at_one_instant_are_a_livelock) {
  for (const auto program : {&yield_forever, &post_forever, &dispatch_forever}) {
    Process& looping = kernel.create_process("looping");
    spawn(looping, program(looping));
    kernel.set_step_budget(1000);
    const RunResult result = kernel.run([] { return false; }, kNever);
    EXPECT_EQ(result.outcome, RunOutcome::Livelock);
    EXPECT_EQ(result.steps_at_instant, 1000U);
    kernel.set_step_budget(500);
    EXPECT_EQ(run(), RunOutcome::Livelock);
    kernel.set_step_budget(2000);
    EXPECT_EQ(kernel.run([] { return false; }, kNever).steps_at_instant, 2000U) << "it can go on";
    kernel.kill(looping);
    kernel.schedule_at(kernel.now() + 1ms, [] {});
    EXPECT_EQ(run(), RunOutcome::Deadlock);
  }
}

TEST_F(KernelTime, the_step_budget_is_for_one_instant_and_not_for_the_whole_run) {
  for (int i = 1; i <= 10; ++i) kernel.schedule_at(at(i), [this] { note("entry"); });
  kernel.set_step_budget(2);
  EXPECT_EQ(run(), RunOutcome::Deadlock);
  EXPECT_EQ(trace.size(), 10U);
}

TEST_F(KernelTime, the_wall_clock_is_start_and_time_and_shift_for_all_processes) {
  const core::WallTime start{core::Duration(1'767'225'600'000'000'000)};
  Kernel world(start);
  SimClock one(world.create_process("one"));
  SimClock two(world.create_process("two"));
  world.schedule_at(at(5), [&world] { world.shift_wall_clock(1h); });
  world.schedule_at(at(6), [&world] { world.shift_wall_clock(-2h); });
  const auto never = [] { return false; };
  world.run(never, at(4));
  EXPECT_EQ(one.wall_now(), start + 4ms);
  world.schedule_at(at(5), [] {});
  world.run(never, at(5));
  EXPECT_EQ(one.wall_now(), start + 5ms + 1h);
  world.run(never, kNever);
  EXPECT_EQ(one.wall_now(), start + 6ms - 1h);
  EXPECT_EQ(two.wall_now(), one.wall_now());
  EXPECT_EQ(two.now(), at(6));
}

TEST_F(KernelTime, what_a_task_throws_comes_out_of_run_and_the_rest_can_go_on) {
  boost::asio::post(process.executor(), [] { throw std::runtime_error("posted"); });
  boost::asio::post(process.executor(), [this] {
    boost::asio::dispatch(process.executor(), [] { throw std::runtime_error("dispatched"); });
    note("not reached by what was thrown");
  });
  boost::asio::post(process.executor(), [this] { note("rest"); });
  for (const std::string expected : {"posted", "dispatched"}) {
    try {
      run();
      ADD_FAILURE() << expected << " was not thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(error.what(), expected);
    }
  }
  EXPECT_EQ(run(), RunOutcome::Deadlock);
  EXPECT_EQ(trace, (Trace{"0 not reached by what was thrown", "0 rest"}));
}

TEST_F(KernelTime, outcomes_have_names) {
  EXPECT_EQ(name_of(RunOutcome::Finished), "finished");
  EXPECT_EQ(name_of(RunOutcome::Deadlock), "deadlock");
  EXPECT_EQ(name_of(RunOutcome::Livelock), "livelock");
  EXPECT_EQ(name_of(RunOutcome::LimitReached), "limit reached");
}

/// Sleeps of many lengths, ties among them, in a world of its own.
class Crowd {
 public:
  static Coroutine member(core::Clock& clock, std::uint64_t name, std::vector<std::uint64_t>& trace) {
    for (std::uint64_t round = 1; round < 50; ++round) {
      co_await clock.sleep_until(clock.now() + core::Duration(name * 7 % 5 * round % 11));
      trace.push_back(name << 32 | static_cast<std::uint64_t>(clock.now().time_since_epoch().count()));
    }
  }

  static std::vector<std::uint64_t> run() {
    std::vector<std::uint64_t> trace;
    Kernel kernel;
    Process& process = kernel.create_process("crowd");
    SimClock clock(process);
    for (std::uint64_t name = 0; name < 40; ++name) {
      boost::asio::co_spawn(process.executor(), member(clock, name, trace), boost::asio::detached);
    }
    kernel.run([] { return false; }, kNever);
    return trace;
  }
};

TEST(KernelWorlds, the_same_program_gives_the_same_trace_again_and_on_any_thread) {
  const auto first = Crowd::run();
  EXPECT_EQ(first.size(), 40U * 49U);
  EXPECT_EQ(Crowd::run(), first);
  std::vector<std::vector<std::uint64_t>> traces(4);
  {
    std::vector<std::jthread> threads;
    for (auto& trace : traces) threads.emplace_back([&trace] { trace = Crowd::run(); });
  }
  for (const auto& trace : traces) EXPECT_EQ(trace, first);
}

}  // namespace
}  // namespace sim
