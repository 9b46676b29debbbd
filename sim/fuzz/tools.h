// Random worlds whose jobs may use more tools than one.
#pragma once

#include "sim/fuzz/dice.h"
#include "sim/scenario/scenario.h"

namespace sim {

/// In some worlds jobs may use several tools, whose operations have the faults that comments would have had. Pass dice
/// of its own, once all rules are there.
void make_tools(Dice dice, Scenario& scenario);

}  // namespace sim
