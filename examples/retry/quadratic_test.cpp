// The strategy by itself, and as the retry loop waits by it.
#include "quadratic.h"

#include <boost/asio/co_spawn.hpp>
#include <cstdio>
#include <exception>
#include <optional>
#include <utility>

#include "core/retry/retry.h"
#include "sim/kernel/clock.h"
#include "sim/kernel/kernel.h"
#include "stock.h"

using namespace std::chrono_literals;

struct Ignore final : core::EventSink {
  void on_event(const core::Event&) override {}
};

const core::RetryPolicy kPolicy{.attempts = 4,
                                .backoff = {.initial_delay = 100ms,
                                            .max_delay = 800ms,
                                            .jitter = {.kind = core::JitterKind::None},
                                            .strategy = {.kind = core::StrategyKind::Custom, .custom = &kQuadratic}}};

/// How long a call waits in all before its fourth attempt.
core::Duration waited_in_all() {
  Stock stock{.busy_answers = 3};
  Ignore events;
  std::uint64_t calls = 0;
  std::optional<core::CallResult<std::string>> result;
  sim::Kernel kernel;
  sim::Process& process = kernel.create_process("test");
  sim::SimClock clock(process);
  const core::Call call{.api = "stock.ask", .policy = kPolicy, .random = core::Random(1)};
  boost::asio::co_spawn(
      process.executor(),
      core::retry<std::string>({.clock = clock, .events = events, .calls_reported = calls}, call,
                               [&stock](const core::Attempt&) { return stock.ask(); }),
      [&result](const std::exception_ptr&, core::CallResult<std::string> ended) { result = std::move(ended); });
  kernel.run([&result] { return result.has_value(); }, core::SteadyTime::max());
  return kernel.now().time_since_epoch();
}

int main() {
  const bool is_known = core::register_strategy(kQuadratic) && core::find_strategy("quadratic") == &kQuadratic;
  const core::Duration waited = waited_in_all();
  // 100 ms, 400 ms and 900 ms that max_delay cuts, each with up to a tenth more.
  const bool holds = is_known && waited > 1'300ms && waited <= 110ms + 440ms + 800ms;
  std::printf("%s\n", holds ? "held" : "failed");
  return holds ? 0 : 1;
}
