#include "core/events/event.h"

#include <array>

namespace core {

namespace {
constexpr std::array<std::string_view, kEventKinds> kKindNames = {
    "job.enqueued",   "job.started",    "job.completed",  "job.requeued",   "job.failed",     "job.recovered",
    "call.started",   "call.succeeded", "call.failed",    "call.retry",     "call.gave_up",   "tool.started",
    "tool.succeeded", "tool.failed",    "agent.finished", "worker.started", "worker.stopped", "worker.crashed",
    "lease.lost",     "job.released",   "redis.restarted"};
}  // namespace

std::string_view name_of(EventKind kind) {
  return kKindNames[static_cast<std::size_t>(kind)];
}

std::optional<EventKind> event_kind_named(std::string_view name) {
  for (std::size_t i = 0; i < kKindNames.size(); ++i) {
    if (kKindNames[i] == name) return static_cast<EventKind>(i);
  }
  return std::nullopt;
}

std::string_view name_of(RequeueReason reason) {
  return reason == RequeueReason::RateLimited ? "rate_limited" : "service_error";
}

std::string_view name_of(JobFailReason reason) {
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
  }
  return {};
}

std::string_view name_of(AgentOutcome outcome) {
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
