#include "sim/replay/requests.h"

#include <map>
#include <optional>
#include <utility>

#include "core/api/api.h"
#include "sim/invariants/curable.h"

namespace sim {

namespace {

using core::Event;
using core::EventKind;
using core::FailureKind;
using core::SteadyTime;

constexpr std::size_t kNone = SIZE_MAX;
constexpr std::string_view kLength = "length", kFilter = "content_filter";

/// What is known of a job so far; requests by their place in the list.
struct JobSoFar {
  std::map<std::string, std::uint64_t> counts;              ///< Of requests, by operation.
  std::map<std::string, std::size_t, std::less<>> current;  ///< The last request of an API.
  bool has_tool_result = false;
  std::size_t last_answer = kNone;  ///< The model's.
  std::size_t suspect = kNone;      ///< An answer whose latest tool failed without a call of its own.
  std::size_t blamed = kNone;       ///< The suspect that the run's end made one with bad arguments.
  bool tool_made_calls = false;
  std::size_t open_create = kNone;  ///< The last effect of that kind that was sent without knowing what became of it.
  std::optional<FailureKind> looked_up_in_vain;  ///< In the create's attempt: how a look-up before it failed.
  bool has_looked_up = false;                    ///< In the create's attempt.
  SteadyTime create_since;                       ///< When the create's attempt, look-ups aside, began.
};

class RequestReader {
 public:
  std::vector<Request> read(const std::vector<Event>& events) {
    for (const Event& event : events) {
      if (event.job.empty()) continue;
      JobSoFar& job = jobs_[std::string(event.job)];
      on_event(event, job);
    }
    return std::move(requests_);
  }

 private:
  void on_event(const Event& event, JobSoFar& job) {
    switch (event.kind) {
      case EventKind::JobStarted:
        job.has_tool_result = false;
        job.last_answer = job.suspect = kNone;
        return;
      case EventKind::AgentFinished:
        job.blamed = kNone;
        if (event.outcome == core::AgentOutcome::Failed) {
          if (job.suspect != kNone && !requests_[job.suspect].tools.empty()) job.blamed = job.suspect;
          settle_suspicion(job);
        }
        return;
      case EventKind::JobFailed:
        if (event.reason == core::JobFailReason::IncompleteAnswer) end_answer(job, kLength);
        if (event.reason == core::JobFailReason::FilteredAnswer) end_answer(job, kFilter);
        // It was the wait for a token that another job had asked for.
        if (event.reason == core::JobFailReason::WaitTooLong && job.blamed != kNone) {
          requests_[job.blamed].tools.back().bad_arguments = false;
        }
        return;
      case EventKind::ToolStarted:
        settle_suspicion(job);
        if (job.last_answer != kNone) requests_[job.last_answer].tools.push_back({std::string(event.tool)});
        job.tool_made_calls = false;
        return;
      case EventKind::ToolFailed:
        if (!job.tool_made_calls) job.suspect = job.last_answer;
        job.has_tool_result = true;
        return;
      case EventKind::ToolSucceeded:
        job.has_tool_result = true;
        return;
      case EventKind::CallStarted:
      case EventKind::CallSucceeded:
      case EventKind::CallFailed:
      case EventKind::CallRetry:
      case EventKind::CallGaveUp:
        if (event.api == core::api::kChat || core::is_of(core::Service::GitHub, event.api)) on_call(event, job);
        return;
      default:
        return;
    }
  }

  /// The model's last answer was cut: its run went on without a tool, or ended for that.
  void end_answer(JobSoFar& job, std::string_view finish) {
    if (job.last_answer != kNone && requests_[job.last_answer].tools.empty()) {
      requests_[job.last_answer].finish = finish;
    }
  }

  /// The run went on, or failed for good: it was the tool that refused its arguments. Otherwise the tool had waited for
  /// the same token as another job, and failed with that.
  void settle_suspicion(JobSoFar& job) {
    if (job.suspect != kNone && !requests_[job.suspect].tools.empty()) {
      requests_[job.suspect].tools.back().bad_arguments = true;
    }
    job.suspect = kNone;
  }

  void on_call(const Event& event, JobSoFar& job) {
    if (core::is_of(core::Service::GitHub, event.api)) job.tool_made_calls = true;
    // A wait before the first attempt, and a call that was cancelled in it, are no request.
    if (event.attempt == 1U && event.kind == EventKind::CallRetry) return;
    if (event.attempts == 0U && event.kind == EventKind::CallGaveUp) return;
    switch (event.kind) {
      case EventKind::CallStarted:
        if (event.api == core::api::kChat && event.attempt == 1U) end_answer(job, kLength);
        if (core::is_call_of_tool(event.api)) {
          job.create_since = event.at;
          job.looked_up_in_vain.reset();
          job.has_looked_up = false;
          job.current.erase(std::string(event.api));
          // Sent when its look-ups are over, if at all; in the list it has the place of its beginning.
        }
        return begin(event, job);
      case EventKind::CallSucceeded:
      case EventKind::CallFailed:
        return end(event, job);
      case EventKind::CallRetry:
        if (event.source == core::DelaySource::RateLimitReset) current(event, job).hint_is_reset = true;
        return;
      default: {
        Request& request = current(event, job);
        request.never_retry =
            event.reason == core::GiveUpReason::NotRetryable && request.failure && is_curable(*request.failure);
        return;
      }
    }
  }

  Request& current(const Event& event, JobSoFar& job) {
    const auto found = job.current.find(event.api);
    if (found == job.current.end()) {
      begin(event, job);  // The trace begins in the middle of the call.
      return requests_[job.current.find(event.api)->second];
    }
    return requests_[found->second];
  }

  void begin(const Event& event, JobSoFar& job) {
    if (event.api == core::api::kChat) settle_suspicion(job);
    Request request;
    request.service = event.api == core::api::kChat ? Request::Service::Llm : Request::Service::GitHub;
    request.on = core::operation_of(event.api);
    request.job = event.job;
    request.number = ++job.counts[request.on];
    request.ended = event.at;
    request.has_tool_result = job.has_tool_result;
    job.current[std::string(event.api)] = requests_.size();
    if (core::is_call_of_tool(event.api)) {
      job.open_create = std::exchange(previous_create_[{request.job, std::string(event.api)}], requests_.size());
    }
    begun_.push_back(event.at);
    requests_.push_back(std::move(request));
  }

  void end(const Event& event, JobSoFar& job) {
    Request& request = current(event, job);
    const std::size_t place = job.current.find(event.api)->second;
    request.answered = true;
    request.ended = event.at;
    request.latency = event.at - (core::is_call_of_tool(event.api) ? job.create_since : begun_[place]);
    request.status = event.status;
    if (event.kind == EventKind::CallFailed) {
      request.failure = event.failure;
      request.hint = event.hint;
      request.refused = event.code == "ECONNREFUSED";
      request.date_disbelieved = event.code == "ERR_CLOCK";
    } else if (event.api == core::api::kChat) {
      job.last_answer = place;
    }
    if (core::is_look_up(event.api)) {
      job.create_since = event.at;
      job.has_looked_up = true;
      job.looked_up_in_vain = event.kind == EventKind::CallFailed ? event.failure : std::nullopt;
    }
    if (core::is_effect(event.api)) end_create(event, job, place);
  }

  /// An attempt that looked first may end without a request of its own: at once, and with a look-up's status.
  void end_create(const Event& event, JobSoFar& job, std::size_t place) {
    const bool found = event.kind == EventKind::CallSucceeded && event.status == 200 && job.create_since == event.at &&
                       core::is_once(event.api) && job.has_looked_up;
    // A label that is gone, or a branch that exists, was the doing of the request before.
    const bool was_done = event.kind == EventKind::CallSucceeded && event.status.value_or(0) >= 400;
    if (was_done && job.open_create != kNone) requests_[job.open_create].effect_applied = true;
    const bool is_in_vain = job.looked_up_in_vain && job.looked_up_in_vain == event.failure;
    if (!found && !is_in_vain) return;
    if (found && job.open_create != kNone) requests_[job.open_create].effect_applied = true;
    requests_[place].on.clear();
    --job.counts[std::string(core::operation_of(event.api))];
    previous_create_[{std::string(event.job), std::string(event.api)}] = job.open_create;
  }

  std::vector<Request> requests_;
  std::vector<SteadyTime> begun_;  ///< Of each request.
  std::map<std::string, JobSoFar> jobs_;
  std::map<std::pair<std::string, std::string>, std::size_t>
      previous_create_;  ///< By job and API: the last one that was sent.
};

}  // namespace

std::vector<Request> requests_of(const std::vector<Event>& events) {
  std::vector<Request> requests = RequestReader().read(events);
  std::erase_if(requests, [](const Request& request) { return request.on.empty(); });
  return requests;
}

}  // namespace sim
