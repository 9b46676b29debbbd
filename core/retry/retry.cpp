#include "core/retry/retry.h"

#include <algorithm>

namespace core::detail {

CallInProgress::CallInProgress(const RetryEnvironment& environment, Call call)
    : environment_(environment), call_(std::move(call)), reports_(call_.reporting == Reporting::Everything) {}

Attempt CallInProgress::attempt() {
  // Nobody asks when a call began that has neither guards nor a run, and reading the clock takes time.
  const bool needs_time = call_.guards.size() > 0 || call_.run_since.has_value();
  if (needs_time && !since_) since_ = environment_.clock.now();
  return {.api = call_.api,
          .credential = call_.credential,
          .job = call_.job,
          .number = state_.attempt,
          .call_since = since_.value_or(SteadyTime()),
          .run_since = call_.run_since.value_or(since_.value_or(SteadyTime())),
          .limited = limited_,
          .is_of_a_rerun = call_.is_of_a_rerun,
          .timeout = call_.timeout,
          .deadline = call_.deadline};
}

Next CallInProgress::admit(GuardedAttempt& guarded) {
  if (remaining() <= Duration::zero()) return give_up({GiveUpReason::Deadline}, out_of_time());
  Admission admission = guarded.admit();
  if (const auto* delay = std::get_if<Delay>(&admission)) return hold(*delay);
  if (auto* refuse = std::get_if<Refuse>(&admission)) {
    return give_up({refuse->reason, refuse->patience}, std::move(refuse->failure));
  }
  check_permit();
  guarded.begin();
  begun_ = state_.attempt;
  held_until_.reset();
  if (call_.reporting == Reporting::Everything) {
    Event started = event(EventKind::CallStarted);
    started.attempt = begun_;
    environment_.emit(started);
  }
  return Admit{};
}

Next CallInProgress::hold(const Delay& delay) {
  // A guard that may wake the attempt names the latest time to ask again, and what it expects in `held_back`.
  Duration expected = delay.delay;
  if (delay.may_be_woken) expected = delay.held_back ? delay.held_back->wait : Duration::zero();
  if (call_.deadline != SteadyTime::max() && expected >= remaining()) {
    Failure failure = out_of_time();
    if (begun_ == 0 && delay.held_back) failure.kind = delay.held_back->failure.value_or(failure.kind);
    return give_up({GiveUpReason::Deadline}, std::move(failure));
  }
  if (delay.held_back && !is_reported(*delay.held_back)) {
    auto failure = delay.held_back->failure;
    if (!failure && begun_ > 0) failure = last_failure_.kind;
    report_retry(state_.attempt, failure, {delay.held_back->wait, delay.held_back->source});
  }
  return Wait{std::min(saturating_add(environment_.clock.now(), delay.delay), call_.deadline), delay.may_be_woken};
}

/// The last failure, if there was one.
Failure CallInProgress::out_of_time() const {
  Failure failure = last_failure_;
  if (failure.message.empty()) failure.message = "the deadline came before the call could be made";
  return failure;
}

/// A wait for a guard is reported when it begins, and again when its end moves by a second or more.
bool CallInProgress::is_reported(const HeldBack& held_back) {
  constexpr Duration kSame = std::chrono::seconds(1);
  const SteadyTime until = saturating_add(environment_.clock.now(), held_back.wait);
  const bool is_known = held_until_ && until - *held_until_ < kSame && *held_until_ - until < kSame;
  if (!is_known) held_until_ = until;
  return is_known;
}

void CallInProgress::succeeded(GuardedAttempt& guarded, std::optional<int> status) {
  if (reports_) {
    Event succeeded = event(EventKind::CallSucceeded);
    succeeded.attempt = begun_;
    succeeded.status = status;
    environment_.emit(succeeded);
  }
  guarded.end(AttemptEnd::Succeeded);
}

Next CallInProgress::failed(GuardedAttempt& guarded, AttemptFailure failed) {
  reports_ = true;
  Failure& failure = failed.failure;
  Event event = this->event(EventKind::CallFailed);
  event.attempt = begun_;
  event.failure = failure.kind;
  event.status = failure.status;
  if (failure.hint) event.hint = failure.hint->delay;
  event.code = failure.code;
  environment_.emit(event);
  guarded.end(failed.is_nested ? AttemptEnd::Abandoned : AttemptEnd::Failed, failed.is_nested ? nullptr : &failure);

  state_.remaining = remaining();
  state_.has_limiter = call_.guards.wait_for_limits();
  const Decision decision =
      failed.give_up ? Decision(*failed.give_up) : decide(failure, state_, call_.policy, call_.random, call_.ceiling);
  if (const auto* why = std::get_if<GiveUp>(&decision)) return give_up(*why, std::move(failure));
  last_failure_ = std::move(failure);
  const auto* wait = std::get_if<RetryAfter>(&decision);
  // The same attempt is made again, when the guards admit it.
  if (wait == nullptr) {
    ++limited_;
    return Wait{environment_.clock.now()};
  }
  const SteadyTime then = saturating_add(environment_.clock.now(), wait->delay);
  if (auto refuse = call_.guards.would_refuse(attempt(), then)) {
    return give_up({refuse->reason, refuse->patience}, std::move(refuse->failure));
  }
  report_retry(state_.attempt + 1, last_failure_.kind, *wait);
  state_.previous_delay = wait->delay;
  ++state_.attempt;
  return Wait{then};
}

void CallInProgress::cancelled() {
  give_up({GiveUpReason::Cancelled}, {});
}

GaveUp CallInProgress::give_up(GiveUp why, Failure failure) {
  if (why.reason != GiveUpReason::Cancelled) reports_ = true;
  if (reports_) {
    Event gave_up = event(EventKind::CallGaveUp);
    gave_up.attempts = begun_;
    gave_up.reason = why.reason;
    environment_.emit(gave_up);
  }
  return {why.reason, std::move(failure), why.patience, std::string(call_.api)};
}

Duration CallInProgress::remaining() const {
  return call_.deadline == SteadyTime::max() ? Duration::max() : call_.deadline - environment_.clock.now();
}

Event CallInProgress::event(EventKind kind) {
  if (call_.number == 0) call_.number = environment_.number_call();
  Event event;
  event.kind = kind;
  event.job = call_.job;
  if (call_.run != 0) event.run = call_.run;
  event.call = call_.number;
  event.api = call_.api;
  event.max_attempts = call_.policy.attempts;
  return event;
}

void CallInProgress::report_retry(std::uint32_t attempt, std::optional<FailureKind> failure, const RetryAfter& wait) {
  reports_ = true;
  Event retry = event(EventKind::CallRetry);
  retry.attempt = attempt;
  retry.failure = failure;
  retry.delay = wait.delay;
  retry.source = wait.source;
  environment_.emit(retry);
}

}  // namespace core::detail
