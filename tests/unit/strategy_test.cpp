// The strategies of backoff by themselves, and what is made of those that a program registers.
#include "core/retry/strategy.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "core/config/config_json.h"
#include "core/retry/decide.h"
#include "sim/invariants/bounds.h"
#include "sim/invariants/invariants.h"
#include "tests/unit/event_line.h"

namespace core {
namespace {
using namespace std::chrono_literals;

/// Twice the wait before, and up to a second of its own chance.
Duration twice_and_some(const RetryStep& step, const Random& random) {
  return std::max(step.previous_delay * 2, step.initial_delay) + random.between(0ns, 1s);
}
DelayRange twice_and_a_second(const RetryStep& step) {
  const Duration twice = std::max(step.previous_delay * 2, step.initial_delay);
  return {twice, twice + 1s};
}
DelayRange less_than_it_waits(const RetryStep& step) {
  return {Duration::zero(), step.initial_delay / 2};
}

const CustomStrategy kTwice{.name = "test-twice", .delay = twice_and_some, .range = twice_and_a_second};
const CustomStrategy kSameName{.name = "test-twice", .delay = twice_and_some, .range = twice_and_a_second};
const CustomStrategy kLiar{.name = "test-liar", .delay = twice_and_some, .range = less_than_it_waits};
const CustomStrategy kNegative{.name = "test-negative",
                               .delay = [](const RetryStep&, const Random&) { return Duration(-5s); },
                               .range = [](const RetryStep&) { return DelayRange{-5s, 0s}; }};

BackoffPolicy policy_of(const CustomStrategy& strategy) {
  return {.initial_delay = 1s,
          .max_delay = 20s,
          .jitter = {.kind = JitterKind::None},
          .strategy = {.kind = StrategyKind::Custom, .custom = &strategy}};
}

std::vector<Duration> waits(const BackoffPolicy& policy, std::uint32_t count, const Random& random = Random(1)) {
  std::vector<Duration> all;
  for (std::uint32_t i = 1; i <= count; ++i) {
    all.push_back(backoff_delay(i, all.empty() ? Duration::zero() : all.back(), policy, random));
  }
  return all;
}

TEST(Strategy, plans_the_waits_that_it_is_named_for) {
  BackoffPolicy policy{.initial_delay = 2s, .max_delay = 9s, .jitter = {.kind = JitterKind::None}};
  using testing::ElementsAre;
  EXPECT_THAT(waits(policy, 4), ElementsAre(2s, 4s, 8s, 9s));
  policy.strategy.kind = StrategyKind::Constant;
  EXPECT_THAT(waits(policy, 4), ElementsAre(2s, 2s, 2s, 2s));
  policy.strategy.kind = StrategyKind::Linear;
  EXPECT_THAT(waits(policy, 6), ElementsAre(2s, 4s, 6s, 8s, 9s, 9s));
  policy.increment = 500ms;
  EXPECT_THAT(waits(policy, 4), ElementsAre(2s, 2500ms, 3s, 3500ms));
  policy.strategy = {.kind = StrategyKind::Delays, .delays = {0s, 7s, 1s}};
  EXPECT_THAT(waits(policy, 5), ElementsAre(0s, 7s, 1s, 1s, 1s));
  policy.strategy = {.kind = StrategyKind::Custom, .custom = &kFibonacci};
  EXPECT_THAT(waits(policy, 6), ElementsAre(2s, 2s, 4s, 6s, 9s, 9s));
}

TEST(Strategy, of_listed_delays_is_spread_above_each_of_them) {
  // What initial_delay is does not matter to a list; a floor of 1 s would have every wait be the longest.
  const BackoffPolicy policy{
      .initial_delay = 1s, .max_delay = 60s, .strategy = {.kind = StrategyKind::Delays, .delays = {400ms, 100ms}}};
  std::set<Duration> drawn;
  for (std::uint64_t seed = 0; seed < 100; ++seed) drawn.insert(waits(policy, 1, Random(seed))[0]);
  EXPECT_GE(*drawn.begin(), 400ms);
  EXPECT_LT(*drawn.begin(), 410ms);
  EXPECT_GT(*drawn.rbegin(), 490ms);
  EXPECT_LE(*drawn.rbegin(), 500ms);
}

TEST(Strategy, never_overflows) {
  for (const std::uint32_t ordinal : {1U, 2U, 1'000U, UINT32_MAX}) {
    BackoffPolicy policy{
        .initial_delay = Duration::max() - 1ns, .max_delay = Duration::max(), .jitter = {.kind = JitterKind::None}};
    for (const StrategyKind kind : {StrategyKind::Linear, StrategyKind::Custom}) {
      policy.strategy = {.kind = kind, .custom = &kFibonacci};
      EXPECT_GE(backoff_delay(ordinal, 0s, policy, Random(1)), policy.initial_delay) << ordinal;
    }
  }
}

TEST(Strategy, of_a_program_draws_from_a_branch_of_its_own_for_each_wait) {
  const BackoffPolicy policy = policy_of(kTwice);
  const std::vector<Duration> all = waits(policy, 4);
  EXPECT_EQ(all, waits(policy, 4)) << "the same seed, the same waits";
  EXPECT_NE(all, waits(policy, 4, Random(2)));
  std::set<Duration> drawn;
  for (std::size_t i = 0; i < all.size(); ++i)
    drawn.insert(all[i] - std::max(i == 0 ? 0s : all[i - 1] * 2, Duration(1s)));
  EXPECT_EQ(drawn.size(), all.size()) << "each wait draws anew";
  BackoffPolicy full = policy;
  full.jitter.kind = JitterKind::Full;
  EXPECT_LT(waits(full, 1)[0], all[0]) << "jitter is drawn over what the strategy has drawn";
}

TEST(Strategy, of_a_program_is_cut_to_what_can_be_waited_for) {
  EXPECT_THAT(waits(policy_of(kNegative), 2), testing::ElementsAre(0s, 0s));
  EXPECT_EQ(waits(policy_of(kTwice), 9).back(), 20s);
}

TEST(Strategy, is_found_under_the_name_that_it_was_registered_by) {
  EXPECT_EQ(find_strategy("fibonacci"), &kFibonacci);
  EXPECT_EQ(find_strategy("nobody's"), nullptr);
  EXPECT_TRUE(register_strategy(kTwice));
  EXPECT_TRUE(register_strategy(kTwice)) << "again is as well";
  EXPECT_FALSE(register_strategy(kSameName));
  EXPECT_EQ(find_strategy("test-twice"), &kTwice);
  EXPECT_THAT(strategy_names(), testing::IsSupersetOf({"fibonacci", "test-twice"}));
  const ConfigInput read = parse_config("c.json", R"({"jobs": {"retry": {"strategy": {"custom": "test-twice"}}}})");
  ASSERT_TRUE(read.config);
  EXPECT_EQ(read.config->jobs.retry.backoff.strategy.custom, &kTwice);
}

/// The messages of the invariants about the waits that a model's call makes by that policy.
std::vector<std::string> judged(const BackoffPolicy& policy) {
  Config config;
  config.llm.retry = {.attempts = 5, .backoff = policy};
  sim::Invariants invariants(config, {});
  SteadyTime now{};
  std::uint32_t attempt = 1;
  for (const Duration delay : waits(policy, 4)) {
    const std::string at = format_duration(now.time_since_epoch());
    const auto tell = [&](const std::string& what) { invariants.on_event(sim::Line(at + " " + what).event); };
    tell(fmt::format("call.started api=llm.chat attempt={}", attempt));
    tell(fmt::format("call.failed api=llm.chat attempt={} failure=unavailable status=503", attempt));
    tell(fmt::format("call.retry api=llm.chat attempt={} delay={} source=backoff", ++attempt, format_duration(delay)));
    now += delay;
  }
  std::vector<std::string> messages;
  for (const sim::Violation& violation : invariants.findings().kept()) messages.push_back(violation.message);
  return messages;
}

TEST(Strategy, of_a_program_is_held_to_the_range_that_it_declares) {
  EXPECT_THAT(judged(policy_of(kTwice)), testing::IsEmpty());
  EXPECT_THAT(judged(policy_of(kFibonacci)), testing::IsEmpty());
  EXPECT_THAT(judged(policy_of(kLiar)), testing::Contains(testing::HasSubstr("outside 0s to 500ms")));
}

TEST(StrategyBounds, are_exact_where_no_chance_is_drawn) {
  BackoffPolicy policy{.initial_delay = 2s, .max_delay = 9s, .jitter = {.kind = JitterKind::None}};
  const auto is_exactly = [&policy](std::uint32_t ordinal, Duration delay) {
    const sim::Bounds bounds = sim::backoff_bounds(policy, ordinal, 0s);
    return bounds.low == delay && bounds.high == delay;
  };
  policy.strategy.kind = StrategyKind::Constant;
  EXPECT_TRUE(is_exactly(1, 2s) && is_exactly(9, 2s));
  policy.strategy.kind = StrategyKind::Linear;
  EXPECT_TRUE(is_exactly(1, 2s) && is_exactly(4, 8s) && is_exactly(5, 9s));
  policy.increment = 1s;
  EXPECT_TRUE(is_exactly(1, 2s) && is_exactly(2, 3s));
  policy.strategy = {.kind = StrategyKind::Delays, .delays = {0s, 7s, 1s}};
  EXPECT_TRUE(is_exactly(1, 0s) && is_exactly(2, 7s) && is_exactly(3, 1s) && is_exactly(4, 1s));
  policy.jitter.kind = JitterKind::Equal;
  EXPECT_EQ(sim::backoff_bounds(policy, 2, 0s).low, 3500ms);
  EXPECT_EQ(sim::backoff_bounds(policy, 2, 0s).high, 7s);
}

}  // namespace
}  // namespace core
