// The example on virtual time: seconds of waiting take none, and are exact to the nanosecond.
#include <boost/asio/co_spawn.hpp>
#include <cstdio>
#include <exception>
#include <optional>
#include <utility>

#include "sim/kernel/clock.h"
#include "sim/kernel/kernel.h"
#include "stock.h"

struct Ignore final : core::EventSink {
  void on_event(const core::Event&) override {}
};

struct Ended {
  core::CallResult<std::string> result;
  core::Duration took;
};

Ended ask_a_stock_that_is_busy(int answers) {
  Stock stock{.busy_answers = answers};
  Ignore events;
  std::uint64_t calls = 0;
  std::optional<core::CallResult<std::string>> result;
  sim::Kernel kernel;  // Destroyed first: with it goes whatever still waits.
  sim::Process& process = kernel.create_process("test");
  sim::SimClock clock(process);
  boost::asio::co_spawn(
      process.executor(), ask_patiently({.clock = clock, .events = events, .calls_reported = calls}, stock),
      [&result](const std::exception_ptr&, core::CallResult<std::string> ended) { result = std::move(ended); });
  kernel.run([&result] { return result.has_value(); }, core::SteadyTime::max());
  return {result.value(), kernel.now().time_since_epoch()};
}

int main() {
  const Ended waited = ask_a_stock_that_is_busy(7);
  const Ended gave_up = ask_a_stock_that_is_busy(8);
  const bool holds = waited.result && waited.took == std::chrono::milliseconds(6'350) && !gave_up.result &&
                     gave_up.result.error().reason == core::GiveUpReason::Exhausted && gave_up.took == waited.took;
  std::printf("%s\n", holds ? "held" : "failed");
  return holds ? 0 : 1;
}
