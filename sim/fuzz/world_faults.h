// What happens to the processes, the machines, Redis and the queue of a random world.
#pragma once

#include "sim/fuzz/dice.h"
#include "sim/fuzz/swarm.h"
#include "sim/scenario/scenario.h"

namespace sim {

/// Redis' rules, and all but two starts of every runner, come before this.
inline constexpr core::Duration kTroubleEnds = std::chrono::minutes(10);
inline constexpr int kMostOperatorEntries = 3;

/// The name of one of the scenario's runners.
std::string one_runner(Dice& dice, const Scenario& scenario);

/// By time; entries of one instant in the order of their making.
void add_entry(Scenario& scenario, WorldEntry entry);

/// The entries of `world`, by the faults of the swarm.
void make_world(Dice& dice, const Swarm& swarm, Scenario& scenario);

/// What becomes of jobs whose workers are lost. Drawn apart, so that it moves nothing else of a world.
void make_fate(Dice dice, const Swarm& swarm, Scenario& scenario);

}  // namespace sim
