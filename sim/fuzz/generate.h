// Random scenarios, explicit to the last rule: what happens in one can be read from its text, and taking a part of it
// away moves nothing else. Swarm style: each world uses a random subset of the kinds of faults, some use none.
#pragma once

#include <cstdint>

#include "sim/scenario/scenario.h"

namespace sim {

/// World `number` of a search with `seed`: a function of the two alone. Faults of Redis and world entries end after
/// some minutes, and `limit` is long enough for every job to end after that.
Scenario random_scenario(std::uint64_t seed, std::uint64_t number);

/// How long the jobs may take once nothing but the services fails any more: each run of each job with all its calls,
/// attempts, time-outs and waits, one after the other.
core::Duration longest_run(const Scenario& scenario);

}  // namespace sim
