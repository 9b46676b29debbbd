// The outcomes that exploration tries for each call.
#pragma once

#include <span>
#include <string_view>

#include "fakes/faults/rule.h"

namespace sim {

struct CallOutcome {
  std::string_view name;
  fakes::HttpAction action;
};

/// The first is the ordinary answer.
std::span<const CallOutcome> call_outcomes();

}  // namespace sim
