// The outcomes that exploration tries for each call.
#pragma once

#include <span>

#include "sim/fuzz/http_fault_kinds.h"

namespace sim {

/// The first is the ordinary answer.
std::span<const CallOutcome> call_outcomes();

}  // namespace sim
