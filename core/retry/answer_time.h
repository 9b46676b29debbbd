// When an answer was made, for the moments that it names: "come back at 12:00" is meant by the clock of who says it.
#pragma once

#include <optional>

#include "core/time/clock_difference.h"
#include "core/time/time.h"

namespace core {

/// Two clocks tell when: the answer's own, by its Date, and that of this machine. Either may be wrong by any amount: a
/// broken proxy writes a Date of 1970, a machine with an empty battery boots in 2020.
class AnswerTime {
 public:
  /// When the answer came, by the own clock; and its Date, where it has one.
  AnswerTime(WallTime own, std::optional<WallTime> date = std::nullopt)  // NOLINT(google-explicit-constructor)
      : own_(own), date_(date) {}

  /// What the time until `moment` is counted from. The Date, where it is near the own clock; and where it is not, but
  /// `moment` lies within a day after it: then the service agrees with itself, and the own clock is wrong. Otherwise
  /// the own clock.
  WallTime before(WallTime moment) const {
    if (!date_) return own_;
    const bool agrees = *date_ <= moment && moment <= saturating_add(*date_, kMostClockDifference);
    return agrees || is_believable(*date_, own_) ? *date_ : own_;
  }

 private:
  WallTime own_;
  std::optional<WallTime> date_;
};

}  // namespace core
