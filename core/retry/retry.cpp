#include "core/retry/retry.h"

namespace core::detail {

namespace {

Event call_event(const RetryEnvironment& environment, EventKind kind, Call& call) {
  if (call.number == 0) call.number = environment.number_call();
  Event event;
  event.kind = kind;
  event.job = call.job;
  if (call.run != 0) event.run = call.run;
  event.call = call.number;
  event.api = call.api;
  event.max_attempts = call.policy.attempts;
  return event;
}

}  // namespace

void report_started(const RetryEnvironment& environment, Call& call, std::uint32_t attempt) {
  Event event = call_event(environment, EventKind::CallStarted, call);
  event.attempt = attempt;
  environment.emit(event);
}

void report_succeeded(const RetryEnvironment& environment, Call& call, std::uint32_t attempt,
                      std::optional<int> status) {
  Event event = call_event(environment, EventKind::CallSucceeded, call);
  event.attempt = attempt;
  event.status = status;
  environment.emit(event);
}

void report_failed(const RetryEnvironment& environment, Call& call, std::uint32_t attempt, const Failure& failure) {
  Event event = call_event(environment, EventKind::CallFailed, call);
  event.attempt = attempt;
  event.failure = failure.kind;
  event.status = failure.status;
  if (failure.hint) event.hint = failure.hint->delay;
  event.code = failure.code;
  environment.emit(event);
}

void report_gave_up(const RetryEnvironment& environment, Call& call, std::uint32_t attempts, GiveUpReason reason) {
  Event event = call_event(environment, EventKind::CallGaveUp, call);
  event.attempts = attempts;
  event.reason = reason;
  environment.emit(event);
}

void report_retry(const RetryEnvironment& environment, Call& call, std::uint32_t attempt, FailureKind failure,
                  const RetryAfter& wait) {
  Event event = call_event(environment, EventKind::CallRetry, call);
  event.attempt = attempt;
  event.failure = failure;
  event.delay = wait.delay;
  event.source = wait.source;
  environment.emit(event);
}

}  // namespace core::detail
