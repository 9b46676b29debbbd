// The runner's configuration as JSON: the "config" of a scenario and the configuration file are the same object. What
// is left out keeps its default. Written, it shows every option in force, secrets masked.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/config.h"
#include "core/json/types.h"

namespace core {

/// The type of a configuration object, for documents that hold one. Reads over the values that are there.
struct ConfigType {
  bool read(const input::At& at, Config& config) const;
  input::JsonObject schema(const Config& defaults) const;
};

struct ConfigInput {
  std::optional<Config> config;  ///< Absent when there are errors.
  std::vector<InputError> errors;
  std::vector<InputError> warnings;
};

/// `file` is what errors call it.
ConfigInput parse_config(std::string_view file, std::string_view text);

/// Every option in force, in a fixed order; secrets as "***". parse_config reads it back as the same configuration,
/// secrets aside.
std::string config_to_json(const Config& config);

/// The same on one line, as trace files carry it.
std::string config_to_json_line(const Config& config);

/// What stands for a secret in what is written.
inline constexpr std::string_view kMaskedSecret = input::Secret::kMask;

}  // namespace core
