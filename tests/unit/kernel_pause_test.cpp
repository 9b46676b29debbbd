#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

#include "tests/unit/kernel_trace.h"

namespace sim {
namespace {
using boost::asio::use_awaitable;

class KernelPause : public KernelTest {
 public:
  Coroutine step(std::string name) {
    co_await boost::asio::post(process.executor(), use_awaitable);
    note(name);
  }

  Coroutine wait(std::string name, core::Timer& timer, core::SteadyTime deadline) {
    const bool due = co_await timer.wait_until(deadline);
    note(name + (due ? " was due" : " was woken"));
  }

  Coroutine sleep_as(Process& as, std::string name, core::SteadyTime deadline) {
    SimClock its_clock(as);
    co_await its_clock.sleep_until(deadline);
    note(name);
  }

  void pause(std::int64_t from, std::int64_t until) {
    kernel.schedule_at(at(from), [this] { kernel.pause(process); });
    kernel.schedule_at(at(until), [this] { kernel.resume(process); });
  }

  Process& other = kernel.create_process("other");
};

TEST_F(KernelPause, holds_what_is_due_and_then_runs_it_in_the_order_of_its_times) {
  spawn(process, sleep("late", at(30)));
  spawn(process, sleep("early", at(20)));
  spawn(process, sleep("after", at(60)));
  spawn(other, sleep_as(other, "other", at(25)));
  pause(10, 50);
  run();
  EXPECT_EQ(trace, (Trace{"25 other", "50 early", "50 late", "60 after"}));
}

TEST_F(KernelPause, what_came_due_meanwhile_follows_the_timers_of_that_instant) {
  spawn(process, sleep("overdue", at(20)));
  spawn(process, sleep("due then", at(50)));
  spawn(other, sleep_as(other, "other's", at(50)));
  pause(10, 50);
  run();
  EXPECT_EQ(trace, (Trace{"50 due then", "50 other's", "50 overdue"}));
}

TEST_F(KernelPause, world_entries_of_the_last_instant_still_come_first) {
  spawn(process, sleep("process", at(20)));
  pause(10, 50);
  kernel.schedule_at(at(50), [this] { note("world"); });
  run();
  EXPECT_EQ(trace, (Trace{"50 world", "50 process"}));
}

TEST_F(KernelPause, holds_tasks_that_are_ready_in_their_order) {
  kernel.schedule_at(at(10), [this] {
    spawn(process, step("first"));
    kernel.pause(process);
    spawn(process, step("second"));
  });
  kernel.schedule_at(at(20), [this] { kernel.resume(process); });
  run();
  EXPECT_EQ(trace, (Trace{"20 first", "20 second"}));
}

TEST_F(KernelPause, what_others_wake_meanwhile_runs_at_its_end) {
  const auto timer = clock.make_timer(), overdue = clock.make_timer();
  spawn(process, wait("one", *timer, kNever));
  spawn(process, wait("another", *overdue, at(20)));
  pause(10, 50);
  kernel.schedule_at(at(30), [&] {
    timer->wake();
    overdue->wake();  // It was due at 20, and nobody has seen it.
  });
  run();
  EXPECT_EQ(trace, (Trace{"50 one was woken", "50 another was woken"}));
}

TEST_F(KernelPause, one_that_is_killed_during_it_runs_no_more) {
  spawn(process, sleep("never", at(20)));
  spawn(process, sleep("nor this", at(100)));
  pause(10, 50);
  kernel.schedule_at(at(30), [this] { kernel.kill(process); });
  EXPECT_EQ(run(), RunOutcome::Deadlock);
  EXPECT_EQ(trace, Trace{});
}

TEST_F(KernelPause, a_paused_world_with_nothing_else_to_come_is_a_deadlock) {
  spawn(process, sleep("never", at(20)));
  kernel.schedule_at(at(10), [this] { kernel.pause(process); });
  EXPECT_EQ(run(), RunOutcome::Deadlock);
  EXPECT_EQ(trace, Trace{});
}

TEST_F(KernelPause, a_second_pause_or_resume_has_no_effect) {
  spawn(process, sleep("process", at(20)));
  pause(10, 50);
  pause(11, 60);
  run();
  EXPECT_EQ(trace, (Trace{"50 process"}));
}

TEST_F(KernelPause, a_shuffled_schedule_keeps_the_order_of_what_came_due_meanwhile) {
  kernel.shuffle(core::Random(7));
  for (int i = 20; i < 30; ++i) spawn(process, sleep(std::to_string(i), at(i)));
  pause(10, 50);
  run();
  Trace sorted;
  for (int i = 20; i < 30; ++i) sorted.push_back("50 " + std::to_string(i));
  EXPECT_EQ(trace, sorted);
}

TEST_F(KernelPause, a_machines_own_clock_is_shifted_alone) {
  SimClock others(other);
  process.shift_wall_clock(std::chrono::hours(2));
  kernel.shift_wall_clock(std::chrono::minutes(1));
  EXPECT_EQ(clock.wall_now(), core::WallTime(std::chrono::minutes(121)));
  EXPECT_EQ(others.wall_now(), core::WallTime(std::chrono::minutes(1)));
}

}  // namespace
}  // namespace sim
