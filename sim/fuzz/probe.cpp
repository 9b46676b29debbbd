#include "sim/fuzz/probe.h"

#include <algorithm>
#include <array>

namespace sim {

namespace {

using core::Event;
using core::EventKind;

constexpr std::size_t kFailures = static_cast<std::size_t>(Probe::FirstOfFailures);

constexpr std::array<std::string_view, kFailures> kNames = {
    "all attempts of the model's call used up",
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
    "a job given back",
    "a job recovered",
    "a crash while a job runs",
    "a crash while a comment is on its way",
    "a restart of Redis",
    "a restart of Redis that lost writes",
    "a shuffled schedule",
    "a runner paused while a job runs",
    "a lease lost during a pause",
    "a runner cut off from a service",
    "a full Redis",
    "a Redis that refuses writes",
    "a job put in again",
    "a failed job put back by an operator",
    "the clock of one runner set",
};

static_assert(static_cast<std::size_t>(core::FailureKind::Redirected) + 1 == kCurableFailures + kFinalFailures);

std::size_t probe_of(core::FailureKind failure, std::uint32_t attempt) {
  const auto kind = static_cast<std::size_t>(failure);
  if (kind >= kCurableFailures) return kFailures + kCurableFailures * kProbedAttempts + kind - kCurableFailures;
  const std::size_t place = std::clamp<std::size_t>(attempt, 1, kProbedAttempts) - 1;
  return kFailures + kind * kProbedAttempts + place;
}

}  // namespace

std::string probe_name(std::size_t probe) {
  if (probe < kFailures) return std::string(kNames[probe]);
  probe -= kFailures;
  const bool curable = probe < kCurableFailures * kProbedAttempts;
  const std::size_t kind =
      curable ? probe / kProbedAttempts : probe - kCurableFailures * kProbedAttempts + kCurableFailures;
  std::string name = "failure " + std::string(core::name_of(static_cast<core::FailureKind>(kind)));
  if (!curable) return name;
  const std::size_t attempt = probe % kProbedAttempts + 1;
  return name + " at attempt " + std::to_string(attempt) + (attempt == kProbedAttempts ? " or later" : "");
}

ProbeWatch::ProbeWatch(const Scenario& scenario) {
  if (scenario.schedule != 0) meet(Probe::Shuffled);
  for (const WorldEntry& entry : scenario.world) {
    if (std::holds_alternative<PartitionRunner>(entry.action)) meet(Probe::RunnerCutOff);
    if (std::holds_alternative<EnqueueAgain>(entry.action)) meet(Probe::EnqueuedAgain);
    const auto* shift = std::get_if<ShiftWallClock>(&entry.action);
    if (shift != nullptr && !shift->runner.empty()) meet(Probe::OneClockShifted);
  }
}

void ProbeWatch::on_event(const Event& event) {
  switch (event.kind) {
    case EventKind::WorkerPaused:
      if (running_ > 0) meet(Probe::RunnerPaused);
      return;
    case EventKind::WorkerResumed:
      resumed_at_ = event.at;
      return;
    case EventKind::OperatorRetry:
      return meet(Probe::OperatorRetry);
    case EventKind::CallStarted:
      if (event.api == "github.comments.list") meet(Probe::LookUpAfterALostAnswer);
      if (event.api == "github.comments.create") comment_on_its_way_ = true;
      return;
    case EventKind::CallSucceeded:
      if (event.api == "github.comments.create") comment_on_its_way_ = false;
      return;
    case EventKind::CallFailed:
      if (event.api == "github.comments.create") comment_on_its_way_ = false;
      if (event.code == "OOM") meet(Probe::RedisFull);
      if (event.code == "READONLY") meet(Probe::RedisReadOnly);
      if (!event.api.starts_with("redis.")) met_.set(probe_of(*event.failure, event.attempt.value_or(1)));
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
      if (resumed_at_ == event.at) meet(Probe::PausedOverALease);
      break;
    case EventKind::JobReleased:
      meet(Probe::JobGivenBack);
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
