// How far wall clocks may be apart, as far as a world has moved them. Shared by the invariants about what a runner
// reads with its own clock.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/time/clock_difference.h"

namespace sim {

/// A difference or a wait of less than a day is judged; of about a day it is not, since an answer takes its time. What
/// a core that believes its own clock makes of more is right, too.
inline constexpr core::Duration kSurelyBelieved = core::kMostClockDifference - std::chrono::hours(1);

class ClockShifts {
 public:
  void on_clock_shift(std::string_view runner, core::Duration by) {
    core::SteadyTime& sum = shifted_.try_emplace(std::string(runner)).first->second;
    sum = core::saturating_add(sum, by < core::Duration::zero() ? -by : by);
  }

  /// Whether that runner's clock may differ so much from a service's that it does not believe the service's.
  bool may_disbelieve(std::string_view runner) const {
    if (shifted_.empty()) return false;
    return core::saturating_add(core::SteadyTime(sum_of({})), sum_of(runner)) > core::SteadyTime(kSurelyBelieved);
  }

 private:
  core::Duration sum_of(std::string_view runner) const {
    const auto found = shifted_.find(runner);
    return found == shifted_.end() ? core::Duration::zero() : found->second.time_since_epoch();
  }

  /// By runner; of all clocks together under no name: an answer may be under way meanwhile.
  std::map<std::string, core::SteadyTime, std::less<>> shifted_;
};

}  // namespace sim
