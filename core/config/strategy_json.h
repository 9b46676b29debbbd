// How a backoff's strategy is written in a configuration: "exponential", "constant", "linear", {"delays": ["1s", "5s"]}
// or {"custom": "fibonacci"}.
#pragma once

#include <string_view>

#include "core/json/types.h"
#include "core/retry/policy.h"

namespace core {

struct StrategyType {
  bool read(const input::At& at, Strategy& value) const;
  input::JsonObject schema(const Strategy& value) const;
  input::Json write(const Strategy& value) const;
};

/// What configurations call it.
std::string_view name_of(StrategyKind kind);

}  // namespace core
