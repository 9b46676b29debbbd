#include "sim/replay/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/config/config_json.h"
#include "core/json/pretty.h"
#include "core/json/types.h"
#include "core/time/text.h"
#include "sim/replay/redis_rules.h"
#include "sim/replay/requests.h"

namespace sim {

namespace {

using core::Duration;
using core::Event;
using core::EventKind;
using core::FailureKind;
using core::SteadyTime;
using core::input::Json;
using core::input::json_text;
using core::input::JsonObject;

Json duration_json(Duration duration) {
  return json_text(core::format_duration(duration));
}

Json time_json(SteadyTime time) {
  return duration_json(time.time_since_epoch());
}

/// A reset is told as an instant of the wall clock; with a date of the answer's own it is the same at any time.
JsonObject reset_headers(const std::optional<Duration>& hint) {
  JsonObject headers{{"x-ratelimit-remaining", "0"}};
  if (!hint) return headers;
  constexpr std::int64_t kDate = 1'767'225'600;
  constexpr std::int64_t kSecond = 1'000'000'000;
  headers["date"] = "Thu, 01 Jan 2026 00:00:00 GMT";
  headers["x-ratelimit-reset"] =
      json_text(fmt::format("{}.{:09}", kDate + hint->count() / kSecond, hint->count() % kSecond));
  return headers;
}

JsonObject status_action(const Request& request) {
  JsonObject action{{"status", *request.status}};
  const bool limited_403 = request.status == 403 && request.failure == FailureKind::RateLimited;
  if (request.hint_is_reset || (limited_403 && !request.hint)) {
    action["headers"] = reset_headers(request.hint);
  } else if (request.hint == Duration::max()) {
    action["retry_after"] = {{"raw", "inf"}};
  } else if (request.hint) {
    action["retry_after"] = duration_json(*request.hint);
  }
  if (request.never_retry) action["headers"] = {{"x-should-retry", "false"}};
  if (request.status == 429 && request.failure == FailureKind::ClientError) {
    action["body"] = {{"error", {{"code", "insufficient_quota"}, {"message", "replayed"}}}};
  }
  return action;
}

JsonObject failure_action(const Request& request) {
  switch (*request.failure) {
    case FailureKind::Timeout:
      // Done all the same: the whole latency is what makes it a timeout.
      return request.effect_applied ? JsonObject{} : JsonObject{{"timeout", true}};
    case FailureKind::Connection:
      if (request.refused) return {{"refuse", true}};
      return {{"reset", request.effect_applied ? "after" : "before"}};
    case FailureKind::Malformed:
      if (!request.status) return {{"flood", {{"body", "100MB"}}}};
      if (*request.status >= 200 && *request.status <= 299) return {{"garbage", true}};
      return status_action(request);
    default:
      return request.status ? status_action(request) : JsonObject{{"reset", "before"}};
  }
}

/// Nothing where the model answers as it does when it is left alone.
JsonObject answer_action(const Request& request) {
  constexpr std::string_view kComment = "comment_on_issue";
  if (request.service != Request::Service::Llm) return {};
  const std::string_view alone = request.has_tool_result ? std::string_view() : kComment;
  if (request.tool == alone && !request.bad_arguments) return {};
  if (request.tool.empty()) return {{"text", "Done."}};
  JsonObject arguments;
  if (request.tool == kComment && !request.bad_arguments) arguments["body"] = "Replayed.";
  return {{"tool", json_text(request.tool)}, {"arguments", std::move(arguments)}};
}

/// All that a rule says beside which calls it is for; empty where none is needed.
JsonObject behaviour(const Request& request) {
  JsonObject rule;
  JsonObject action;
  if (!request.answered) {
    // Nobody knows how long it would have taken: longer than its process lived.
    if (!request.effect_applied) return {{"do", {{"timeout", true}}}};
    return {{"latency", "1h"}};
  }
  action = request.failure ? failure_action(request) : answer_action(request);
  const bool never_answers = action.contains("timeout");
  if (request.latency > Duration::zero() && !never_answers) rule["latency"] = duration_json(request.latency);
  if (!action.empty()) rule["do"] = std::move(action);
  return rule;
}

/// Consecutive requests that were met alike.
struct RuleDraft {
  std::string on;
  std::string job;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  JsonObject behaviour;

  std::string text() const {
    JsonObject rule{{"on", json_text(on)}, {"job", json_text(job)}};
    rule["calls"] = json_text(first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last));
    for (const auto& [key, value] : behaviour) rule[key] = value;
    return core::input::compact_json(rule);
  }
};

std::vector<std::string> rules_for(const std::vector<Request>& requests, Request::Service service) {
  std::vector<RuleDraft> drafts;
  std::map<std::pair<std::string, std::string>, std::size_t> last_of;  // By job and operation.
  for (const Request& request : requests) {
    if (request.service != service) continue;
    JsonObject wanted = behaviour(request);
    if (wanted.empty()) continue;
    const auto [last, is_first] = last_of.try_emplace({request.job, request.on}, drafts.size());
    if (!is_first) {
      RuleDraft& draft = drafts[last->second];
      if (draft.last + 1 == request.number && draft.behaviour == wanted) {
        draft.last = request.number;
        continue;
      }
      last->second = drafts.size();
    }
    drafts.push_back({request.on, request.job, request.number, request.number, std::move(wanted)});
  }
  std::vector<std::string> texts;
  for (const RuleDraft& draft : drafts) texts.push_back(draft.text());
  return texts;
}

/// A job that asked for a token while others had one is another installation's; one that posted without asking used the
/// last that its runner was given.
std::map<std::string_view, std::uint64_t> installations_of(const std::vector<Event>& events) {
  std::map<std::string_view, std::uint64_t> installations;
  std::uint64_t count = 0;
  std::map<std::string_view, std::uint64_t> last_of;  // By runner.
  for (const Event& event : events) {
    const bool is_token = event.api == "github.token";
    if (event.kind == EventKind::CallStarted && is_token && !installations.contains(event.job)) {
      installations[event.job] = ++count;
    } else if (event.kind == EventKind::CallStarted && event.api == "github.comments.create") {
      installations.try_emplace(event.job, last_of.try_emplace(event.runner, 1).first->second);
    }
    if ((event.kind == EventKind::CallSucceeded || event.kind == EventKind::CallGaveUp) && is_token) {
      last_of[event.runner] = installations.try_emplace(event.job, 1).first->second;
    }
  }
  return installations;
}

std::vector<std::string> jobs_of(const std::vector<Event>& events) {
  std::vector<std::string> texts;
  std::map<std::string_view, bool> seen;
  std::map<std::string_view, std::uint64_t> installations = installations_of(events);
  for (const Event& event : events) {
    if (event.job.empty() || !seen.try_emplace(event.job, true).second) continue;
    JsonObject job{{"id", json_text(event.job)}, {"at", time_json(event.at)}};
    const std::uint64_t installation = installations.try_emplace(event.job, 1).first->second;
    if (installation != 1) job["installation"] = installation;
    texts.push_back(core::input::compact_json(job));
  }
  return texts;
}

std::vector<std::string> world_of(const std::vector<Event>& events) {
  std::vector<std::string> texts;
  std::map<std::string_view, bool> has_started;
  const std::map<std::size_t, Duration> down = redis_downtimes_of(events);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    JsonObject entry{{"at", time_json(event.at)}};
    if (event.kind == EventKind::WorkerStarted) {
      if (has_started.try_emplace(event.runner, true).second) continue;
      entry["start"] = json_text(event.runner);
    } else if (event.kind == EventKind::WorkerCrashed) {
      entry["crash"] = json_text(event.runner);
    } else if (event.kind == EventKind::WorkerStopped) {
      entry["stop"] = json_text(event.runner);
    } else if (event.kind == EventKind::RedisRestarted) {
      entry["restart"] = "redis";
      if (event.lost) entry["lose"] = duration_json(*event.lost);
      if (down.contains(i)) entry["down"] = duration_json(down.at(i));
    } else {
      continue;
    }
    texts.push_back(core::input::compact_json(entry));
  }
  return texts;
}

std::string list_text(const std::vector<std::string>& items) {
  std::string text = "[";
  for (const std::string& item : items) text += (text.size() > 1 ? ",\n    " : "\n    ") + item;
  return text + (items.empty() ? "]" : "\n  ]");
}

/// Runners by the names that they have in the world.
class RunnerNames {
 public:
  explicit RunnerNames(const std::vector<Event>& events) {
    for (const Event& event : events) {
      if (event.runner.empty()) continue;
      names_.try_emplace(std::string(event.runner), fmt::format("runner-{}", names_.size() + 1));
    }
  }
  std::size_t count() const { return std::max<std::size_t>(names_.size(), 1); }
  std::string_view of(std::string_view runner) const {
    const auto found = names_.find(runner);
    return found == names_.end() ? runner : std::string_view(found->second);
  }

 private:
  std::map<std::string, std::string, std::less<>> names_;
};

/// As they would be in the world: from T=0 on, its runners' names in place of their own. The texts are those of `names`
/// and of the events.
std::vector<Event> in_the_world(std::vector<Event> events, const RunnerNames& names) {
  SteadyTime first = SteadyTime::max();  // A file's events may come in any order.
  for (const Event& event : events) first = std::min(first, event.at);
  for (Event& event : events) {
    event.at = SteadyTime(event.at - first);
    event.runner = names.of(event.runner);
  }
  return events;
}

using ByJob = std::map<std::string_view, std::vector<Event>>;

ByJob by_job(const std::vector<Event>& events) {
  ByJob jobs;
  for (const Event& event : events) {
    const std::string_view name = core::name_of(event.kind);
    if (!name.starts_with("worker.")) jobs[event.job].push_back(event);
  }
  return jobs;
}

Event compared(Event event, ReplayTimes times) {
  event.runner = {};
  if (times == ReplayTimes::Exact) return event;
  event.at = {};
  event.delay = std::nullopt;
  return event;
}

}  // namespace

std::string replay_scenario(const ReplaySource& source, const std::vector<Event>& trace) {
  const RunnerNames names(trace);
  const std::vector<Event> events = in_the_world(trace, names);
  const std::vector<Request> requests = requests_of(events);
  SteadyTime last;
  for (const Event& event : events) last = std::max(last, event.at);
  const Duration limit = core::saturating_add(last, std::chrono::hours(1)).time_since_epoch();
  core::Config config = source.config;
  config.llm.api_key.clear();  // It is masked in the trace, and the fakes take any.
  const auto quoted_json = [](std::string_view text) { return core::input::compact_json(json_text(text)); };
  return fmt::format(
      "{{\n  \"title\": {},\n  \"why\": {},\n  \"seed\": {},\n  \"schedule\": {},\n  \"limit\": \"{}\",\n  \"config\": "
      "{},\n"
      "  \"runners\": {},\n  \"jobs\": {},\n  \"llm\": {},\n  \"github\": {},\n  \"redis\": {},\n  \"world\": {}\n}}\n",
      quoted_json(source.title), quoted_json(source.why), source.seed, source.schedule, core::format_duration(limit),
      core::config_to_json_line(config), names.count(), list_text(jobs_of(events)),
      list_text(rules_for(requests, Request::Service::Llm)), list_text(rules_for(requests, Request::Service::GitHub)),
      list_text(redis_rules_of(events, config)), list_text(world_of(events)));
}

std::optional<Divergence> first_divergence(const std::vector<Event>& trace, const std::vector<Event>& replay,
                                           ReplayTimes times) {
  const RunnerNames names(trace);
  ByJob expected = by_job(in_the_world(trace, names));
  ByJob actual = by_job(replay);
  for (const auto& [job, events] : actual) expected.try_emplace(job);
  std::optional<Divergence> earliest;
  SteadyTime earliest_at;
  for (auto& [job, events] : expected) {
    std::vector<Event>& replayed = actual[job];
    const auto same = [times](const Event& a, const Event& b) { return compared(a, times) == compared(b, times); };
    const auto place = static_cast<std::size_t>(
        std::mismatch(events.begin(), events.end(), replayed.begin(), replayed.end(), same).first - events.begin());
    if (place == events.size() && place == replayed.size()) continue;
    const SteadyTime at = place < events.size() ? events[place].at : replayed[place].at;
    if (earliest && earliest_at <= at) continue;
    earliest_at = at;
    earliest = Divergence{std::string(job), std::move(events), std::move(replayed), place};
    // Their names are those of the world, which end with this call; the divergence is about other things.
    for (Event& event : earliest->trace) event.runner = {};
    for (Event& event : earliest->replay) event.runner = {};
  }
  return earliest;
}

}  // namespace sim
