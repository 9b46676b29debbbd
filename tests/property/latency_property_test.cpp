#include <gtest/gtest.h>
//
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

#include "fakes/faults/rule_set.h"

namespace fakes {
namespace {
using namespace std::chrono_literals;

core::Duration any_duration(core::Duration most) {
  return core::Duration(*rc::gen::inRange<std::int64_t>(0, most.count() + 1));
}

RC_GTEST_PROP(Latency, uniform_stays_within_its_bounds, (std::uint64_t seed)) {
  const core::Duration low = any_duration(1h);
  const core::Duration high = low + any_duration(1h);
  const core::Duration drawn = draw_latency(UniformLatency{low, high}, core::Random(seed));
  RC_ASSERT(drawn >= low);
  RC_ASSERT(drawn <= high);
}

RC_GTEST_PROP(Latency, log_normal_is_never_negative_and_never_above_its_maximum,
              (std::uint64_t seed, std::uint32_t sigma_millionths)) {
  const LogNormalLatency latency{any_duration(core::Duration::max() - 1ns), sigma_millionths, any_duration(1h)};
  const core::Duration drawn = draw_latency(latency, core::Random(seed));
  RC_ASSERT(drawn >= 0ns);
  RC_ASSERT(drawn <= *latency.max);
}

RC_GTEST_PROP(Latency, log_normal_without_spread_is_its_median, (std::uint64_t seed)) {
  const core::Duration median = any_duration(1h);
  RC_ASSERT(draw_latency(LogNormalLatency{median, 0, {}}, core::Random(seed)) == median);
}

RC_GTEST_PROP(Latency, a_larger_sigma_moves_a_draw_further_from_the_median, (std::uint64_t seed)) {
  const auto smaller = *rc::gen::inRange<std::uint32_t>(0, 5'000'000);
  const auto larger = smaller + *rc::gen::inRange<std::uint32_t>(0, 5'000'000);
  const core::Random random(seed);
  const core::Duration near = draw_latency(LogNormalLatency{1s, smaller, {}}, random);
  const core::Duration far = draw_latency(LogNormalLatency{1s, larger, {}}, random);
  if (far >= 1s) {
    RC_ASSERT(near <= far);
    RC_ASSERT(near >= 1s);
  } else {
    RC_ASSERT(near >= far);
    RC_ASSERT(near <= 1s);
  }
}

/// Quantiles of a normal variate: the median, and where one sigma up and down ends.
TEST(LatencyDistribution, log_normal_has_its_median_and_its_sigma) {
  constexpr std::size_t kDraws = 40'000;
  std::vector<core::Duration> draws;
  const core::Random random(3);
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    draws.push_back(draw_latency(LogNormalLatency{80ms, 500'000, {}}, random.fork(i)));
  }
  // total order: equal durations cannot be told apart
  std::sort(draws.begin(), draws.end());
  const auto ms = [&](std::size_t per_mille) {
    return static_cast<double>(draws[kDraws * per_mille / 1000].count()) / 1e6;
  };
  EXPECT_NEAR(ms(500), 80.0, 1.5);
  EXPECT_NEAR(ms(841), 80.0 * 1.6487, 3.0);  // e^0.5
  EXPECT_NEAR(ms(159), 80.0 / 1.6487, 1.0);
  EXPECT_NEAR(ms(977), 80.0 * 2.7183, 7.0);  // e^1
}

TEST(LatencyDistribution, draws_are_the_same_on_every_machine) {
  const LogNormalLatency latency{80ms, 500'000, 5s};
  std::vector<std::int64_t> drawn;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) drawn.push_back(draw_latency(latency, core::Random(seed)).count());
  EXPECT_EQ(drawn, (std::vector<std::int64_t>{106'017'174, 27'928'313, 68'774'785, 96'849'944}));
}

}  // namespace
}  // namespace fakes
