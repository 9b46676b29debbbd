#include "sim/fuzz/probe.h"

#include <algorithm>
#include <array>

#include "core/api/api.h"
#include "core/events/run_end.h"

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
    "a hint beyond the ceiling",
    "a hint waited for",
    "a wait for the reset of a rate limit",
    "a wait for the reset of a model's limit",
    "a wait that a model's error asks for in its body",
    "a limit of GitHub's that its body alone names",
    "a quota used up, or an account not paid for",
    "status 402",
    "status 408",
    "status 409 of a model",
    "status 409 of GitHub",
    "status 425",
    "a call cancelled",
    "a comment looked for after a lost answer",
    "a lease lost",
    "a job given back",
    "the model's key refused",
    "the App refused",
    "a credential refused again",
    "a credential accepted again",
    "a job recovered",
    "a job recovered too often",
    "a crash while a job runs",
    "a crash while a comment is on its way",
    "a restart of Redis",
    "a restart of Redis that lost writes",
    "a shuffled schedule",
    "answers in varied forms",
    "a job failed by answers cut at their length",
    "a job failed by filtered answers",
    "a refused token tried again for being new",
    "a refused token given up",
    "a redirect followed",
    "an issue with pages of comments looked through",
    "a GitHub that lies under a path",
    "a rule for one runner alone",
    "a rule for every n-th call",
    "several tools in one answer",
    "a call of a tool beyond the most",
    "an answer that stops within its body",
    "an answer in parts",
    "a first byte that comes too late",
    "a silence within an answer that lasts too long",
    "a runner paused while a job runs",
    "a lease lost during a pause",
    "a runner cut off from a service",
    "a full Redis",
    "a Redis that refuses writes",
    "a job put in again",
    "a failed job put back by an operator",
    "a job cancelled by an operator",
    "a job dropped by an operator",
    "a pause by an operator",
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
  limits_calls_ = !scenario.config.tools.empty();
  if (scenario.forms == fakes::AnswerForms::Varied) meet(Probe::VariedForms);
  for (const fakes::HttpRule& rule : scenario.llm) {
    const auto* status = std::get_if<fakes::DoStatus>(&rule.action);
    const auto* body =
        status != nullptr && status->retry_after ? std::get_if<fakes::RetryAfterBody>(&*status->retry_after) : nullptr;
    if (body != nullptr) asked_in_bodies_.insert(body->delay);
  }
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
    case EventKind::CallStarted:
      if (core::is_look_up(event.api)) meet(Probe::LookUpAfterALostAnswer);
      if (core::is_effect(event.api)) comment_on_its_way_ = true;
      return;
    case EventKind::CallSucceeded:
      if (core::is_effect(event.api)) comment_on_its_way_ = false;
      return;
    case EventKind::CallFailed:
      if (core::is_effect(event.api)) comment_on_its_way_ = false;
      refused_ = event.failure == core::FailureKind::Unauthorized && core::is_effect(event.api);
      if (event.code == "OOM") meet(Probe::RedisFull);
      if (event.code == "READONLY") meet(Probe::RedisReadOnly);
      if (!core::is_of(core::Service::Redis, event.api)) on_failure(event);
      return;
    case EventKind::CallRetry:
      return on_retry(event);
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
      if (event.reason == core::JobFailReason::Exhausted) meet(Probe::JobExhausted);
      if (event.reason == core::JobFailReason::IncompleteAnswer) meet(Probe::IncompleteAnswer);
      if (event.reason == core::JobFailReason::FilteredAnswer) meet(Probe::FilteredAnswer);
      if (event.reason == core::JobFailReason::WaitTooLong) meet(Probe::HintBeyondTheCeiling);
      if (core::is_failed_by_recovery(event)) return meet(Probe::RecoveredTooOften);
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
    case EventKind::CredentialRefused:
      if (event.delay > std::chrono::seconds(1)) meet(Probe::RefusedAgain);
      return meet(event.api == core::api::kChat ? Probe::ModelKeyRefused : Probe::AppRefused);
    case EventKind::CredentialAccepted:
      return meet(Probe::CredentialAccepted);
    case EventKind::WorkerCrashed:
      return on_crash();
    case EventKind::RedisRestarted:
      return meet(event.lost ? Probe::RedisLostWrites : Probe::RedisRestarted);
    default:
      return on_operator(event.kind);
  }
  if (running_ > 0) --running_;
}

void ProbeWatch::on_operator(EventKind kind) {
  if (kind == EventKind::OperatorRetry) meet(Probe::OperatorRetry);
  if (kind == EventKind::OperatorCancel) meet(Probe::OperatorCancel);
  if (kind == EventKind::OperatorDrop) meet(Probe::OperatorDrop);
  if (kind == EventKind::OperatorResume) meet(Probe::OperatorResume);
}

void ProbeWatch::on_retry(const Event& event) {
  if (event.source == core::DelaySource::RetryAfter) meet(Probe::HintWaitedFor);
  if (event.failure == core::FailureKind::Unauthorized) meet(Probe::NewTokenTriedAgain);
  if (event.source == core::DelaySource::RateLimitReset) meet(Probe::RateLimitReset);
  if (event.source == core::DelaySource::RateLimitReset && event.api == core::api::kChat) meet(Probe::ResetOfAModel);
}

void ProbeWatch::on_failure(const Event& event) {
  const bool of_a_model = event.api == core::api::kChat;
  const int status = event.status.value_or(0);
  met_.set(probe_of(*event.failure, event.attempt.value_or(1)));
  if (of_a_model && event.hint && asked_in_bodies_.contains(*event.hint)) meet(Probe::HintInTheBody);
  if (status == 422 && event.failure == core::FailureKind::RateLimited) meet(Probe::LimitInWords);
  if (status == 429 && event.failure == core::FailureKind::ClientError) meet(Probe::UsedUpQuota);
  if (status == 402) meet(Probe::Status402);
  if (status == 408) meet(Probe::Status408);
  if (status == 409) meet(of_a_model ? Probe::Status409OfAModel : Probe::Status409OfGitHub);
  if (status == 425) meet(Probe::Status425);
}

void ProbeWatch::on_answer(const fakes::Answer& answer, std::optional<core::TransportError> timeout) {
  if (answer.rule != nullptr) on_rule(*answer.rule);
  if (timeout == core::TransportError::FirstByteTimeout) meet(Probe::FirstByteTooLate);
  if (timeout == core::TransportError::IdleTimeout) meet(Probe::SilenceTooLong);
}

void ProbeWatch::on_rule(const fakes::HttpRule& rule) {
  if (rule.runner) meet(Probe::RuleForOneRunner);
  if (!rule.calls.empty() && rule.calls[0].step > 1) meet(Probe::RuleForEveryNthCall);
  if (std::holds_alternative<fakes::DoTools>(rule.action)) meet(Probe::SeveralToolsInOneAnswer);
  if (std::holds_alternative<fakes::DoStall>(rule.action)) meet(Probe::AnswerThatStalls);
  if (std::holds_alternative<fakes::DoPace>(rule.action)) meet(Probe::AnswerInParts);
}

void ProbeWatch::on_give_up(const Event& event) {
  if (event.reason == core::GiveUpReason::Exhausted) {
    if (event.api == core::api::kChat) meet(Probe::LlmExhausted);
    if (event.api == core::api::kToken) meet(Probe::TokenExhausted);
    if (core::is_effect(event.api)) meet(Probe::ToolExhausted);
  }
  if (refused_ && core::is_effect(event.api)) meet(Probe::NewTokenGivenUp);
  if (event.reason == core::GiveUpReason::OutcomeUnknown) meet(Probe::OutcomeUnknown);
  if (event.reason == core::GiveUpReason::RetryAfterTooLong) meet(Probe::HintTooLong);
  if (event.reason == core::GiveUpReason::Cancelled) meet(Probe::CallCancelled);
}

void ProbeWatch::before_request(Services&, std::string_view, const core::HttpRequest& request) {
  const std::string_view url = request.url;
  static const std::string kCalledTooOften = fmt::format("Refused: {} may be called ", core::api::kCreateComment.tool);
  if (limits_calls_ && request.body.find(kCalledTooOften) != std::string::npos) {
    meet(Probe::ToolCalledTooOften);
  }
  if (url.find("/repositories/") != std::string_view::npos) meet(Probe::RedirectFollowed);
  if (url.ends_with("&page=2")) meet(Probe::CommentsOverPages);
  if (url.find("/api/v3/") != std::string_view::npos) meet(Probe::EnterpriseServer);
}

void ProbeWatch::on_crash() {
  if (running_ > 0) meet(Probe::CrashWhileAJobRuns);
  if (comment_on_its_way_) meet(Probe::CrashWhileACommentIsOnItsWay);
}

}  // namespace sim
