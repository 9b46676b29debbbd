// The circuit breaker alone, in a time that the test makes.
#include "core/breaker/circuit.h"

#include <gtest/gtest.h>

#include <vector>

namespace core {
namespace {

using namespace std::chrono_literals;
using State = Circuit::State;

SteadyTime at(Duration time) {
  return SteadyTime(1h + time);
}

class CircuitTest : public testing::Test {
 protected:
  /// Calls that begin and end at that time.
  void calls(Duration time, int count, bool is_well) {
    for (int i = 0; i < count; ++i) circuit_.ended(circuit_.pass(at(time)).value(), at(time), is_well);
  }
  State state(Duration time) const { return circuit_.state(at(time)); }
  bool passes(Duration time) const { return circuit_.next(at(time)) <= at(time); }
  void open_at(Duration time) {
    calls(time, 4, false);
    ASSERT_EQ(state(time), State::Open);
  }
  std::uint64_t probe(Duration time) { return circuit_.pass(at(time)).value(); }

  BreakerConfig config_{.enabled = true,
                        .failure_ratio = {500'000},
                        .window = 10s,
                        .minimum_calls = 4,
                        .open_for = 20s,
                        .longest_open = 70s,
                        .probes = 1,
                        .probe_timeout = 5s};
  Circuit circuit_{config_};
};

TEST_F(CircuitTest, opens_when_that_share_of_enough_calls_has_failed) {
  calls(0s, 2, true);
  calls(0s, 1, false);
  EXPECT_EQ(state(0s), State::Closed) << "three calls are not enough";
  calls(0s, 1, false);
  EXPECT_EQ(state(0s), State::Open) << "two of four";
  EXPECT_EQ(circuit_.next(at(0s)), at(20s));
  EXPECT_FALSE(circuit_.pass(at(19'999'999'999ns)));
  EXPECT_EQ(state(20s), State::HalfOpen);
}

TEST_F(CircuitTest, stays_closed_while_fewer_fail) {
  for (int second = 0; second < 60; ++second) {
    calls(second * 1s, 3, true);
    calls(second * 1s, 2, false);
    ASSERT_EQ(state(second * 1s), State::Closed) << second;
  }
}

TEST_F(CircuitTest, forgets_what_has_left_the_window) {
  calls(0s, 3, false);
  calls(9s, 5, true);  // The failures are within the window: three of eight.
  calls(11s, 2, false);
  EXPECT_EQ(state(11s), State::Closed) << "two of seven";
  calls(100s, 3, false);
  EXPECT_EQ(state(100s), State::Closed) << "three calls are not enough";
}

TEST_F(CircuitTest, is_closed_by_a_probe_that_goes_well) {
  open_at(0s);
  const std::uint64_t mark = probe(20s);
  EXPECT_FALSE(passes(20s)) << "one probe at a time";
  circuit_.ended(mark, at(21s), true);
  EXPECT_EQ(state(21s), State::Closed);
  calls(21s, 3, false);
  EXPECT_EQ(state(21s), State::Closed) << "the failures from before do not count any more";
}

TEST_F(CircuitTest, stays_open_twice_as_long_after_each_probe_that_fails_up_to_the_longest) {
  open_at(0s);
  Duration time = 20s;
  for (const Duration length : {40s, 70s, 70s}) {
    circuit_.ended(probe(time), at(time), false);
    EXPECT_EQ(circuit_.next(at(time)), at(time + length));
    time += length;
  }
  circuit_.ended(probe(time), at(time), true);
  open_at(time);
  EXPECT_EQ(circuit_.next(at(time)), at(time + 20s)) << "closed in between, it starts over";
}

TEST_F(CircuitTest, stays_open_for_as_long_as_the_service_asks) {
  calls(0s, 3, false);
  circuit_.ended(circuit_.pass(at(0s)).value(), at(0s), false, 90s);
  EXPECT_EQ(circuit_.next(at(0s)), at(90s));
}

TEST_F(CircuitTest, asks_for_as_many_probes_as_are_configured) {
  config_.probes = 2;
  open_at(0s);
  const std::uint64_t first = probe(20s), second = probe(20s);
  EXPECT_FALSE(passes(20s));
  circuit_.ended(first, at(20s), true);
  EXPECT_EQ(state(20s), State::HalfOpen);
  EXPECT_FALSE(passes(20s)) << "one went well, the other is under way";
  circuit_.ended(second, at(20s), true);
  EXPECT_EQ(state(20s), State::Closed);
}

TEST_F(CircuitTest, does_not_wait_for_a_probe_that_hangs) {
  open_at(0s);
  const std::uint64_t hangs = probe(20s);
  EXPECT_EQ(circuit_.next(at(21s)), at(25s));
  EXPECT_FALSE(circuit_.pass(at(24'999ms)));
  const std::uint64_t second = probe(25s);
  EXPECT_FALSE(passes(26s));
  circuit_.ended(hangs, at(26s), false);
  EXPECT_EQ(state(26s), State::HalfOpen) << "another one looks meanwhile";
  circuit_.ended(second, at(27s), true);
  EXPECT_EQ(state(27s), State::Closed);
}

TEST_F(CircuitTest, hears_from_a_probe_that_takes_long) {
  open_at(0s);
  circuit_.ended(probe(20s), at(80s), true);
  EXPECT_EQ(state(80s), State::Closed) << "or a slow service would never be called again";
  open_at(100s);
  circuit_.ended(probe(120s), at(180s), false);
  EXPECT_EQ(circuit_.next(at(180s)), at(180s + 40s)) << "nor left alone for longer";
}

TEST_F(CircuitTest, may_be_forgotten_when_it_was_not_asked_for_long) {
  open_at(0s);
  EXPECT_FALSE(circuit_.may_be_forgotten(at(89s)));
  EXPECT_TRUE(circuit_.may_be_forgotten(at(90s)));
  EXPECT_FALSE(circuit_.is_idle(at(90s)));
  (void)probe(90s);
  EXPECT_FALSE(circuit_.may_be_forgotten(at(91s)));
}

TEST_F(CircuitTest, hears_nothing_from_a_probe_that_was_cancelled) {
  open_at(0s);
  circuit_.ended(probe(20s), at(21s), std::nullopt);
  EXPECT_EQ(state(21s), State::HalfOpen);
  EXPECT_TRUE(passes(21s)) << "and the next one may look at once";
  circuit_.ended(probe(21s), at(21s), true);
  EXPECT_EQ(state(21s), State::Closed);
}

TEST_F(CircuitTest, hears_nothing_from_calls_that_began_before_it_changed) {
  std::vector<std::uint64_t> before;
  for (int i = 0; i < 8; ++i) before.push_back(circuit_.pass(at(0s)).value());
  open_at(0s);
  circuit_.ended(before[0], at(1s), true);
  EXPECT_EQ(state(1s), State::Open) << "one that succeeds late does not close it";
  const std::uint64_t mark = probe(20s);
  circuit_.ended(before[1], at(20s), false);
  circuit_.ended(before[2], at(20s), true);
  EXPECT_EQ(state(20s), State::HalfOpen) << "nor do such calls take the probe's part";
  circuit_.ended(mark, at(20s), true);
  for (int i = 3; i < 8; ++i) circuit_.ended(before[i], at(21s), false);
  EXPECT_EQ(state(21s), State::Closed) << "nor do they open it again";
}

TEST_F(CircuitTest, lets_a_call_begin_later_only_while_nothing_has_changed) {
  const std::uint64_t mark = circuit_.pass(at(0s)).value();
  EXPECT_TRUE(circuit_.still_passes(mark, at(1s)));
  open_at(1s);
  EXPECT_FALSE(circuit_.still_passes(mark, at(1s)));
  const std::uint64_t held_up = probe(21s);
  EXPECT_TRUE(circuit_.still_passes(held_up, at(25s)));
  EXPECT_FALSE(passes(29'999'999'999ns)) << "its time counts from when it was asked again";
  EXPECT_TRUE(passes(30s));
  EXPECT_FALSE(circuit_.still_passes(held_up, at(30s))) << "its time is over";
}

TEST_F(CircuitTest, is_idle_when_nothing_is_known_or_under_way) {
  EXPECT_TRUE(circuit_.is_idle(at(0s)));
  const std::uint64_t mark = circuit_.pass(at(0s)).value();
  EXPECT_FALSE(circuit_.is_idle(at(100s)));
  circuit_.ended(mark, at(100s), true);
  EXPECT_FALSE(circuit_.is_idle(at(109s)));
  EXPECT_TRUE(circuit_.is_idle(at(110s)));
}

}  // namespace
}  // namespace core
