// What is left in Redis when all jobs have ended. Records of jobs that ended stay for a while, and so do the notes that
// make a call repeatable; everything must be of a kind that is forgotten in time.
#pragma once

#include <string>
#include <vector>

#include "sim/scenario/scenario.h"
#include "sim/world/services.h"

namespace sim {

/// One text for each key, or member of one, that nothing accounts for.
std::vector<std::string> unexplained_remains(const Scenario& scenario, RedisHost& redis);

}  // namespace sim
