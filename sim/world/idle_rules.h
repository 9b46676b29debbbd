// The rules of a scenario that made no difference in a run: often one that says something else than its author meant.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/scenario.h"

namespace sim {

struct IdleRule {
  std::string_view service;  ///< The scenario's key: "llm", "github" or "redis".
  std::size_t index = 0;     ///< In that service's rules.
  bool overruled = false;    ///< It matched calls, but an earlier rule won at each.
};

struct Services;

/// In the file's order of services and rules. A rule is not idle if only chance has kept it from its calls.
std::vector<IdleRule> idle_rules_of(const Services& services);

/// "github[1] ("on": "comments.create", "calls": "3") matched no call"; short and free of control characters.
std::string describe(const IdleRule& idle, const Scenario& scenario);

}  // namespace sim
