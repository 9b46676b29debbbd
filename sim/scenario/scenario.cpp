#include "sim/scenario/scenario.h"

#include <algorithm>

namespace sim {

core::Config default_config() {
  core::Config config;
  config.github.app_id = "12345";
  return config;
}

namespace {

template <class Action>
core::Duration length_of(const Action& action) {
  if constexpr (requires { action.lasts; }) return action.lasts;
  if constexpr (requires { action.down; }) return action.down;
  return {};
}

}  // namespace

std::optional<core::SteadyTime> faults_end_of(const Scenario& scenario) {
  core::SteadyTime end{};
  for (const fakes::RedisRule& rule : scenario.redis) {
    if (!rule.until) return std::nullopt;
    end = std::max(end, *rule.until);
  }
  for (const WorldEntry& entry : scenario.world) {
    const core::Duration lasts = std::visit([](const auto& action) { return length_of(action); }, entry.action);
    end = std::max(end, core::saturating_add(entry.at, lasts));
  }
  return end;
}

}  // namespace sim
