#include "sim/replay/runner_names.h"

#include <fmt/format.h>

#include <algorithm>

namespace sim {

RunnerNames::RunnerNames(const std::vector<core::Event>& events) {
  for (const core::Event& event : events) {
    if (event.runner.empty()) continue;
    names_.try_emplace(std::string(event.runner), fmt::format("runner-{}", names_.size() + 1));
  }
}

std::string_view RunnerNames::of(std::string_view runner) const {
  const auto found = names_.find(runner);
  return found == names_.end() ? runner : std::string_view(found->second);
}

std::vector<core::Event> in_the_world(std::vector<core::Event> events, const RunnerNames& names) {
  core::SteadyTime first = core::SteadyTime::max();  // A file's events may come in any order.
  for (const core::Event& event : events) first = std::min(first, event.at);
  for (core::Event& event : events) {
    event.at = core::SteadyTime(event.at - first);
    event.runner = names.of(event.runner);
  }
  return events;
}

}  // namespace sim
