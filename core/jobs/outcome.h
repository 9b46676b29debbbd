// How one run of the agent ended, and the pure decision of what becomes of the job.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "core/config/config.h"
#include "core/events/event.h"
#include "core/queue/job.h"
#include "core/random/random.h"
#include "core/retry/retry.h"

namespace core {

struct AgentResult {
  AgentOutcome outcome = AgentOutcome::Completed;
  JobFailReason fail_reason = JobFailReason::NotRetryable;  ///< Of an agent that has failed.
  std::optional<RetryHint> hint;                            ///< When the service said to come back.
  JobError error;                                           ///< The last one.
  /// Set where the service refused this process's own credential, so that the job is not at fault; the status is that
  /// of the refusal.
  std::optional<Credential> refused_credential;
  std::optional<int> refused_status;
  /// Set where a limit delays the job: the worker gives it back for so long, and no re-queue is spent (reading 26).
  std::optional<Duration> put_off;
};

/// A call that was given up ends the agent: as rate_limited or service_error where another attempt of the job may cure
/// it, as failed where it cannot.
AgentResult agent_result(const GaveUp& gave_up);

struct CompleteJob {};
struct RequeueJob {
  Duration delay;  ///< Whole microseconds: the queue's clock counts no finer.
  RequeueReason reason;
};
struct FailJob {
  JobFailReason reason;
};
using JobStep = std::variant<CompleteJob, RequeueJob, FailJob>;

/// The job's life cycle. `retry_count` re-queues have been; the delay of the next is the longer of the server's hint,
/// which is not capped (one beyond the ceiling has failed the agent), and the job's own backoff. A job that would
/// be due when its deadline has come, `remaining` from now (max: it has none), fails.
JobStep next_step(const AgentResult& result, std::uint32_t retry_count, const JobRetryConfig& policy,
                  const Random& random, Duration remaining = Duration::max());

}  // namespace core
