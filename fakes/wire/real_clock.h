// The machine's time as the fakes count it: steady time from the start of serving, and the wall clock with the shifts
// that a scenario makes to it.
#pragma once

#include <chrono>

#include "core/time/time.h"
#include "fakes/answer.h"

namespace fakes::wire {

class RealClock {
 public:
  using MachineTime = std::chrono::steady_clock::time_point;

  /// T=0 is now, and the wall clock is the machine's.
  void restart() {
    start_ = std::chrono::steady_clock::now();
    shift_ = {};
  }
  void shift_wall_clock(core::Duration by) { shift_ += by; }

  core::SteadyTime now() const { return core::SteadyTime(std::chrono::steady_clock::now() - start_); }
  core::WallTime wall_now() const {
    const core::WallTime wall(std::chrono::system_clock::now().time_since_epoch());
    return core::saturating_add(wall, shift_);
  }
  Now both() const { return {now(), wall_now()}; }

  /// The same instant on the machine's clock. What that cannot express is never.
  MachineTime machine_time(core::SteadyTime time) const {
    const core::Duration since_start = time.time_since_epoch();
    return since_start > MachineTime::max() - start_ ? MachineTime::max() : start_ + since_start;
  }

 private:
  MachineTime start_ = std::chrono::steady_clock::now();
  core::Duration shift_{};
};

}  // namespace fakes::wire
