#include <sys/socket.h>

#include <boost/asio/steady_timer.hpp>
#include <random>

#include "core/production/clock.h"
#include "core/time/clock.h"

namespace core {

SteadyTime RealClock::now() const {
  return SteadyTime(std::chrono::steady_clock::now().time_since_epoch());
}

std::uint64_t seed_of_the_system() {
  std::random_device device;
  return device();
}

}  // namespace core
