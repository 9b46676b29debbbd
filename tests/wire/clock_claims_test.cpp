// What the core may rely on of a clock, claimed of the simulator's and of production's alike.
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/production/time/asio_clock.h"
#include "sim/kernel/clock.h"
#include "sim/kernel/kernel.h"

namespace tests {
namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;

constexpr core::SteadyTime kNever = core::SteadyTime::max();
constexpr core::SteadyTime kPassed{};
constexpr auto kStep = 20ms;

/// A clock, and the loop that it waits on. Either world runs until nothing is left to be done or waited for, but no
/// longer than the bound.
constexpr auto kBound = 2s;

class VirtualWorld {
 public:
  core::Clock& clock() { return clock_; }
  boost::asio::any_io_executor executor() { return process_.executor(); }
  void run() {
    (void)kernel_.run([] { return false; }, kernel_.now() + kBound);
  }

 private:
  sim::Kernel kernel_;
  sim::Process& process_ = kernel_.create_process("process");
  sim::SimClock clock_{process_};
};

class RealWorld {
 public:
  core::Clock& clock() { return clock_; }
  boost::asio::any_io_executor executor() { return context_.get_executor(); }
  void run() {
    context_.restart();
    context_.run_for(kBound);
  }

 private:
  boost::asio::io_context context_;
  core::AsioClock clock_{context_.get_executor()};
};

template <class World>
class ClockClaims : public testing::Test {
 public:
  core::SteadyTime in(core::Duration delay) { return clock.now() + delay; }

  awaitable<void> wait(std::string name, core::Timer& on, core::SteadyTime deadline) {
    std::string how;
    try {
      how = co_await on.wait_until(deadline) ? " due" : " woken";
    } catch (const boost::system::system_error& error) {
      how = error.code() == boost::asio::error::operation_aborted ? " aborted" : " failed";
    }
    if (how == " due" && clock.now() < deadline) how += " early";
    trace.push_back(name + how);
  }

  awaitable<void> wait_twice(std::string name, core::Timer& on, core::SteadyTime first, core::SteadyTime second) {
    co_await wait(name, on, first);
    co_await wait(name, on, second);
  }

  awaitable<void> sleep(std::string name, core::SteadyTime deadline) {
    std::string how = " slept";
    try {
      co_await clock.sleep_until(deadline);
    } catch (const boost::system::system_error& error) {
      how = error.code() == boost::asio::error::operation_aborted ? " aborted" : " failed";
    }
    if (how == " slept" && clock.now() < deadline) how += " early";
    trace.push_back(name + how);
  }

  /// Wakes `timer`, and cancels by the signal, in the order that the letters "w" and "c" of `what` say.
  awaitable<void> disturb(core::SteadyTime when, std::string what) {
    co_await clock.sleep_until(when);
    for (const char act : what) {
      if (act == 'w') timer->wake();
      if (act == 'c') signal.emit(boost::asio::cancellation_type::terminal);
    }
    trace.push_back("disturbed");
  }

  void spawn(awaitable<void> coroutine) {
    boost::asio::co_spawn(world.executor(), std::move(coroutine), boost::asio::detached);
  }
  void spawn_cancellable(awaitable<void> coroutine) {
    boost::asio::co_spawn(world.executor(), std::move(coroutine),
                          boost::asio::bind_cancellation_slot(signal.slot(), boost::asio::detached));
  }

  using Trace = std::vector<std::string>;
  Trace trace;
  World world;
  core::Clock& clock = world.clock();
  boost::asio::cancellation_signal signal;
  std::unique_ptr<core::Timer> timer = clock.make_timer();
};

using Worlds = testing::Types<VirtualWorld, RealWorld>;

struct WorldName {
  template <class World>
  static std::string GetName(int) {
    return std::is_same_v<World, VirtualWorld> ? "virtual_time" : "real_time";
  }
};
TYPED_TEST_SUITE(ClockClaims, Worlds, WorldName);

using Lines = std::vector<std::string>;

TYPED_TEST(ClockClaims, deadlines_are_met_in_their_order_and_never_early) {
  // Counted from one instant: on a slow machine a step may pass between two lines.
  const core::SteadyTime start = this->clock.now();
  this->spawn(this->wait("late", *this->timer, start + 3 * kStep));
  this->spawn(this->sleep("early", start + kStep));
  this->spawn(this->sleep("middle", start + 2 * kStep));
  this->world.run();
  EXPECT_EQ(this->trace, (Lines{"early slept", "middle slept", "late due"}));
}

TYPED_TEST(ClockClaims, a_deadline_that_has_passed_gives_others_their_turn) {
  this->spawn(this->wait("waiter", *this->timer, kPassed));
  this->spawn(this->sleep("sleeper", kPassed));
  boost::asio::post(this->world.executor(), [this] { this->trace.push_back("other"); });
  this->world.run();
  EXPECT_EQ(this->trace, (Lines{"other", "waiter due", "sleeper slept"}));
}

TYPED_TEST(ClockClaims, wake_ends_the_wait_later_and_never_inside_the_call) {
  this->spawn(this->wait("waiter", *this->timer, kNever));
  this->spawn(this->disturb(this->in(kStep), "w"));
  this->world.run();
  EXPECT_EQ(this->trace, (Lines{"disturbed", "waiter woken"}));
}

TYPED_TEST(ClockClaims, wake_without_a_wait_or_a_second_time_does_nothing) {
  this->timer->wake();
  this->spawn(this->wait_twice("waiter", *this->timer, this->in(1min), this->in(3 * kStep)));
  this->spawn(this->disturb(this->in(kStep), "ww"));
  this->world.run();
  EXPECT_EQ(this->trace, (Lines{"disturbed", "waiter woken", "waiter due"}));
}

TYPED_TEST(ClockClaims, a_woken_wait_leaves_nothing_that_is_due) {
  const core::SteadyTime start = this->clock.now();
  this->spawn(this->wait("waiter", *this->timer, this->in(1min)));
  this->spawn(this->disturb(this->in(kStep), "w"));
  this->world.run();
  EXPECT_EQ(this->trace, (Lines{"disturbed", "waiter woken"}));
  EXPECT_LT(this->clock.now() - start, 50 * kStep);
}

TYPED_TEST(ClockClaims, cancelling_ends_a_wait_and_a_sleep_with_operation_aborted) {
  for (const core::SteadyTime deadline : {this->in(1min), kNever}) {
    this->trace.clear();
    this->spawn_cancellable(this->wait("waiter", *this->timer, deadline));
    this->spawn(this->disturb(this->in(kStep), "c"));
    this->world.run();
    this->spawn_cancellable(this->sleep("sleeper", deadline));
    this->spawn(this->disturb(this->in(kStep), "c"));
    this->world.run();
    EXPECT_EQ(this->trace, (Lines{"disturbed", "waiter aborted", "disturbed", "sleeper aborted"}));
  }
}

TYPED_TEST(ClockClaims, a_wait_has_one_end_whatever_comes_after_it) {
  this->spawn_cancellable(this->wait("waiter", *this->timer, this->in(1min)));
  this->spawn(this->disturb(this->in(kStep), "wc"));
  this->world.run();
  this->spawn_cancellable(this->wait("waiter", *this->timer, this->in(1min)));
  this->spawn(this->disturb(this->in(kStep), "cw"));
  this->world.run();
  EXPECT_EQ(this->trace, (Lines{"disturbed", "waiter woken", "disturbed", "waiter aborted"}));
}

TYPED_TEST(ClockClaims, a_timer_can_be_used_again_after_a_cancelled_wait) {
  this->spawn_cancellable(this->wait("first", *this->timer, kNever));
  this->spawn(this->disturb(this->in(kStep), "c"));
  this->world.run();
  this->spawn(this->wait("second", *this->timer, this->in(kStep)));
  this->world.run();
  EXPECT_EQ(this->trace, (Lines{"disturbed", "first aborted", "second due"}));
}

TYPED_TEST(ClockClaims, two_waits_on_one_timer_are_a_broken_invariant) {
  const auto wait_twice_at_once = [this] {
    this->spawn(this->wait("a", *this->timer, this->in(kStep)));
    this->spawn(this->wait("b", *this->timer, this->in(kStep)));
    this->world.run();
  };
  EXPECT_DEATH(wait_twice_at_once(), "waits? on .*already");
}

TEST(AsioClock, counts_from_its_start_and_knows_the_calendar) {
  RealWorld world;
  const core::SteadyTime start = world.clock().now();
  EXPECT_GE(start.time_since_epoch(), 0s);
  EXPECT_LT(start.time_since_epoch(), 1s);
  EXPECT_GE(world.clock().now(), start);
  const auto year = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(
      std::chrono::system_clock::time_point(world.clock().wall_now().time_since_epoch())));
  EXPECT_GE(year.year(), std::chrono::year(2025));
}

}  // namespace
}  // namespace tests
