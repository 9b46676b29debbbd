// What is in force in a runner: the core's configuration and what the process needs beside it, read from layers: flags
// over environment variables over the configuration file over the profile's values over defaults. Every value knows
// which layer it came from, and all faults of all layers are reported at once.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/config.h"
#include "core/json/input_error.h"
#include "core/production/redis/redis_address.h"
#include "core/text/terminal_text.h"
#include "core/time/time.h"

namespace runner {

enum class LogFormat : std::uint8_t { Text, Json };

/// The "runner" section of the configuration file.
struct ProcessConfig {
  std::string name;                                  ///< In events, logs and leases; empty: host and process id.
  std::string redis_url = "redis://127.0.0.1:6379";  ///< May hold a password.
  std::string private_key;                           ///< A secret, or the path of a file that holds it.
  std::string ca_file;                               ///< Certificates trusted besides the system's; empty: none.
  std::string listen = "127.0.0.1:9464";             ///< Health and metrics; empty: off.
  core::Duration drain = std::chrono::seconds(25);   ///< How long running jobs may take once the runner is to stop.
  LogFormat log = LogFormat::Text;
  core::FollowMoved follow_moved = core::FollowMoved::SameHost;
};

struct Settings {
  core::Config core;
  ProcessConfig process;
  /// Which layer set a value, by JSON pointer; what is not here has its default.
  std::map<std::string, std::string, std::less<>> sources;
};

/// What a command cannot do without.
enum class Needs : std::uint8_t {
  Redis,     ///< Everything has a default.
  Services,  ///< Also the App's identity and, where the model's own service is asked, its key.
};

struct SettingsInput {
  std::string config_file;               ///< A path; empty: none.
  std::vector<std::string> assignments;  ///< `llm.timeout=5s`, the later the stronger.
  std::function<std::optional<std::string>(const std::string&)> variable;  ///< An environment variable's value.
  std::function<std::vector<std::string>()> variable_names = {};           ///< Of all that there are; empty: not told.
};

struct LoadedSettings {
  Settings so_far;  ///< With errors, what could be read.
  std::vector<core::InputError> errors;
  std::vector<core::InputError> warnings;
};

LoadedSettings load_settings(const SettingsInput& input, Needs needs);

/// Every value in force as one JSON object, secrets masked: a configuration file that says the same.
std::string settings_to_json(const Settings& settings);

/// A line for each value: its path, the value, and where it came from.
core::TerminalText settings_table(const Settings& settings);

}  // namespace runner
