// What few worlds have, and what would be too much of a good thing in many.
#pragma once

#include "sim/fuzz/dice.h"
#include "sim/scenario/scenario.h"

namespace sim {

/// A run of few turns; a job that comes when the tokens of the others have run out; a clock that is a little wrong, or
/// wrong a second time; a runner that is told to stop while its first jobs run. Its draws come from a separate
/// branch, so that the rest of the world stays as it was.
void make_rare(Dice dice, Scenario& scenario);

}  // namespace sim
