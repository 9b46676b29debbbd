// A wait that runners tell one another of through Redis (core/queue/scripts/hold.lua).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/retry/failure.h"
#include "core/time/time.h"

namespace core {

struct SharedHold {
  std::string name;  ///< Of the credential; empty: none.
  Duration wait{};
  DelaySource source = DelaySource::Limit;
};

/// "1500000 retry_after NAME": microseconds, source and name. Nothing where the text is something else.
std::optional<SharedHold> parse_hold(std::string_view text);

}  // namespace core
