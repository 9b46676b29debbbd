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

// Reading 21: exactly 2^(n-1) s before the n-th retry, while the token is younger than ten seconds when the wait ends.
TEST(Decide, tries_a_refused_token_again_while_it_is_new) {
  struct Case {
    std::uint32_t attempt;
    Duration settling;
    std::optional<Duration> wait;
  };
  const Case cases[] = {{1, 10s, 1s},          {2, 9s, 2s},           {3, 7s, 4s},           {1, 1s + 1ns, 1s},
                        {1, 1s, std::nullopt}, {2, 2s, std::nullopt}, {4, 8s, std::nullopt}, {4, 8s + 1ns, 8s},
                        {5, 1h, std::nullopt}, {1, 1ns, std::nullopt}};
  const RetryPolicy policy{.attempts = 5, .backoff = {.initial_delay = 300ms, .max_delay = 500ms}};
  for (const auto& [attempt, settling, wait] : cases) {
    Failure failure{.kind = FailureKind::Unauthorized, .retryability = Retryability::Final};
    failure.settling = settling;
    EXPECT_EQ(settling_wait(failure, attempt, policy), wait) << attempt;
    const Decision decision = decide(failure, {attempt, {}}, policy, Random(1));
    if (wait) {
      ASSERT_TRUE(std::holds_alternative<RetryAfter>(decision)) << attempt;
      EXPECT_EQ(std::get<RetryAfter>(decision).delay, *wait) << attempt;
      EXPECT_EQ(std::get<RetryAfter>(decision).source, DelaySource::Backoff) << attempt;
    } else {
      ASSERT_TRUE(std::holds_alternative<GiveUp>(decision)) << attempt;
      EXPECT_EQ(std::get<GiveUp>(decision).reason, GiveUpReason::NotRetryable) << "never exhausted";
    }
  }
  Failure forever{.kind = FailureKind::Unauthorized, .retryability = Retryability::Final};
  forever.settling = Duration::max();
  EXPECT_EQ(settling_wait(forever, 70, {}), std::nullopt) << "waits beyond what can be represented are none";
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
