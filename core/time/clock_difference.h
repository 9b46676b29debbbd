// How far another clock may be from ours for its time to be believed.
#pragma once

#include "core/time/time.h"

namespace core {

/// A machine that takes local time for UTC is 14 hours wrong at most. A Date that is further away is rather a broken
/// proxy's; and whoever writes Dates could have a JWT signed that becomes good on a day of their choice.
inline constexpr Duration kMostClockDifference = std::chrono::hours(24);

constexpr bool is_believable(WallTime told, WallTime own) {
  return told <= saturating_add(own, kMostClockDifference) && own <= saturating_add(told, kMostClockDifference);
}

}  // namespace core
