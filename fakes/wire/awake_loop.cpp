#include "fakes/wire/awake_loop.h"

#include <chrono>
#include <thread>

namespace fakes::wire {

namespace {
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kStaysAwake = 50us;
/// Who slept for less is in the middle of a burst.
constexpr auto kShortSleep = 1ms;
}  // namespace

void run_awake(boost::asio::io_context& context) {
  const bool can_spin = std::thread::hardware_concurrency() > 1;
  bool in_burst = false;
  Clock::time_point last_work = Clock::now();
  while (!context.stopped()) {
    const std::size_t handled = context.poll();
    const Clock::time_point now = Clock::now();
    if (handled > 0) {
      last_work = now;
    } else if (!in_burst || now - last_work >= kStaysAwake) {
      context.run_one();
      last_work = Clock::now();
      in_burst = can_spin && last_work - now < kShortSleep;
    }
  }
}

}  // namespace fakes::wire
