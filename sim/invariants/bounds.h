// The bounds of waits as the readings state them (docs/readings.md, 3 to 5): written anew, so that they judge the
// core's arithmetic instead of repeating it.
#pragma once

#include <cstdint>

#include "core/retry/policy.h"

namespace sim {

struct Bounds {
  core::Duration low;
  core::Duration high;
  bool contain(core::Duration delay) const { return low <= delay && delay <= high; }
};

/// Of the wait before the `ordinal`-th retry (from 1). `previous` is the wait before it, zero for none.
Bounds backoff_bounds(const core::BackoffPolicy& policy, std::uint32_t ordinal, core::Duration previous);

/// Of the wait for a server's hint.
Bounds hint_bounds(const core::Jitter& jitter, core::Duration hint);

}  // namespace sim
