// The smallest scenario that still fails in the same way.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "sim/scenario/scenario.h"

namespace sim {

struct Shrunk {
  Scenario scenario;
  std::uint64_t runs = 0;  ///< Scenarios that were tried.
  bool complete = false;   ///< Nothing more can be taken away; false when `most_runs` were used up.
};

/// Takes away what `fails` does not need: jobs, rules, world entries, runners, configuration, parts of rules; then
/// makes numbers smaller. Where a runner is up in the end, one stays up. Precondition: fails(scenario). The same result
/// always; the seed is held.
Shrunk shrink(const Scenario& scenario, const std::function<bool(const Scenario&)>& fails, std::uint64_t most_runs);

/// Whether a run of it violates that invariant.
/// `stop`: while it is set no run goes on, and what was stopped violates nothing.
bool violates(const Scenario& scenario, std::string_view invariant, const std::atomic<bool>* stop = nullptr);

}  // namespace sim
