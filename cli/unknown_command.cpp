#include "cli/unknown_command.h"

#include <CLI/App.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "cli/stdio.h"
#include "core/json/input_error.h"

namespace cli {

bool refuses_command(const CLI::App& app, std::string_view program, std::string_view command) {
  std::vector<std::string_view> names;
  for (const CLI::App* known : app.get_subcommands({})) names.push_back(known->get_name());
  if (std::find(names.begin(), names.end(), command) != names.end()) return false;
  core::InputError error{.file = std::string(program), .found = "unknown command " + core::quoted(command)};
  for (const std::string_view name : names) error.accepted += (error.accepted.empty() ? "" : ", ") + std::string(name);
  error.suggestion = core::nearest_name(command, names);
  print_message("error: " + core::to_text(error));
  return true;
}

}  // namespace cli
