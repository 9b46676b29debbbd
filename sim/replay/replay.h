// A trace made into a scenario whose run gives the same decisions: its jobs when they came, and for each request a rule
// with the answer that it got, after as long as it took. What events do not tell is left at its default - prompts,
// issues, bodies - because no decision of the retry code depends on it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/config/config.h"
#include "core/events/event.h"

namespace sim {

struct ReplaySource {
  std::string title;
  std::string why;
  std::uint64_t seed = 1;
  std::uint64_t schedule = 0;
  core::Config config;
  std::optional<core::WallTime> started;  ///< The wall clock at the trace's time zero.
};

/// The text of a scenario file. The earliest event is at T=0 in it, runners are runner-1, runner-2, ... in the order in
/// which they are met.
std::string replay_scenario(const ReplaySource& source, const std::vector<core::Event>& events);

}  // namespace sim
