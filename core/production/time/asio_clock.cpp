#include "core/production/time/asio_clock.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <ctime>
#include <utility>

#include "core/check.h"

namespace core {

namespace {

class AsioTimer final : public Timer {
 public:
  AsioTimer(const AsioClock& clock, const boost::asio::any_io_executor& executor) : clock_(clock), timer_(executor) {}

  boost::asio::awaitable<bool> wait_until(SteadyTime deadline) override {
    const Waiting waiting(*this);
    // A deadline that has passed goes the way of every other: through the loop, behind what is ready.
    timer_.expires_at(clock_.machine_time(deadline));
    const auto [error] = co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    if (woken_) co_return false;
    if (error) throw boost::system::system_error(error);
    co_return true;
  }

  void wake() override {
    // Nothing is left to cancel once the wait is due or cancelled, although its coroutine has not run yet.
    if (timer_.cancel() > 0) woken_ = true;
  }

 private:
  /// Also when the waiting coroutine is destroyed.
  class Waiting {
   public:
    explicit Waiting(AsioTimer& timer) : timer_(timer) {
      if (std::exchange(timer_.waiting_, true)) broken_invariant("somebody waits on a timer that is waited on already");
      timer_.woken_ = false;
    }
    ~Waiting() { timer_.waiting_ = false; }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

   private:
    AsioTimer& timer_;
  };

  const AsioClock& clock_;
  boost::asio::steady_timer timer_;
  bool waiting_ = false;
  bool woken_ = false;
};

}  // namespace

Duration since_boot() {
#ifdef CLOCK_BOOTTIME
  timespec now{};
  if (clock_gettime(CLOCK_BOOTTIME, &now) == 0) {
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
  }
#endif
  return std::chrono::steady_clock::now().time_since_epoch();
}

AsioClock::AsioClock(boost::asio::any_io_executor executor, SinceBoot since_boot)
    : executor_(std::move(executor)),
      since_boot_(since_boot),
      started_(since_boot()),
      start_(std::chrono::steady_clock::now()) {}

SteadyTime AsioClock::now() const {
  return SteadyTime(since_boot_() - started_);
}

WallTime AsioClock::wall_now() const {
  return WallTime(std::chrono::system_clock::now().time_since_epoch());
}

std::chrono::steady_clock::time_point AsioClock::machine_time(SteadyTime time) const {
  using MachineTime = std::chrono::steady_clock::time_point;
  // Both clocks tick alike but for the machine's sleep. Timers for one instant are to stay ones for one instant.
  constexpr Duration kSlept = std::chrono::milliseconds(10);
  const MachineTime start = std::chrono::steady_clock::now() - now().time_since_epoch();
  if (start < start_ - kSlept) start_ = start;
  if (time == SteadyTime::max()) return MachineTime::max();
  // A machine that has slept for longer than it was awake has a start before the clock's zero.
  const SteadyTime start_on_machine(start_.time_since_epoch());
  return MachineTime(saturating_add(start_on_machine, time.time_since_epoch()).time_since_epoch());
}

boost::asio::awaitable<void> AsioClock::sleep_until(SteadyTime deadline) {
  boost::asio::steady_timer timer(executor_, machine_time(deadline));
  co_await timer.async_wait(boost::asio::use_awaitable);
}

std::unique_ptr<Timer> AsioClock::make_timer() {
  return std::make_unique<AsioTimer>(*this, executor_);
}

}  // namespace core
