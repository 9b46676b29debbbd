// Compares what a scenario expects with what happened.
#pragma once

#include <string>
#include <vector>

#include "core/events/event.h"
#include "sim/scenario/scenario.h"
#include "sim/world/report.h"

namespace sim {

/// One text for each expectation that does not hold, with expected and actual side by side. `events` may be empty where
/// no timeline is expected.
std::vector<std::string> mismatches(const Expect& expect, const std::vector<core::Event>& events,
                                    const Outcome& outcome);

/// Whether the event is the expected one: kind, time and all listed fields.
bool matches(const ExpectedEvent& expected, const core::Event& event);

}  // namespace sim
