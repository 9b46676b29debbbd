// From a Scenario to the text of a file that reads back as the same scenario: what is as by default is left out. Its
// `expect` is not written, since it says nothing of the run itself.
#pragma once

#include <string>

#include "sim/scenario/scenario.h"

namespace sim {

/// Secrets of the configuration are left out.
std::string scenario_text(const Scenario& scenario);

}  // namespace sim
