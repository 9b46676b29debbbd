// The kinds of faults of HTTP services, as the searches try them: random worlds draw rules of each kind, exploration
// gives a call each of its outcomes.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/api/api.h"
#include "sim/fuzz/dice.h"
#include "sim/scenario/scenario.h"

namespace sim {

/// What exploration does to one call.
struct CallOutcome {
  std::string_view name;
  fakes::HttpAction action;
};

struct HttpFaultKind {
  /// Makes the rule one of this kind. Where the service has no such fault it leaves the rule without an action.
  void (*make)(Dice& dice, const Scenario& scenario, core::Service service, fakes::HttpRule& rule);
  std::vector<CallOutcome> explored = {};
  bool is_late = false;  ///< Its answers come up to 45 s late.
};

/// Random worlds draw from it by number: a new kind comes last. Even so it changes the worlds of every seed.
std::span<const HttpFaultKind> http_fault_kinds();

}  // namespace sim
