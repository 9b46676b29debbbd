// Somebody else's program that wants nothing but the retry decisions.
#include <chrono>
#include <cstdio>
#include <variant>

#include "core/retry/decide.h"
#include "core/time/text.h"

int main() {
  core::RetryPolicy policy;
  policy.attempts = 5;
  policy.backoff = {.initial_delay = std::chrono::seconds(1), .max_delay = std::chrono::seconds(60)};
  policy.backoff.jitter.kind = core::JitterKind::None;
  core::Failure failure;
  failure.kind = core::FailureKind::RateLimited;
  failure.status = 429;
  const core::Decision decision = core::decide(failure, {}, policy, core::Random(1));
  const auto* wait = std::get_if<core::RetryAfter>(&decision);
  if (wait == nullptr) return 1;
  std::printf("%s\n", core::format_duration(wait->delay).c_str());
  return 0;
}
