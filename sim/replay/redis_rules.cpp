#include "sim/replay/redis_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace sim {

namespace {

using core::Duration;
using core::Event;
using core::EventKind;
using core::FailureKind;
using core::SteadyTime;

constexpr std::string_view kPrefix = "redis.";

bool is_refusal(const Event& event) {
  return event.code == "ECONNREFUSED";
}

fakes::RedisAction action_of(const Event& event) {
  if (event.failure == FailureKind::Timeout) return fakes::DoTimeout{};
  if (event.failure == FailureKind::Connection) return fakes::DoReset{fakes::ResetWhen::Before};
  return fakes::DoError{fmt::format("{} replayed", event.code.empty() ? "ERR" : event.code)};
}

fakes::RedisRule rule_of(const Event& event, std::string on, SteadyTime sent) {
  fakes::RedisRule rule;
  rule.on = std::move(on);
  if (!event.job.empty()) rule.job = std::string(event.job);
  rule.calls = {{1, 1}};
  rule.from = sent;
  rule.until = core::saturating_add(sent, Duration(1));
  rule.action = action_of(event);
  if (!std::holds_alternative<fakes::DoTimeout>(rule.action)) rule.latency = event.at - sent;
  return rule;
}

}  // namespace

std::vector<fakes::RedisRule> redis_rules_of(const std::vector<Event>& events, const core::Config& config) {
  using Key = std::tuple<std::string_view, std::string_view, std::string_view>;
  std::map<Key, SteadyTime> next_attempt;  // By runner, job and API: when its wait is over.
  std::map<std::tuple<std::string, std::string, SteadyTime>, std::size_t> places;
  std::vector<fakes::RedisRule> rules;
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
      const auto [place, is_new] = places.try_emplace({on, std::string(event.job), sent}, rules.size());
      if (is_new) {
        rules.push_back(rule_of(event, on, sent));
      } else {
        ++rules[place->second].calls[0].last;
      }
    }
  }
  return rules;
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

std::vector<WorldEntry> untold_restarts(const std::vector<Event>& events) {
  const auto is_restart = [](const Event& event) { return event.kind == EventKind::RedisRestarted; };
  if (std::ranges::any_of(events, is_restart)) return {};
  std::vector<WorldEntry> restarts;
  std::optional<SteadyTime> away_since;
  for (const Event& event : events) {
    if (!event.api.starts_with(kPrefix)) continue;
    if (event.kind == EventKind::CallSucceeded) away_since.reset();
    if (event.kind != EventKind::CallFailed || !is_refusal(event)) continue;
    if (!away_since) {
      away_since = event.at;
      restarts.push_back({event.at, RestartRedis{}});
    }
    std::get<RestartRedis>(restarts.back().action).down = core::saturating_add(event.at, Duration(1)) - *away_since;
  }
  return restarts;
}

}  // namespace sim
