#include "sim/fuzz/probe.h"

#include <array>

namespace sim {

namespace {

using core::Event;
using core::EventKind;

constexpr std::array<std::string_view, kProbes> kNames = {"all attempts of the model's call used up",
                                                          "all attempts of the token's call used up",
                                                          "all attempts of the tool used up",
                                                          "all re-queues of a job used up",
                                                          "a job completed",
                                                          "a job in the dead-letter list",
                                                          "an outcome that cannot be known",
                                                          "a hint too long to wait for",
                                                          "a hint waited for",
                                                          "a wait for the reset of a rate limit",
                                                          "a call cancelled",
                                                          "a comment looked for after a lost answer",
                                                          "a lease lost",
                                                          "a job recovered",
                                                          "a crash while a job runs",
                                                          "a crash while a comment is on its way",
                                                          "a restart of Redis",
                                                          "a restart of Redis that lost writes",
                                                          "failure rate_limited",
                                                          "failure unavailable",
                                                          "failure server_error",
                                                          "failure timeout",
                                                          "failure connection",
                                                          "failure malformed",
                                                          "failure unauthorized",
                                                          "failure forbidden",
                                                          "failure not_found",
                                                          "failure client_error"};

}  // namespace

std::string_view name_of(Probe probe) {
  return kNames[static_cast<std::size_t>(probe)];
}

void ProbeWatch::on_event(const Event& event) {
  switch (event.kind) {
    case EventKind::CallStarted:
      if (event.api == "github.comments.list") meet(Probe::LookUpAfterALostAnswer);
      if (event.api == "github.comments.create") comment_on_its_way_ = true;
      return;
    case EventKind::CallSucceeded:
      if (event.api == "github.comments.create") comment_on_its_way_ = false;
      return;
    case EventKind::CallFailed:
      if (event.api == "github.comments.create") comment_on_its_way_ = false;
      met_.set(static_cast<std::size_t>(Probe::FailureRateLimited) + static_cast<std::size_t>(*event.failure));
      return;
    case EventKind::CallRetry:
      if (event.source == "retry_after") meet(Probe::HintWaitedFor);
      if (event.source == "rate_limit_reset") meet(Probe::RateLimitReset);
      return;
    case EventKind::CallGaveUp:
      return on_give_up(event);
    case EventKind::JobStarted:
      ++running_;
      return;
    case EventKind::JobCompleted:
      meet(Probe::JobCompleted);
      break;
    case EventKind::JobFailed:
      meet(Probe::JobDeadLettered);
      if (event.reason == "exhausted") meet(Probe::JobExhausted);
      break;
    case EventKind::JobRequeued:
      break;
    case EventKind::JobRecovered:
      return meet(Probe::JobRecovered);
    case EventKind::LeaseLost:
      meet(Probe::LeaseLost);
      break;
    case EventKind::WorkerCrashed:
      return on_crash();
    case EventKind::RedisRestarted:
      return meet(event.lost ? Probe::RedisLostWrites : Probe::RedisRestarted);
    default:
      return;
  }
  if (running_ > 0) --running_;
}

void ProbeWatch::on_give_up(const Event& event) {
  if (event.reason == "exhausted") {
    if (event.api == "llm.chat") meet(Probe::LlmExhausted);
    if (event.api == "github.token") meet(Probe::TokenExhausted);
    if (event.api == "github.comments.create") meet(Probe::ToolExhausted);
  }
  if (event.reason == "outcome_unknown") meet(Probe::OutcomeUnknown);
  if (event.reason == "retry_after_too_long") meet(Probe::HintTooLong);
  if (event.reason == "cancelled") meet(Probe::CallCancelled);
}

void ProbeWatch::on_crash() {
  if (running_ > 0) meet(Probe::CrashWhileAJobRuns);
  if (comment_on_its_way_) meet(Probe::CrashWhileACommentIsOnItsWay);
}

}  // namespace sim
