// Real time behind the core's seam: the machine's steady and wall clocks, and waits that are Asio timers. The steady
// clock goes on while the machine sleeps, as leases do; timers stand still meanwhile, and come late. One is made first
// thing in a program, for its steady time counts from there; it is for the one thread that runs the executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "core/time/clock.h"

namespace core {

/// Since the machine was started, the time included for which it slept.
Duration since_boot();

class AsioClock final : public Clock {
 public:
  using SinceBoot = Duration (*)();
  explicit AsioClock(boost::asio::any_io_executor executor, SinceBoot since_boot = &core::since_boot);

  SteadyTime now() const override;
  WallTime wall_now() const override;
  boost::asio::awaitable<void> sleep_until(SteadyTime deadline) override;
  std::unique_ptr<Timer> make_timer() override;

  /// The same instant on the clock of timers. What that cannot express is never.
  std::chrono::steady_clock::time_point machine_time(SteadyTime time) const;

 private:
  boost::asio::any_io_executor executor_;
  SinceBoot since_boot_;
  Duration started_;                                     ///< As since_boot().
  mutable std::chrono::steady_clock::time_point start_;  ///< By the clock of timers; earlier once the machine slept.
};

}  // namespace core
