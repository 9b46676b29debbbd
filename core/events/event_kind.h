// The kinds of events and the words in them: why a job is put back or fails, how an agent ends.
#pragma once

#include <cstdint>
#include <string_view>

namespace core {

enum class EventKind : std::uint8_t {
  JobEnqueued,
  JobStarted,
  JobCompleted,
  JobRequeued,
  JobFailed,
  JobRecovered,
  CallStarted,
  CallSucceeded,
  CallFailed,
  CallRetry,
  CallGaveUp,
  ToolStarted,
  ToolSucceeded,
  ToolFailed,
  AgentFinished,
  WorkerStarted,
  WorkerStopped,
  WorkerCrashed,
  LeaseLost,           ///< A worker found that a job which it ran is no longer its own; it stopped working on it.
  JobReleased,         ///< A worker that has to stop gave the job back; no retry is spent.
  RedisRestarted,      ///< Of a simulated world alone. With `lost` the writes of that last stretch are gone.
  OperatorRetry,       ///< An operator has put a job of the dead-letter list back, to be run anew.
  WorkerPaused,        ///< Of a simulated world alone: the process stands still, for `delay` if nothing prolongs it.
  WorkerResumed,       ///< Of a simulated world alone: it goes on.
  CredentialRefused,   ///< A service refuses the process's own: for `delay` the worker takes no job.
  CredentialAccepted,  ///< It is accepted again.
  OperatorCancel,      ///< An operator has ended a job that had not ended.
  OperatorDrop,        ///< An operator has made the queue forget a job that had ended.
  OperatorPause,       ///< From now on no runner takes a job.
  OperatorResume,      ///< Runners take jobs again.
  CircuitOpened,       ///< A worker leaves an operation alone that fails too often, for `delay`.
  CircuitClosed,       ///< It calls that operation again.
};
constexpr std::string_view name_of(EventKind kind) {
  switch (kind) {
    case EventKind::JobEnqueued:
      return "job.enqueued";
    case EventKind::JobStarted:
      return "job.started";
    case EventKind::JobCompleted:
      return "job.completed";
    case EventKind::JobRequeued:
      return "job.requeued";
    case EventKind::JobFailed:
      return "job.failed";
    case EventKind::JobRecovered:
      return "job.recovered";
    case EventKind::CallStarted:
      return "call.started";
    case EventKind::CallSucceeded:
      return "call.succeeded";
    case EventKind::CallFailed:
      return "call.failed";
    case EventKind::CallRetry:
      return "call.retry";
    case EventKind::CallGaveUp:
      return "call.gave_up";
    case EventKind::ToolStarted:
      return "tool.started";
    case EventKind::ToolSucceeded:
      return "tool.succeeded";
    case EventKind::ToolFailed:
      return "tool.failed";
    case EventKind::AgentFinished:
      return "agent.finished";
    case EventKind::WorkerStarted:
      return "worker.started";
    case EventKind::WorkerStopped:
      return "worker.stopped";
    case EventKind::WorkerCrashed:
      return "worker.crashed";
    case EventKind::LeaseLost:
      return "lease.lost";
    case EventKind::JobReleased:
      return "job.released";
    case EventKind::RedisRestarted:
      return "redis.restarted";
    case EventKind::OperatorRetry:
      return "operator.retry";
    case EventKind::WorkerPaused:
      return "worker.paused";
    case EventKind::WorkerResumed:
      return "worker.resumed";
    case EventKind::CredentialRefused:
      return "credential.refused";
    case EventKind::CredentialAccepted:
      return "credential.accepted";
    case EventKind::OperatorCancel:
      return "operator.cancel";
    case EventKind::OperatorDrop:
      return "operator.drop";
    case EventKind::OperatorPause:
      return "operator.pause";
    case EventKind::OperatorResume:
      return "operator.resume";
    case EventKind::CircuitOpened:
      return "circuit.opened";
    case EventKind::CircuitClosed:
      return "circuit.closed";
  }
  return {};
}

enum class RequeueReason : std::uint8_t { RateLimited, ServiceError };
enum class JobFailReason : std::uint8_t {
  Exhausted,
  NotRetryable,
  OutcomeUnknown,
  Malformed,
  TurnsExceeded,
  IncompleteAnswer,   ///< The model's answer was cut at its length limit again after it was told so.
  FilteredAnswer,     ///< The service's content filter cut the model's answer again after the model was told so.
  Deadline,           ///< It did not end in the time that it was given, or had to wait beyond it.
  WaitTooLong,        ///< A server asked for a longer wait than `retry_after_ceiling`.
  TooLarge,           ///< Its payload and journal are more than a claim brings (see core/queue/queue.h).
  JournalFull,        ///< Its journal has no room for another effect.
  Cancelled,          ///< An operator has cancelled it; it is not on the dead-letter list.
  RecoveredTooOften,  ///< More workers died while running the job than `jobs.recoveries` allows.
};
enum class AgentOutcome : std::uint8_t { Completed, RateLimited, ServiceError, Failed };
constexpr std::string_view name_of(RequeueReason reason) {
  switch (reason) {
    case RequeueReason::RateLimited:
      return "rate_limited";
    case RequeueReason::ServiceError:
      return "service_error";
  }
  return {};
}
constexpr std::string_view name_of(JobFailReason reason) {
  switch (reason) {
    case JobFailReason::Exhausted:
      return "exhausted";
    case JobFailReason::NotRetryable:
      return "not_retryable";
    case JobFailReason::OutcomeUnknown:
      return "outcome_unknown";
    case JobFailReason::Malformed:
      return "malformed";
    case JobFailReason::TurnsExceeded:
      return "turns_exceeded";
    case JobFailReason::IncompleteAnswer:
      return "incomplete_answer";
    case JobFailReason::FilteredAnswer:
      return "filtered_answer";
    case JobFailReason::Deadline:
      return "deadline";
    case JobFailReason::WaitTooLong:
      return "wait_too_long";
    case JobFailReason::TooLarge:
      return "too_large";
    case JobFailReason::JournalFull:
      return "journal_full";
    case JobFailReason::Cancelled:
      return "cancelled";
    case JobFailReason::RecoveredTooOften:
      return "recovered_too_often";
  }
  return {};
}
constexpr std::string_view name_of(AgentOutcome outcome) {
  switch (outcome) {
    case AgentOutcome::Completed:
      return "completed";
    case AgentOutcome::RateLimited:
      return "rate_limited";
    case AgentOutcome::ServiceError:
      return "service_error";
    case AgentOutcome::Failed:
      return "failed";
  }
  return {};
}

}  // namespace core
