#include "sim/replay/redis_rules.h"

#include <fmt/format.h>

#include <tuple>

#include "core/json/pretty.h"
#include "core/json/types.h"
#include "core/time/text.h"

namespace sim {

namespace {

using core::Duration;
using core::Event;
using core::EventKind;
using core::FailureKind;
using core::SteadyTime;
using core::input::json_text;
using core::input::JsonObject;

constexpr std::string_view kPrefix = "redis.";

bool is_refusal(const Event& event) {
  return event.code == "ECONNREFUSED";
}

JsonObject action_of(const Event& event) {
  if (event.failure == FailureKind::Timeout) return {{"timeout", true}};
  if (event.failure == FailureKind::Connection) return {{"reset", "before"}};
  return {{"error", json_text(fmt::format("{} replayed", event.code.empty() ? "ERR" : event.code))}};
}

struct Draft {
  std::string on;
  std::string job;
  SteadyTime sent;
  Duration latency{};
  JsonObject action;
  std::uint64_t count = 0;

  std::string text() const {
    JsonObject rule{{"on", json_text(on)}};
    if (!job.empty()) rule["job"] = json_text(job);
    if (count > 0) rule["calls"] = json_text(count == 1 ? std::string("1") : fmt::format("1-{}", count));
    rule["from"] = json_text(core::format_duration(sent.time_since_epoch()));
    rule["until"] = json_text(core::format_duration(core::saturating_add(sent, Duration(1)).time_since_epoch()));
    if (latency > Duration::zero() && !action.contains("timeout")) {
      rule["latency"] = json_text(core::format_duration(latency));
    }
    rule["do"] = action;
    return core::input::compact_json(rule);
  }
};

}  // namespace

std::vector<std::string> redis_rules_of(const std::vector<Event>& events, const core::Config& config) {
  using Key = std::tuple<std::string_view, std::string_view, std::string_view>;
  std::map<Key, SteadyTime> next_attempt;  // By runner, job and API: when its wait is over.
  std::map<std::tuple<std::string, std::string, SteadyTime>, std::size_t> places;
  std::vector<Draft> drafts;
  std::optional<SteadyTime> restarted;
  for (const Event& event : events) {
    if (event.kind == EventKind::RedisRestarted) restarted = event.at;
    if (!event.api.starts_with(kPrefix)) continue;
    const Key key(event.runner, event.job, event.api);
    if (event.kind == EventKind::CallRetry) {
      next_attempt[key] = core::saturating_add(event.at, event.delay.value_or(Duration::zero()));
    } else if (event.kind != EventKind::CallFailed) {
      next_attempt.erase(key);
    } else if (!is_refusal(event) && restarted != event.at) {  // Both are the restart's own work.
      const auto waited = next_attempt.find(key);
      SteadyTime sent = event.at;
      if (event.failure == FailureKind::Timeout) sent -= std::min(config.redis.timeout, event.at.time_since_epoch());
      if (event.attempt > 1U && waited != next_attempt.end()) sent = std::min(waited->second, event.at);
      const std::string name(event.api.substr(kPrefix.size()));
      const std::string on = name == "subscribe" ? "SUBSCRIBE" : "script:" + name;
      const auto [place, is_new] = places.try_emplace({on, std::string(event.job), sent}, drafts.size());
      if (is_new) drafts.push_back({on, std::string(event.job), sent, event.at - sent, action_of(event)});
      ++drafts[place->second].count;
    }
  }
  std::vector<std::string> texts;
  for (const Draft& draft : drafts) texts.push_back(draft.text());
  return texts;
}

std::map<std::size_t, Duration> redis_downtimes_of(const std::vector<Event>& events) {
  std::map<std::size_t, Duration> down;
  std::optional<std::size_t> restart;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    if (event.kind == EventKind::RedisRestarted) restart = i;
    const bool refused = event.kind == EventKind::CallFailed && event.api.starts_with(kPrefix) && is_refusal(event);
    if (restart && refused) down[*restart] = core::saturating_add(event.at, Duration(1)) - events[*restart].at;
  }
  return down;
}

}  // namespace sim
