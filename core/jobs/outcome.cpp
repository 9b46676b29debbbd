#include "core/jobs/outcome.h"

#include <algorithm>

namespace core {

AgentResult agent_result(const GaveUp& gave_up) {
  AgentResult result;
  result.error = {gave_up.failure.message, gave_up.api, gave_up.failure.status};
  if (gave_up.reason == GiveUpReason::OutcomeUnknown) {
    result.outcome = AgentOutcome::Failed;
    result.fail_reason = JobFailReason::OutcomeUnknown;
  } else if (gave_up.reason == GiveUpReason::Deadline) {
    result.outcome = AgentOutcome::Failed;
    result.fail_reason = JobFailReason::Deadline;
  } else if (gave_up.patience == Patience::Over) {
    result.outcome = AgentOutcome::Failed;
    result.fail_reason = JobFailReason::WaitTooLong;
  } else if (!gave_up.failure.retryable()) {
    result.outcome = AgentOutcome::Failed;
    result.fail_reason = JobFailReason::NotRetryable;
    result.refused_credential = gave_up.failure.refused_credential;
    result.refused_status = gave_up.failure.status;
  } else {
    const bool limited = gave_up.failure.kind == FailureKind::RateLimited;
    result.outcome = limited ? AgentOutcome::RateLimited : AgentOutcome::ServiceError;
    result.hint = gave_up.failure.hint;
    const bool is_held = gave_up.reason == GiveUpReason::Limited || gave_up.reason == GiveUpReason::CircuitOpen;
    if (is_held && result.hint) result.put_off = result.hint->delay;
  }
  return result;
}

JobStep next_step(const AgentResult& result, std::uint32_t retry_count, const JobRetryConfig& policy,
                  const Random& random, Duration remaining) {
  if (result.outcome == AgentOutcome::Completed) return CompleteJob{};
  if (result.outcome == AgentOutcome::Failed) return FailJob{result.fail_reason};
  if (retry_count >= policy.requeues) return FailJob{JobFailReason::Exhausted};
  const std::uint32_t ordinal = retry_count + 1;
  Duration delay = backoff_delay(ordinal, Duration::zero(), policy.backoff, random);
  if (result.hint) {
    delay = std::max(delay, hinted_delay(result.hint->delay, ordinal, policy.backoff.jitter, random.fork("hint")));
  }
  // Hints are no longer than the ceiling; a configured backoff may be.
  const auto whole = std::chrono::ceil<std::chrono::microseconds>(std::min(delay, kLongestCeiling));
  const bool has_deadline = remaining != Duration::max();
  if (has_deadline && whole >= remaining) return FailJob{JobFailReason::Deadline};
  return RequeueJob{
      whole, result.outcome == AgentOutcome::RateLimited ? RequeueReason::RateLimited : RequeueReason::ServiceError};
}

}  // namespace core
