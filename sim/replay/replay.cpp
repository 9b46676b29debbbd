#include "sim/replay/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/api/api.h"
#include "core/time/text.h"
#include "core/tools/all_tools.h"
#include "sim/replay/clients.h"
#include "sim/replay/redis_rules.h"
#include "sim/replay/requests.h"
#include "sim/replay/runner_names.h"
#include "sim/scenario/types.h"
#include "sim/scenario/write.h"

namespace sim {

namespace {

using core::Duration;
using core::Event;
using core::EventKind;
using core::FailureKind;
using core::SteadyTime;

/// A reset is told as an instant of the wall clock, with a date of the answer's own, near which it comes.
core::HttpHeaders reset_headers(const std::optional<Duration>& hint, SteadyTime ended) {
  core::HttpHeaders headers{{"x-ratelimit-remaining", "0"}};
  if (!hint) return headers;
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t date = 1'767'225'600 + ended.time_since_epoch().count() / kSecond;
  headers.push_back({"date", core::format_http_date(core::WallTime(std::chrono::seconds(date)))});
  headers.push_back(
      {"x-ratelimit-reset", fmt::format("{}.{:09}", date + hint->count() / kSecond, hint->count() % kSecond)});
  return headers;
}

/// In the model's header, to the nanosecond.
void add_model_reset(fakes::DoStatus& action, Duration hint) {
  if (hint == Duration::max()) {
    action.headers = {{"x-ratelimit-remaining-requests", "0"}, {"x-ratelimit-reset-requests", "inf"}};
  } else {
    action.retry_after = fakes::RetryAfterReset{.delay = hint};
  }
}

fakes::DoStatus status_action(const Request& request) {
  fakes::DoStatus action{.status = *request.status};
  const bool limited = request.failure == FailureKind::RateLimited;
  const bool limited_403 = request.status == 403 && limited;
  const bool limited_422 = request.status == 422 && limited;
  if (limited_422 && request.hint == std::chrono::minutes(1)) {
    action.retry_after = fakes::RetryAfterWords{};
    return action;
  }
  // What makes it a limit is the body, whatever the header says.
  if (limited_422) action.body = R"({"message":"You have exceeded a secondary rate limit."})";
  if (request.hint_is_reset && request.service == Request::Service::Llm && request.hint) {
    add_model_reset(action, *request.hint);
  } else if ((request.hint_is_reset && !limited_422) || (limited_403 && !request.hint)) {
    action.headers = reset_headers(request.hint, request.ended);
  } else if (request.hint == Duration::max()) {
    action.retry_after = fakes::RetryAfterRaw{"inf"};
  } else if (request.hint) {
    action.retry_after = fakes::RetryAfterSeconds{*request.hint};
  }
  if (request.never_retry) action.headers = {{"x-should-retry", "false"}};
  if (request.date_disbelieved) action.headers = {{"date", "Thu, 01 Jan 1970 00:00:00 GMT"}};
  if (request.status == 429 && request.failure == FailureKind::ClientError) {
    action.body = R"({"error":{"code":"insufficient_quota","message":"replayed"}})";
  }
  return action;
}

fakes::HttpAction failure_action(const Request& request) {
  using fakes::DoReset, fakes::ResetWhen;
  switch (*request.failure) {
    case FailureKind::Timeout:
      if (request.status) return status_action(request);  // 408: the service's own.
      // Done all the same: the whole latency is what makes it a timeout.
      if (request.effect_applied) return std::monostate{};
      return fakes::DoTimeout{};
    case FailureKind::Connection:
      if (request.refused) return fakes::DoRefuse{};
      return DoReset{request.effect_applied ? ResetWhen::After : ResetWhen::Before};
    case FailureKind::Malformed:
      if (!request.status) return fakes::DoFlood{fakes::DoFlood::Part::Body, 100'000'000};
      if (*request.status >= 200 && *request.status <= 299) return fakes::DoGarbage{};
      return status_action(request);
    case FailureKind::EmptyAnswer:
      return fakes::DoText{};
    case FailureKind::ServerError:
      if (request.status == 200) return fakes::DoText{.text = "Rep", .finish = "error"};
      [[fallthrough]];
    default:
      if (request.status) return status_action(request);
      return DoReset{ResetWhen::Before};
  }
}

/// Such as are done, or refused before anything is sent.
std::string arguments_of(const UsedTool& tool) {
  if (tool.bad_arguments || !core::is_tool(tool.name)) return R"({"what":"no tool takes"})";
  return tool.name == core::api::kCreateComment.tool ? R"({"body":"Replayed."})" : core::tool_examples().at(tool.name);
}

/// Nothing where the model answers as it does when it is left alone.
fakes::HttpAction answer_action(const Request& request) {
  constexpr std::string_view kComment = core::api::kCreateComment.tool;
  if (request.service != Request::Service::Llm) return std::monostate{};
  if (!request.finish.empty()) return fakes::DoText{.text = "Rep", .finish = request.finish};
  const std::vector<UsedTool>& tools = request.tools;
  if (tools.empty()) return request.has_tool_result ? fakes::HttpAction() : fakes::DoText{"Done."};
  const bool comments_once = tools.size() == 1 && tools[0].name == kComment && !tools[0].bad_arguments;
  if (comments_once && !request.has_tool_result) return std::monostate{};
  fakes::DoTools asked;
  for (const UsedTool& tool : tools) {
    asked.tools.push_back({tool.name, arguments_of(tool)});
  }
  if (asked.tools.size() == 1) return std::move(asked.tools[0]);
  return asked;
}

/// A model's answer that did not come in time, so that the same timeout ends the wait at the same time again.
fakes::HttpRule late_answer(const Request& request, const core::LlmConfig& llm) {
  fakes::HttpRule rule;
  const Duration took = request.latency;
  const Duration without_a_byte = std::min(llm.timeout, llm.first_byte_timeout.value_or(Duration::max()));
  const bool is_silence = llm.idle_timeout && took >= *llm.idle_timeout && took < llm.timeout;
  if (took == without_a_byte || (took >= llm.timeout && without_a_byte == llm.timeout)) {
    rule.action = fakes::DoTimeout{};
  } else if (took >= llm.timeout && llm.idle_timeout) {
    // Bytes came until the end.
    constexpr std::int64_t kMostChunks = 10'000;
    const Duration every = std::max(*llm.idle_timeout / 2, Duration(1));
    const auto chunks = static_cast<std::uint32_t>(std::min<std::int64_t>(llm.timeout / every + 2, kMostChunks));
    rule.action = fakes::DoPace{.chunks = chunks, .every = every};
  } else if (took >= llm.timeout || is_silence) {
    rule.action = fakes::DoStall{.millionths = 500'000, .goes_on_after = std::nullopt};
    if (is_silence) rule.latency = took - *llm.idle_timeout;
  } else {
    rule.action = fakes::DoTimeout{};
  }
  return rule;
}

/// How the request is met, whichever it is; that of a plain rule where none is needed.
fakes::HttpRule behaviour(const Request& request, const core::LlmConfig& llm) {
  fakes::HttpRule rule;
  if (!request.answered) {
    // Nobody knows how long it would have taken: longer than its process lived.
    rule.latency = request.effect_applied ? Duration(std::chrono::hours(1)) : Duration::zero();
    if (!request.effect_applied) rule.action = fakes::DoTimeout{};
    return rule;
  }
  if (request.service == Request::Service::Llm && request.failure == FailureKind::Timeout && !request.status) {
    return late_answer(request, llm);
  }
  rule.action = request.failure ? failure_action(request) : answer_action(request);
  if (!std::holds_alternative<fakes::DoTimeout>(rule.action)) rule.latency = request.latency;
  return rule;
}

bool is_needed(const fakes::HttpRule& rule) {
  return !std::holds_alternative<std::monostate>(rule.action) || rule.latency != fakes::Latency(Duration::zero());
}

/// One rule for consecutive requests that are met alike.
std::vector<fakes::HttpRule> rules_for(const std::vector<Request>& requests, Request::Service service,
                                       const core::LlmConfig& llm) {
  std::vector<fakes::HttpRule> rules;
  std::map<std::pair<std::string, std::string>, std::size_t> last_of;  // By job and operation.
  for (const Request& request : requests) {
    if (request.service != service) continue;
    fakes::HttpRule wanted = behaviour(request, llm);
    if (!is_needed(wanted)) continue;
    const auto [last, is_first] = last_of.try_emplace({request.job, request.on}, rules.size());
    if (!is_first) {
      fakes::HttpRule& before = rules[last->second];
      const bool alike = before.action == wanted.action && before.latency == wanted.latency;
      if (alike && before.calls[0].last + 1 == request.number) {
        before.calls[0].last = request.number;
        continue;
      }
      last->second = rules.size();
    }
    wanted.on = request.on;
    wanted.job = request.job;
    wanted.calls = {{request.number, request.number}};
    rules.push_back(std::move(wanted));
  }
  return rules;
}

/// A job that asked for a token while others had one is another installation's; one that posted without asking used the
/// last that its runner was given.
std::map<std::string_view, std::uint64_t> installations_of(const std::vector<Event>& events) {
  std::map<std::string_view, std::uint64_t> installations;
  std::uint64_t count = 0;
  std::map<std::string_view, std::uint64_t> last_of;  // By runner.
  for (const Event& event : events) {
    const bool is_token = event.api == core::api::kToken;
    if (event.kind == EventKind::CallStarted && is_token && !installations.contains(event.job)) {
      installations[event.job] = ++count;
    } else if (event.kind == EventKind::CallStarted && core::is_call_of_tool(event.api)) {
      installations.try_emplace(event.job, last_of.try_emplace(event.runner, 1).first->second);
    }
    if ((event.kind == EventKind::CallSucceeded || event.kind == EventKind::CallGaveUp) && is_token) {
      last_of[event.runner] = installations.try_emplace(event.job, 1).first->second;
    }
  }
  return installations;
}

/// How long after it was put in, or brought back by an operator, a job has to have ended. One whose deadline had come
/// before each of its runs had less time than until then.
std::map<std::string_view, Duration> deadlines_of(const std::vector<Event>& events) {
  std::map<std::string_view, SteadyTime> put_in;
  std::map<std::string_view, EventKind> last_end;
  std::map<std::string_view, Duration> deadlines, at_most;
  for (const Event& event : events) {
    if (event.job.empty()) continue;
    const SteadyTime since = put_in.try_emplace(event.job, event.at).first->second;
    const bool is_dead = last_end.contains(event.job) && last_end.at(event.job) == EventKind::JobFailed;
    if (event.kind == EventKind::OperatorRetry && is_dead) put_in[event.job] = event.at;
    if (event.kind == EventKind::JobFailed || event.kind == EventKind::JobRequeued) last_end[event.job] = event.kind;
    if (event.kind != EventKind::JobStarted || !event.deadline) continue;
    auto& known = *event.deadline > Duration::zero() ? deadlines : at_most;
    known.try_emplace(event.job, event.at - since + *event.deadline);
  }
  deadlines.insert(at_most.begin(), at_most.end());
  return deadlines;
}

/// What each job's model called, where that is more than comment_on_issue.
std::map<std::string_view, std::vector<std::string>> tools_of(const std::vector<Event>& events) {
  std::map<std::string_view, std::vector<std::string>> tools;
  for (const Event& event : events) {
    if (event.kind != EventKind::ToolStarted || !core::is_tool(event.tool)) continue;
    std::vector<std::string>& known = tools[event.job];
    if (std::ranges::find(known, event.tool) == known.end()) known.emplace_back(event.tool);
  }
  std::erase_if(tools, [](const auto& each) {
    return each.second == std::vector<std::string>{std::string(core::api::kCreateComment.tool)};
  });
  return tools;
}

std::vector<ScenarioJob> jobs_of(const std::vector<Event>& events) {
  std::map<std::string_view, std::vector<std::string>> tools = tools_of(events);
  const std::map<std::string_view, Duration> deadlines = deadlines_of(events);
  std::vector<ScenarioJob> jobs;
  std::set<std::string_view> seen;
  std::map<std::string_view, std::uint64_t> installations = installations_of(events);
  for (const Event& event : events) {
    if (event.job.empty() || !seen.insert(event.job).second) continue;
    ScenarioJob job{.id = std::string(event.job), .at = event.at};
    job.installation = installations.try_emplace(event.job, 1).first->second;
    if (const auto found = deadlines.find(event.job); found != deadlines.end()) {
      // Redis counts microseconds from when the job was put in.
      job.deadline = std::max<Duration>(std::chrono::round<std::chrono::microseconds>(found->second), Duration(1));
    }
    if (const auto used = tools.find(event.job); used != tools.end()) job.tools = std::move(used->second);
    jobs.push_back(std::move(job));
  }
  return jobs;
}

std::vector<WorldEntry> world_of(const std::vector<Event>& events) {
  std::vector<WorldEntry> world;
  std::set<std::string_view> has_started;
  std::set<std::string_view> has_been_put_in;
  std::set<std::string_view> gives_back;  // Runners that stop, and have no more time for their jobs.
  std::set<std::pair<std::string_view, std::string_view>>
      held_back;  // Runners and jobs whose agent has ended for a limit, or for a service that is left alone.
  // Runners, and the APIs that refuse their credential.
  std::set<std::pair<std::string_view, std::string_view>> paused_by;
  const auto is_refused = [&paused_by](std::string_view name) {
    const auto first = paused_by.lower_bound({name, {}});
    return first != paused_by.end() && first->first == name;
  };
  const std::map<std::size_t, Duration> down = redis_downtimes_of(events);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    const std::string runner(event.runner);
    if (event.kind == EventKind::WorkerStarted) {
      if (!has_started.insert(event.runner).second) world.push_back({event.at, StartRunner{runner}});
    } else if (event.kind == EventKind::JobEnqueued) {
      if (!has_been_put_in.insert(event.job).second) world.push_back({event.at, EnqueueAgain{std::string(event.job)}});
    } else if (event.kind == EventKind::WorkerCrashed) {
      world.push_back({event.at, CrashRunner{runner}});
    } else if (event.kind == EventKind::WorkerPaused) {
      const Duration lasts = event.delay.value_or(Duration::zero());
      if (lasts > Duration::zero()) world.push_back({event.at, PauseRunner{runner, lasts}});
    } else if (const auto command = operator_command_of(event.kind)) {
      world.push_back({event.at, OperatorEntry{*command, std::string(event.job)}});
    } else if (event.kind == EventKind::CredentialRefused) {
      paused_by.emplace(event.runner, event.api);
    } else if (event.kind == EventKind::CredentialAccepted) {
      paused_by.erase({event.runner, event.api});
    } else if (event.kind == EventKind::AgentFinished) {
      const bool is_trouble =
          event.outcome == core::AgentOutcome::RateLimited || event.outcome == core::AgentOutcome::ServiceError;
      if (is_trouble) held_back.emplace(event.runner, event.job);
    } else if (event.kind == EventKind::JobRequeued || event.kind == EventKind::JobFailed) {
      held_back.erase({event.runner, event.job});
    } else if (event.kind == EventKind::JobReleased) {
      // The runner itself has put it off.
      if (held_back.erase({event.runner, event.job}) > 0) continue;
      if (is_refused(event.runner)) continue;
      if (gives_back.insert(event.runner).second) world.push_back({event.at, StopRunner{runner, Duration::zero()}});
    } else if (event.kind == EventKind::WorkerStopped) {
      if (gives_back.erase(event.runner) == 0) world.push_back({event.at, StopRunner{runner, std::nullopt}});
    } else if (event.kind == EventKind::RedisRestarted) {
      const auto refused = down.find(i);
      const Duration refuses = refused == down.end() ? Duration::zero() : refused->second;
      world.push_back({event.at, RestartRedis{event.lost.value_or(Duration::zero()), refuses}});
    }
  }
  return world;
}

}  // namespace

std::string replay_scenario(const ReplaySource& source, const std::vector<Event>& trace) {
  const RunnerNames names(trace);
  const std::vector<Event> events = in_the_world(trace, names);
  const std::vector<Request> requests = requests_of(events);
  SteadyTime last;
  for (const Event& event : events) last = std::max(last, event.at);
  Scenario scenario;
  scenario.title = source.title;
  scenario.why = source.why;
  scenario.seed = source.seed;
  scenario.schedule = source.schedule;
  scenario.start = source.started.value_or(kDefaultStart);
  scenario.limit = core::saturating_add(last, std::chrono::hours(1)).time_since_epoch();
  scenario.config = source.config;
  // A trace that tells no configuration has no App's id.
  if (scenario.config.github.app_id.empty()) scenario.config.github.app_id = default_config().github.app_id;
  scenario.config.llm.api_key.clear();  // It is masked in the trace, and the fakes take any.
  scenario.runners = static_cast<std::uint32_t>(names.count());
  scenario.jobs = jobs_of(events);
  scenario.llm = rules_for(requests, Request::Service::Llm, scenario.config.llm);
  scenario.github = rules_for(requests, Request::Service::GitHub, scenario.config.llm);
  scenario.redis = redis_rules_of(events, scenario.config);
  scenario.world = world_of(events);
  std::ranges::move(untold_restarts(events), std::back_inserter(scenario.world));
  std::ranges::move(untold_commands(events, scenario.config.jobs.lease), std::back_inserter(scenario.world));
  return scenario_text(scenario);
}

}  // namespace sim
