// A call with a deadline: no attempt begins at or after it.
#include <gtest/gtest.h>

#include "core/retry/decide.h"

namespace core {
namespace {
using namespace std::chrono_literals;

TEST(DecideDeadline, gives_up_when_the_next_attempt_could_only_begin_at_the_deadline) {
  const RetryPolicy policy{.backoff = {.initial_delay = 1s, .max_delay = 60s, .jitter = {.kind = JitterKind::None}}};
  const auto decided = [&](std::optional<Duration> time_left) {
    return decide(Failure{}, {.time_left = time_left}, policy, Random(1));
  };
  EXPECT_TRUE(std::holds_alternative<RetryAfter>(decided(std::nullopt)));
  EXPECT_TRUE(std::holds_alternative<RetryAfter>(decided(1s + 1ns)));
  for (const Duration time_left : {Duration(1s), Duration(0s), Duration(-5s)}) {
    const Decision decision = decided(time_left);
    ASSERT_TRUE(std::holds_alternative<GiveUp>(decision));
    EXPECT_EQ(std::get<GiveUp>(decision).reason, GiveUpReason::Deadline);
  }
}

}  // namespace
}  // namespace core
