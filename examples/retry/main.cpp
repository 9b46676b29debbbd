// The example on real time: the first two attempts fail.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <cstdio>

#include "core/production/time/asio_clock.h"
#include "core/time/text.h"
#include "stock.h"

/// What the retry loop does, as it does it.
struct Log final : core::EventSink {
  void on_event(const core::Event& event) override {
    std::printf("%s", std::string(name_of(event.kind)).c_str());
    if (event.attempt) std::printf(" attempt=%u", *event.attempt);
    if (event.delay) std::printf(" delay=%s", core::format_duration(*event.delay).c_str());
    std::printf("\n");
  }
};

int main() {
  boost::asio::io_context loop;
  core::AsioClock clock(loop.get_executor());
  Log log;
  std::uint64_t calls = 0;
  Stock stock{.busy_answers = 2};
  auto answer = boost::asio::co_spawn(
      loop, ask_patiently({.clock = clock, .events = log, .calls_reported = calls}, stock), boost::asio::use_future);
  loop.run();
  const core::CallResult<std::string> result = answer.get();
  std::printf("%s\n", result ? result->c_str() : result.error().failure.message.c_str());
  return result ? 0 : 1;
}
