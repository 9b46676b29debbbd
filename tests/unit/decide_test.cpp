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

}  // namespace
}  // namespace core
