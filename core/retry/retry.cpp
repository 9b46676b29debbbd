#include "core/retry/retry.h"

namespace core::detail {

Event call_event(EventKind kind, const Call& call) {
  Event event;
  event.kind = kind;
  event.job = call.job;
  event.api = call.api;
  event.max_attempts = call.policy.attempts;
  return event;
}

void report_failed(const Environment& environment, const Call& call, std::uint32_t attempt, const Failure& failure) {
  Event event = call_event(EventKind::CallFailed, call);
  event.attempt = attempt;
  event.failure = failure.kind;
  event.status = failure.status;
  if (failure.hint) event.hint = failure.hint->delay;
  event.code = failure.code;
  environment.emit(event);
}

void report_gave_up(const Environment& environment, const Call& call, std::uint32_t attempts, GiveUpReason reason) {
  Event event = call_event(EventKind::CallGaveUp, call);
  event.attempts = attempts;
  event.reason = name_of(reason);
  environment.emit(event);
}

void report_retry(const Environment& environment, const Call& call, std::uint32_t attempt, FailureKind failure,
                  const RetryAfter& wait) {
  Event event = call_event(EventKind::CallRetry, call);
  event.attempt = attempt;
  event.failure = failure;
  event.delay = wait.delay;
  event.source = name_of(wait.source);
  environment.emit(event);
}

}  // namespace core::detail
