#include "core/logging/log_line.h"

#include <fmt/compile.h>

#include "core/api/api.h"
#include "core/http/status_text.h"
#include "core/text/compose.h"
#include "core/time/text.h"

namespace core {

namespace {

using Lines = std::vector<std::string>;

/// "1.0s": one decimal, rounded half up.
std::string tenths_of_a_second(Duration delay) {
  const std::int64_t tenths = (delay.count() / 50'000'000 + 1) / 2;
  return compose(FMT_COMPILE("{}.{}s"), tenths / 10, tenths % 10);
}

/// What the summary calls an API of the request level; empty for tools, whose lines have another form.
std::string_view request_level_name(std::string_view api) {
  if (api == api::kChat) return "LLM API";
  if (api == api::kToken) return "GitHub token API";
  return {};
}

std::string_view in_words(FailureKind failure) {
  switch (failure) {
    case FailureKind::RateLimited:
      return "rate limited";
    case FailureKind::Unavailable:
      return "unavailable";
    case FailureKind::ServerError:
      return "server error";
    case FailureKind::Timeout:
      return "timed out";
    case FailureKind::Connection:
      return "connection lost";
    case FailureKind::Malformed:
      return "gave a malformed answer";
    case FailureKind::EmptyAnswer:
      return "gave an empty answer";
    case FailureKind::Unauthorized:
      return "unauthorized";
    case FailureKind::Forbidden:
      return "forbidden";
    case FailureKind::NotFound:
      return "not found";
    case FailureKind::ClientError:
      return "refused the request";
    case FailureKind::Redirected:
      return "redirected elsewhere";
  }
  return {};
}

std::string_view service_name(std::string_view api) {
  return is_of(Service::Redis, api) ? "Redis" : "GitHub API";
}

std::string progress(const std::optional<std::uint32_t>& attempt, const std::optional<std::uint32_t>& of) {
  return of ? compose(FMT_COMPILE("{}/{}"), attempt.value_or(0), *of) : compose(FMT_COMPILE("{}"), attempt.value_or(0));
}

Lines failed_call(const Event& event) {
  const std::string_view name = request_level_name(event.api);
  if (name.empty()) return {};  // The tool's line says the failure and the wait at once.
  Lines lines{
      compose(FMT_COMPILE("[Attempt {}] {} call failed: {{"), progress(event.attempt, event.max_attempts), name)};
  if (event.status) {
    lines.push_back(compose(FMT_COMPILE("  status: {},"), *event.status));
    lines.push_back(compose(FMT_COMPILE("  statusText: \"{}\","), status_text(*event.status)));
  }
  const bool by_status = event.status && (*event.status < 200 || *event.status > 299);
  lines.push_back(by_status ? compose(FMT_COMPILE("  message: \"Request failed with status code {}\","), *event.status)
                            : compose(FMT_COMPILE("  message: \"{} {}\","), name, in_words(*event.failure)));
  lines.push_back(compose(FMT_COMPILE("  code: \"{}\""), event.code));
  lines.push_back("}");
  return lines;
}

Lines retried_call(const Event& event) {
  const std::string delay = tenths_of_a_second(event.delay.value_or(Duration::zero()));
  if (!request_level_name(event.api).empty()) {
    return {compose(FMT_COMPILE("Retrying in {} (attempt {})..."), delay, progress(event.attempt, event.max_attempts))};
  }
  const std::uint32_t failed_attempt = event.attempt.value_or(1) - 1;
  return {compose(FMT_COMPILE("[Attempt {}] {} {}. Retrying in {}..."), progress(failed_attempt, event.max_attempts),
                  service_name(event.api), in_words(event.failure.value_or(FailureKind::Connection)), delay)};
}

Lines job_line(const Event& event) {
  switch (event.kind) {
    case EventKind::JobEnqueued:
      return {compose(FMT_COMPILE("Enqueued job {}"), event.job)};
    case EventKind::JobStarted:
      return {compose(FMT_COMPILE("Starting job {} (run {})"), event.job, event.attempt.value_or(1))};
    case EventKind::JobCompleted:
      return {compose(FMT_COMPILE("Completed job {}"), event.job)};
    case EventKind::JobRequeued:
      return {compose(FMT_COMPILE("Re-queuing job {} (attempt {}) after {}"), event.job,
                      progress(event.retry_count, event.max_retries),
                      format_duration(event.delay.value_or(Duration::zero())))};
    case EventKind::JobFailed:
      return {compose(FMT_COMPILE("Failed job {}: {}"), event.job, event.reason.name())};
    case EventKind::JobRecovered:
      return {compose(FMT_COMPILE("Recovered job {}: its lease ran out"), event.job)};
    case EventKind::JobReleased:
      return {compose(FMT_COMPILE("Gave back job {}"), event.job)};
    case EventKind::OperatorRetry:
      return {compose(FMT_COMPILE("Put job {} back by an operator's command"), event.job)};
    case EventKind::OperatorCancel:
      return {compose(FMT_COMPILE("Cancelled job {} by an operator's command"), event.job)};
    case EventKind::OperatorDrop:
      return {compose(FMT_COMPILE("Dropped job {} by an operator's command"), event.job)};
    case EventKind::LeaseLost:
      return {compose(FMT_COMPILE("Lost the lease of job {}"), event.job)};
    default:
      return {};
  }
}

}  // namespace

std::vector<std::string> log_lines(const Event& event) {
  switch (event.kind) {
    case EventKind::CallFailed:
      return failed_call(event);
    case EventKind::CallRetry:
      return retried_call(event);
    case EventKind::CallGaveUp:
      return {compose(FMT_COMPILE("Giving up on {} after {} attempts: {}"), event.api, event.attempts.value_or(0),
                      event.reason.name())};
    case EventKind::ToolFailed:
      return {compose(FMT_COMPILE("Tool {} failed"), event.tool)};
    case EventKind::WorkerStarted:
      return {"Worker started"};
    case EventKind::WorkerStopped:
      return {"Worker stopped"};
    case EventKind::WorkerCrashed:
      return {"Worker crashed"};
    case EventKind::OperatorPause:
      return {"Paused by an operator's command: no runner takes a job"};
    case EventKind::OperatorResume:
      return {"Resumed by an operator's command"};
    case EventKind::CredentialRefused:
      return {compose(FMT_COMPILE("{} refuses this runner's credential{}: it takes no job, and looks again in {}"),
                      event.api, event.status ? compose(FMT_COMPILE(" ({})"), *event.status) : std::string(),
                      format_duration(event.delay.value_or(Duration::zero())))};
    case EventKind::CredentialAccepted:
      return {compose(FMT_COMPILE("{} accepts this runner's credential again: it takes jobs"), event.api)};
    case EventKind::CircuitOpened:
      return {compose(FMT_COMPILE("{} fails too often ({}): it is left alone for {}"), event.api, event.credential,
                      format_duration(event.delay.value_or(Duration::zero())))};
    case EventKind::CircuitClosed:
      return {compose(FMT_COMPILE("{} works again ({}): calls are made"), event.api, event.credential)};
    default:
      return job_line(event);
  }
}

}  // namespace core
