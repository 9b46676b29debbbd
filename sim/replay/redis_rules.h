// What was wrong with Redis in a run. The core's own commands report themselves only when they fail, so that the n-th
// command of a run is not known by its number; its rule is for the instant at which it was sent.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "core/config/config.h"
#include "core/events/event.h"
#include "fakes/faults/rule.h"
#include "sim/scenario/scenario.h"

namespace sim {

std::vector<fakes::RedisRule> redis_rules_of(const std::vector<core::Event>& events, const core::Config& config);

/// For how long each restart, by its place among the events, is known to have refused connections.
std::map<std::size_t, core::Duration> redis_downtimes_of(const std::vector<core::Event>& events);

/// The restarts that a runner's own trace leaves out: Redis refused connections from a failure on until one of its
/// runners reached it again. What Redis had lost by then nobody tells. None where the trace tells of restarts.
std::vector<WorldEntry> untold_restarts(const std::vector<core::Event>& events);

}  // namespace sim
