#include <gtest/gtest.h>

#include "core/retry/decide.h"
#include "core/retry/retry.h"

namespace core {
namespace {
using namespace std::chrono_literals;

TEST(Decide, waits_one_two_four_and_eight_seconds_and_then_gives_up) {
  const RetryPolicy policy{.attempts = 5,
                           .backoff = {.initial_delay = 1s, .max_delay = 60s, .jitter = {.kind = JitterKind::None}}};
  const Random random(1);
  for (std::uint32_t attempt = 1; attempt < 5; ++attempt) {
    const auto decision = decide(Failure{}, {attempt, {}}, policy, random);
    ASSERT_TRUE(std::holds_alternative<RetryAfter>(decision));
    EXPECT_EQ(std::get<RetryAfter>(decision).delay, 1s * (1 << (attempt - 1)));
  }
  EXPECT_EQ(std::get<GiveUp>(decide(Failure{}, {5, {}}, policy, random)).reason, GiveUpReason::Exhausted);
}

TEST(Decide, has_no_patience_with_hints_beyond_the_ceiling_whichever_attempt_it_is) {
  const RetryPolicy policy{.attempts = 2, .backoff = {.initial_delay = 1s, .max_delay = 60s}, .retry_after_max = 1000h};
  Failure failure;
  for (const std::uint32_t attempt : {1U, 2U}) {
    for (const Duration beyond : {168h + 1ns, Duration::max()}) {
      failure.hint = RetryHint{beyond};
      const auto given_up = std::get<GiveUp>(decide(failure, {attempt, {}}, policy, Random(1)));
      EXPECT_EQ(given_up.reason, GiveUpReason::RetryAfterTooLong);
      EXPECT_EQ(given_up.patience, Patience::Over);
    }
  }
  failure.hint = RetryHint{168h};
  EXPECT_TRUE(std::holds_alternative<RetryAfter>(decide(failure, {1, {}}, policy, Random(1))));
  EXPECT_EQ(std::get<GiveUp>(decide(failure, {2, {}}, policy, Random(1))).patience, Patience::Left);
  failure.hint = RetryHint{5s + 1ns};
  EXPECT_EQ(std::get<GiveUp>(decide(failure, {1, {}}, policy, Random(1), 5s)).patience, Patience::Over);
  failure.retryability = Retryability::Final;
  EXPECT_EQ(std::get<GiveUp>(decide(failure, {1, {}}, policy, Random(1), 5s)).reason, GiveUpReason::NotRetryable);
}

TEST(Decide, bounds_hints_by_the_policy_and_the_representable) {
  struct Case {
    Duration hint;
    std::optional<Duration> longest;
    bool waits;
  };
  const Case cases[] = {{60s, std::nullopt, true},
                        {60s + 1ns, std::nullopt, false},
                        {61s, 61s, true},
                        {2s, 1s, false},
                        {1h, Duration::max(), true},
                        {Duration::max(), Duration::max(), false},
                        {Duration::max(), std::nullopt, false}};
  for (const auto& [hint, longest, waits] : cases) {
    const RetryPolicy policy{
        .attempts = 5, .backoff = {.initial_delay = 1s, .max_delay = 60s}, .retry_after_max = longest};
    Failure failure;
    failure.hint = RetryHint{hint};
    const Decision decision = decide(failure, {1, {}}, policy, Random(1));
    EXPECT_EQ(std::holds_alternative<RetryAfter>(decision), waits) << hint.count();
  }
}

}  // namespace
}  // namespace core
