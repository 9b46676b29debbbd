// The one stream that log lines, metrics, traces, timelines, invariants and reports are made from: every action of the
// core is one Event. Its texts are views that live as long as the call of on_event; whoever keeps an event copies them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/retry/decide.h"
#include "core/retry/failure.h"
#include "core/time/time.h"

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
  LeaseLost,       ///< A worker found that a job which it ran is no longer its own; it stopped working on it.
  JobReleased,     ///< A worker that has to stop gave the job back; no retry is spent.
  RedisRestarted,  ///< Of a simulated world alone. With `lost` the writes of that last stretch are gone.
  OperatorRetry,   ///< An operator has put a job of the dead-letter list back, to be run anew.
  WorkerPaused,    ///< Of a simulated world alone: the process stands still, for `delay` if nothing prolongs it.
  WorkerResumed,   ///< Of a simulated world alone: it goes on.
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
  WaitTooLong,        ///< A server asked for a longer wait than `retry_after_ceiling`.
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
    case JobFailReason::WaitTooLong:
      return "wait_too_long";
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

/// Which fields an event has depends on its kind; absent ones are empty.
struct Event {
  EventKind kind = EventKind::JobEnqueued;
  SteadyTime at;
  std::string_view runner;  ///< "runner-1"; empty for a client that is no runner.
  std::string_view job;
  std::string_view api;   ///< "llm.chat", "github.token", "github.comments.create", "redis.claim", ...
  std::string_view tool;  ///< "comment_on_issue".
  std::optional<std::uint32_t> attempt;
  std::optional<std::uint32_t> max_attempts;
  std::optional<std::uint32_t> attempts;
  std::optional<std::uint32_t> retry_count;
  std::optional<std::uint32_t> max_retries;
  std::optional<int> status;
  std::optional<FailureKind> failure;
  std::optional<Duration> hint;  ///< For how long the server asked not to be called again.
  std::optional<Duration> delay;
  std::optional<Duration> lost;
  std::string_view source;   ///< name_of(DelaySource).
  std::string_view reason;   ///< name_of(GiveUpReason), name_of(RequeueReason) or name_of(JobFailReason).
  std::string_view outcome;  ///< name_of(AgentOutcome).
  std::string_view code;     ///< As in Failure.

  bool operator==(const Event&) const = default;  ///< Texts by what they say.
};

/// Calls visit(name, value) for each field that is present, in a fixed order, `kind`, `at` and the runner left out:
/// value is a std::string_view, a std::int64_t or a Duration. Traces, digests and expectations all read events through
/// this.
template <class Visitor>
void for_each_field(const Event& event, Visitor&& visit) {
  const auto text = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) visit(name, value);
  };
  const auto number = [&](std::string_view name, const auto& value) {
    if (value) visit(name, static_cast<std::int64_t>(*value));
  };
  text("job", event.job);
  text("api", event.api);
  text("tool", event.tool);
  number("attempt", event.attempt);
  number("max_attempts", event.max_attempts);
  number("attempts", event.attempts);
  number("retry_count", event.retry_count);
  number("max_retries", event.max_retries);
  number("status", event.status);
  if (event.failure) visit(std::string_view("failure"), name_of(*event.failure));
  const auto duration = [&](std::string_view name, const std::optional<Duration>& value) {
    if (value) visit(name, *value);
  };
  duration("hint", event.hint);
  duration("delay", event.delay);
  duration("lost", event.lost);
  text("source", event.source);
  text("reason", event.reason);
  text("outcome", event.outcome);
  text("code", event.code);
}

class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on_event(const Event& event) = 0;
};

}  // namespace core
