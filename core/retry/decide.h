// The pure decisions of retrying. Nothing here sleeps or reads a clock.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "core/random/random.h"
#include "core/retry/failure.h"
#include "core/retry/policy.h"

namespace core {

enum class GiveUpReason : std::uint8_t {
  NotRetryable,
  Exhausted,
  RetryAfterTooLong,
  Deadline,
  CircuitOpen,  ///< The service fails too often and is left alone for a while.
  Limited,      ///< A limit holds it back for longer than a run may wait.
  OutcomeUnknown,
  Cancelled,
};
constexpr std::string_view name_of(GiveUpReason reason) {
  switch (reason) {
    case GiveUpReason::NotRetryable:
      return "not_retryable";
    case GiveUpReason::Exhausted:
      return "exhausted";
    case GiveUpReason::RetryAfterTooLong:
      return "retry_after_too_long";
    case GiveUpReason::Deadline:
      return "deadline";
    case GiveUpReason::CircuitOpen:
      return "circuit_open";
    case GiveUpReason::Limited:
      return "limited";
    case GiveUpReason::OutcomeUnknown:
      return "outcome_unknown";
    case GiveUpReason::Cancelled:
      return "cancelled";
  }
  return {};
}

struct RetryAfter {
  Duration delay;
  DelaySource source;
};
/// What a wait that was asked for means for the job whose call is given up.
enum class Patience : std::uint8_t { Left, Over };
struct GiveUp {
  GiveUpReason reason;
  Patience patience = Patience::Left;  ///< Over: the wait is beyond the ceiling, nobody waits for it.
};
/// The guards say when to go on, with the same attempt: being limited is not failing.
struct AskGuards {};
using Decision = std::variant<RetryAfter, GiveUp, AskGuards>;

/// Where a call stands after a failed attempt.
struct RetryState {
  std::uint32_t attempt = 1;  ///< The one that failed, from 1. It is also the ordinal of the retry that would follow.
  Duration previous_delay{};  ///< The wait before that attempt; zero before the first retry. For decorrelated jitter.
  Duration remaining = Duration::max();  ///< Until the call's deadline.
  bool has_limiter = false;  ///< A guard waits for limits: then a refusal by one spends no attempt (reading 26).
};

/// How long to wait before a call is repeated with a credential that was refused because it may be too new: exactly
/// 2^(attempt-1) s, the attempt being the one that failed. Nothing where it was not refused for that, where it will not
/// be new any more when the wait ends, or where no attempt is left: then the refusal is final (reading 21).
std::optional<Duration> settling_wait(const Failure& failure, std::uint32_t attempt, const RetryPolicy& policy);

/// Whether to call again, and after how long. `random` is the branch of this one call; draws are by ordinal. A hint
/// beyond `ceiling` ends all patience, whichever attempt it is; a wait that the deadline does not leave time for is
/// given up.
Decision decide(const Failure& failure, const RetryState& state, const RetryPolicy& policy, const Random& random,
                Duration ceiling = kRetryAfterCeiling);

/// The delay before the `ordinal`-th retry (from 1): what the strategy plans (core/retry/strategy.h), jittered.
Duration backoff_delay(std::uint32_t ordinal, Duration previous_delay, const BackoffPolicy& policy,
                       const Random& random);

/// The wait for a server's hint: never shorter than the hint, jitter only ever added.
Duration hinted_delay(Duration hint, std::uint32_t ordinal, const Jitter& jitter, const Random& random);

}  // namespace core
