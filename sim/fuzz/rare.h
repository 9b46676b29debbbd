// What few worlds have, and what would be too much of a good thing in many.
#pragma once

#include "sim/fuzz/dice.h"
#include "sim/scenario/scenario.h"

namespace sim {

/// A run of few turns; a job that comes when the tokens of the others have run out; a clock that is a little wrong, or
/// wrong a second time; a runner that is told to stop while its first jobs run. Drawn apart, so that it moves nothing
/// else of a world.
void make_rare(Dice dice, Scenario& scenario);

}  // namespace sim
