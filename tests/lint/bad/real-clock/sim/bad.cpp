#include <chrono>
#include <ctime>

namespace sim {

#define NOW std::chrono::steady_clock::now()  // expect: real-clock

long times() {
  const auto wall = std::chrono::system_clock::now();  // expect: real-clock
  const auto seconds = time(nullptr);                  // expect: real-clock
  timespec spec;
  clock_gettime(CLOCK_MONOTONIC, &spec);  // expect: real-clock
  return seconds + wall.time_since_epoch().count();
}

}  // namespace sim
