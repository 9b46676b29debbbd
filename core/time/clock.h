// The clock seam: what the core knows of time. Production stands on Asio timers, the simulator on virtual time.
// Every wait of the core ends up in a Timer, so that whoever owns time also owns all that is waiting.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "core/time/time.h"

namespace core {

/// One waiter. Not shared: at most one wait at a time. It may be destroyed only when nobody waits on it.
class Timer {
 public:
  virtual ~Timer() = default;

  /// Waits until `deadline` (SteadyTime::max() means until woken) and returns true; false when wake() ended the wait.
  /// A deadline that has passed still gives others their turn first. Cancelling the coroutine ends the wait with a
  /// boost::system::system_error of boost::asio::error::operation_aborted.
  virtual boost::asio::awaitable<bool> wait_until(SteadyTime deadline) = 0;

  /// Ends the wait that is under way; without one it does nothing. The waiter runs later, never inside this call.
  virtual void wake() = 0;
};

class Clock {
 public:
  virtual ~Clock() = default;

  virtual SteadyTime now() const = 0;
  virtual WallTime wall_now() const = 0;

  /// As Timer::wait_until for a wait that nobody needs to end early.
  virtual boost::asio::awaitable<void> sleep_until(SteadyTime deadline) = 0;

  virtual std::unique_ptr<Timer> make_timer() = 0;
};

}  // namespace core
