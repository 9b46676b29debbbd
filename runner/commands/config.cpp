// Shows what is in force, and where each value came from.
#include "runner/commands/prepared.h"
#include "runner/options.h"
#include "runner/setting_table.h"

namespace runner {

int config_command(const ConfigOptions& options) {
  if (options.keys) {
    cli::print(settings_overview(all_settings()));
    return kDone;
  }
  const LoadedSettings loaded = load_settings(settings_input(options), Needs::Redis);
  for (const core::InputError& warning : loaded.warnings) cli::print_message("warning: " + core::to_text(warning));
  for (const core::InputError& error : loaded.errors) cli::print_message("error: " + core::to_text(error));
  if (!loaded.errors.empty()) return kBadInput;
  if (options.json) {
    cli::print_json(settings_to_json(loaded.so_far));
  } else {
    cli::print(settings_table(loaded.so_far));
  }
  return kDone;
}

}  // namespace runner
