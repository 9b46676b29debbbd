#include "core/retry/decide.h"

#include <algorithm>

#include "core/retry/strategy.h"
#include "core/time/wide.h"

namespace core {

namespace {

constexpr std::uint64_t kMillion = 1'000'000;
constexpr Duration kForever = Duration::max();

/// duration / (ratio / 1'000'000), rounded up, for ratios of at least one.
Duration divided(Duration duration, std::uint64_t millionths) {
  const UnsignedWide quotient = (static_cast<UnsignedWide>(duration.count()) * kMillion + millionths - 1) / millionths;
  return Duration(static_cast<Duration::rep>(quotient));
}

Duration spread(Duration delay, Duration least, const BackoffPolicy& policy, std::uint32_t ordinal,
                const Random& random) {
  const std::uint64_t widened = kMillion + policy.jitter.ratio.millionths;
  const Duration upper = std::min(policy.max_delay, scaled(delay, widened));
  const Duration lower = std::max(least, divided(upper, widened));
  return random.between(std::min(lower, upper), upper, ordinal);
}

}  // namespace

Duration backoff_delay(std::uint32_t ordinal, Duration previous_delay, const BackoffPolicy& policy,
                       const Random& random) {
  const RetryStep step = step_of(ordinal, previous_delay, policy);
  const Duration delay = planned_delay(step, policy, random);
  switch (policy.jitter.kind) {
    case JitterKind::None:
      return delay;
    case JitterKind::Spread:
      return spread(delay, least_delay(step, policy), policy, ordinal, random);
    case JitterKind::Full:
      return random.between(Duration::zero(), delay, ordinal);
    case JitterKind::Equal:
      return delay / 2 + random.between(Duration::zero(), delay - delay / 2, ordinal);
    case JitterKind::Decorrelated: {
      const Duration previous = std::max(previous_delay, policy.initial_delay);
      return std::min(policy.max_delay, random.between(policy.initial_delay, scaled(previous, 3 * kMillion), ordinal));
    }
  }
  return delay;
}

Duration hinted_delay(Duration hint, std::uint32_t ordinal, const Jitter& jitter, const Random& random) {
  if (jitter.kind == JitterKind::None) return hint;
  const std::uint64_t ratio = jitter.kind == JitterKind::Spread ? jitter.ratio.millionths : Jitter{}.ratio.millionths;
  return random.between(hint, scaled(hint, kMillion + ratio), ordinal);
}

std::optional<Duration> settling_wait(const Failure& failure, std::uint32_t attempt, const RetryPolicy& policy) {
  if (!failure.settling || (policy.attempts && attempt >= *policy.attempts)) return std::nullopt;
  Duration wait = std::chrono::seconds(1);
  for (std::uint32_t i = 1; i < attempt && wait < *failure.settling; ++i) wait += std::min(wait, kForever - wait);
  return wait < *failure.settling ? std::optional(wait) : std::nullopt;
}

namespace {

Decision decide_without_deadline(const Failure& failure, const RetryState& state, const RetryPolicy& policy,
                                 const Random& random, Duration ceiling) {
  if (const auto wait = settling_wait(failure, state.attempt, policy)) return RetryAfter{*wait, DelaySource::Backoff};
  if (!failure.retryable()) return GiveUp{GiveUpReason::NotRetryable};
  if (failure.hint && failure.hint->delay > ceiling) return GiveUp{GiveUpReason::RetryAfterTooLong, Patience::Over};
  if (state.has_limiter && failure.kind == FailureKind::RateLimited) return AskGuards{};
  if (policy.attempts && state.attempt >= *policy.attempts) return GiveUp{GiveUpReason::Exhausted};
  if (!failure.hint) {
    return RetryAfter{backoff_delay(state.attempt, state.previous_delay, policy.backoff, random), DelaySource::Backoff};
  }
  if (failure.hint->delay > policy.longest_hint()) return GiveUp{GiveUpReason::RetryAfterTooLong};
  return RetryAfter{hinted_delay(failure.hint->delay, state.attempt, policy.backoff.jitter, random),
                    failure.hint->source};
}

}  // namespace

Decision decide(const Failure& failure, const RetryState& state, const RetryPolicy& policy, const Random& random,
                Duration ceiling) {
  Decision decision = decide_without_deadline(failure, state, policy, random, ceiling);
  const auto* wait = std::get_if<RetryAfter>(&decision);
  const bool has_deadline = state.remaining != Duration::max();
  if (has_deadline && wait != nullptr && wait->delay >= state.remaining) return GiveUp{GiveUpReason::Deadline};
  return decision;
}

}  // namespace core
