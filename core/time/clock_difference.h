// How far another clock may be from ours for its time to be believed.
#pragma once

#include "core/time/time.h"

namespace core {

/// A machine that takes local time for UTC is 14 hours wrong at most. A Date that is further away
/// comes from a broken proxy, or from an attacker who wants a JWT that becomes valid on a day of the attacker's choice.
inline constexpr Duration kMostClockDifference = std::chrono::hours(24);

constexpr bool is_believable(WallTime told, WallTime own) {
  return told <= saturating_add(own, kMostClockDifference) && own <= saturating_add(told, kMostClockDifference);
}

}  // namespace core
