// The virtual clock of one simulated process: the kernel's time behind the core's seam, and the wall clock of its own
// machine. Only coroutines of that process may wait on it.
#pragma once

#include <memory>

#include "core/time/clock.h"
#include "sim/kernel/kernel.h"

namespace sim {

class SimClock final : public core::Clock {
 public:
  /// `process` must outlive the clock and its timers.
  explicit SimClock(Process& process) : process_(process) {}

  core::SteadyTime now() const override { return process_.kernel().now(); }
  core::WallTime wall_now() const override { return process_.wall_now(); }
  boost::asio::awaitable<void> sleep_until(core::SteadyTime deadline) override;
  std::unique_ptr<core::Timer> make_timer() override;

 private:
  Process& process_;
};

}  // namespace sim
