// Times of the core. A point in time belongs to one of two clocks that have no now() of their own, so a value of a real
// clock does not compile where one of these is wanted, and nothing can read the time but through the Clock seam.
// All durations are whole nanoseconds.
#pragma once

#include <chrono>
#include <cstdint>

namespace core {

using Duration = std::chrono::nanoseconds;

/// Never goes back and is not shifted by anybody. Zero is the start of the process' world.
struct SteadyClock {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<SteadyClock, Duration>;
  static constexpr bool is_steady = true;
};

/// Calendar time, nanoseconds since 1970-01-01T00:00:00Z without leap seconds. It may jump.
struct WallClock {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<WallClock, Duration>;
  static constexpr bool is_steady = false;
};

using SteadyTime = SteadyClock::time_point;
using WallTime = WallClock::time_point;

/// The sum, or the first or the last time that there is: delays that come from outside may be huge, and a sum must
/// never wrap.
template <class Clock>
constexpr std::chrono::time_point<Clock, Duration> saturating_add(std::chrono::time_point<Clock, Duration> time,
                                                                  Duration delay) {
  using Time = std::chrono::time_point<Clock, Duration>;
  if (delay > Duration::zero() && time > Time::max() - delay) return Time::max();
  if (delay < Duration::zero() && time < Time::min() - delay) return Time::min();
  return time + delay;
}

}  // namespace core
