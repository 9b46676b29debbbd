// From a scenario file to a Scenario, or to everything that is wrong with it. Nothing is thrown and nothing is run: all
// files of a command line can be read before the first one runs.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/json/input_error.h"
#include "sim/scenario/scenario.h"

namespace sim {

struct LoadedScenario {
  std::optional<Scenario> scenario;  ///< Absent when there are errors.
  std::vector<core::InputError> errors;
  std::vector<core::InputError> warnings;
};

LoadedScenario load_scenario(const std::string& path);

/// `file` is what errors call it; its last part, without ".json", is the title that the scenario must have.
LoadedScenario parse_scenario(const std::string& file, std::string_view text);

struct ScenarioFiles {
  std::vector<std::string> paths;
  std::vector<core::InputError> errors;  ///< Paths that do not exist or cannot be read.
};

/// Files as they are given; for a folder all *.json in it and below, sorted bytewise by path, schema.json left out.
ScenarioFiles find_scenario_files(std::span<const std::string> paths);

}  // namespace sim
