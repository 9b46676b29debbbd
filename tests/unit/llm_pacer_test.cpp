#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/llm/pacer.h"
#include "tests/support/jumping_clock.h"

namespace core {
namespace {
using namespace std::chrono_literals;
using Starts = std::vector<std::pair<std::string, Duration>>;

struct PacerTest : testing::Test {
  static boost::asio::awaitable<void> enter(PacerTest& test, Pacer& pacer, std::string name) {
    const Attempt attempt;
    const Guards guards{&pacer};
    detail::GuardedAttempt guarded(guards, attempt);
    for (Admission next = guarded.admit(); !std::holds_alternative<Admit>(next); next = guarded.admit()) {
      co_await test.clock.sleep_until(test.clock.now() + std::get<Delay>(next).delay);
    }
    test.starts.emplace_back(std::move(name), test.clock.now().time_since_epoch());
  }

  void arrive(Pacer& pacer, std::string name) {
    boost::asio::co_spawn(clock.context(), enter(*this, pacer, std::move(name)), [](std::exception_ptr) {});
    clock.settle();
  }

  tests::JumpingClock clock;
  Starts starts;
};

TEST_F(PacerTest, starts_are_an_interval_apart_in_order_of_arrival) {
  Pacer pacer(clock, 100ms);
  arrive(pacer, "a");
  arrive(pacer, "b");
  arrive(pacer, "c");
  EXPECT_EQ(starts, (Starts{{"a", 0ms}}));
  clock.advance(150ms);
  arrive(pacer, "d");
  clock.advance(1s);
  EXPECT_EQ(starts, (Starts{{"a", 0ms}, {"b", 100ms}, {"c", 200ms}, {"d", 300ms}}));
}

TEST_F(PacerTest, whoever_arrives_after_the_interval_does_not_wait) {
  Pacer pacer(clock, 100ms);
  arrive(pacer, "a");
  clock.advance(100ms);
  arrive(pacer, "b");
  clock.advance(99ms);
  arrive(pacer, "c");
  clock.advance(1s);
  EXPECT_EQ(starts, (Starts{{"a", 0ms}, {"b", 100ms}, {"c", 200ms}}));
}

TEST_F(PacerTest, with_an_interval_of_zero_nobody_waits) {
  Pacer pacer(clock, 0ms);
  for (const char* name : {"a", "b", "c"}) arrive(pacer, name);
  EXPECT_EQ(starts, (Starts{{"a", 0ms}, {"b", 0ms}, {"c", 0ms}}));
  EXPECT_FALSE(clock.anybody_sleeps());
}

TEST_F(PacerTest, a_process_that_was_held_up_does_not_start_everything_at_once) {
  Pacer pacer(clock, 100ms);
  for (const char* name : {"a", "b", "c", "d"}) arrive(pacer, name);
  clock.jump(350ms);
  arrive(pacer, "e");
  clock.advance(1s);
  EXPECT_EQ(starts, (Starts{{"a", 0ms}, {"b", 350ms}, {"c", 450ms}, {"d", 550ms}, {"e", 650ms}}));
}

TEST_F(PacerTest, who_arrives_when_a_held_up_process_goes_on_comes_after_those_that_were_due) {
  Pacer pacer(clock, 100ms);
  for (const char* name : {"a", "b"}) arrive(pacer, name);
  clock.jump(350ms, [&] { arrive(pacer, "c"); });
  clock.advance(1s);
  EXPECT_EQ(starts, (Starts{{"a", 0ms}, {"b", 350ms}, {"c", 450ms}}));
}

TEST_F(PacerTest, one_that_has_no_time_for_its_slot_gives_it_back) {
  Pacer pacer(clock, 100ms);
  arrive(pacer, "a");
  for (int hurried = 0; hurried < 50; ++hurried) {
    const Attempt attempt{.deadline = clock.now() + 50ms};
    const Guards guards{&pacer};
    detail::GuardedAttempt guarded(guards, attempt);
    EXPECT_EQ(std::get<Delay>(guarded.admit()).delay, 100ms) << "those before have left nothing behind";
  }
  arrive(pacer, "b");
  clock.advance(1s);
  EXPECT_EQ(starts, (Starts{{"a", 0ms}, {"b", 100ms}}));
}

TEST_F(PacerTest, one_that_has_no_time_for_its_slot_takes_nobody_elses) {
  Pacer pacer(clock, 100ms);
  arrive(pacer, "a");
  const Attempt attempt{.deadline = clock.now() + 50ms};
  const Guards guards{&pacer};
  {
    detail::GuardedAttempt guarded(guards, attempt);
    (void)guarded.admit();
    arrive(pacer, "b");
  }
  arrive(pacer, "c");
  clock.advance(1s);
  EXPECT_EQ(starts, (Starts{{"a", 0ms}, {"b", 200ms}, {"c", 300ms}}));
}

TEST_F(PacerTest, one_that_is_cancelled_while_it_waits_holds_nobody_up) {
  Pacer pacer(clock, 100ms);
  arrive(pacer, "a");
  boost::asio::cancellation_signal signal;
  bool aborted = false;
  boost::asio::co_spawn(
      clock.context(), enter(*this, pacer, "b"),
      boost::asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) { aborted = e != nullptr; }));
  clock.settle();
  arrive(pacer, "c");
  signal.emit(boost::asio::cancellation_type::terminal);
  clock.settle();
  EXPECT_TRUE(aborted);
  clock.advance(1s);
  EXPECT_EQ(starts, (Starts{{"a", 0ms}, {"c", 200ms}}));
}

}  // namespace
}  // namespace core
