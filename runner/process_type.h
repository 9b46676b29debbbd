// The "runner" section of the configuration as JSON.
#pragma once

#include "core/json/types.h"
#include "runner/settings.h"

namespace runner {

struct ProcessType {
  bool read(const core::input::At& at, ProcessConfig& process) const;
  core::input::JsonObject schema(const ProcessConfig& defaults) const;
  /// Secrets masked.
  core::input::Json write(const ProcessConfig& process) const;
};

}  // namespace runner
