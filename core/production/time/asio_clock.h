// Real time behind the core's seam: the machine's steady and wall clocks, and waits that are Asio timers. One is made
// first thing in a program, for its steady time counts from there; it is for the one thread that runs the executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "core/time/clock.h"

namespace core {

class AsioClock final : public Clock {
 public:
  explicit AsioClock(boost::asio::any_io_executor executor);

  SteadyTime now() const override;
  WallTime wall_now() const override;
  boost::asio::awaitable<void> sleep_until(SteadyTime deadline) override;
  std::unique_ptr<Timer> make_timer() override;

  /// The same instant on the machine's clock. What that cannot express is never.
  std::chrono::steady_clock::time_point machine_time(SteadyTime time) const;

 private:
  boost::asio::any_io_executor executor_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace core
