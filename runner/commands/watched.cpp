#include "runner/commands/watched.h"

#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "cli/stdio.h"
#include "core/async/spawn.h"
#include "core/time/text.h"
#include "runner/commands/prepared.h"

namespace runner {

namespace asio = boost::asio;

namespace {

asio::awaitable<void> look_once(const Look& look, int& exit_code) {
  exit_code = co_await look();
}

asio::awaitable<void> look_again_and_again(Runtime& runtime, const WatchOptions& watch, const Look& look,
                                           int& exit_code) {
  while (cli::stdout_is_read()) {
    if (!watch.json) {
      cli::clear_screen();
      const auto now = std::chrono::floor<std::chrono::seconds>(runtime.clock().wall_now());
      cli::print("--- {}, every {}\n", core::format_utc(now), core::format_duration(*watch.every));
    }
    co_await look();
    if (!cli::flush_stdout()) break;
    // Another Redis will not come to stand there.
    if (!runtime.wrong_redis().empty()) co_return;
    core::Clock& clock = runtime.clock();
    co_await clock.sleep_until(core::saturating_add(clock.now(), *watch.every));
  }
  exit_code = kDone;
}

asio::awaitable<void> end_at_signal(asio::signal_set& signals, Runtime& runtime, int& exit_code) {
  co_await signals.async_wait(asio::use_awaitable);
  exit_code = kDone;
  runtime.loop().stop();
}

}  // namespace

int run_looks(Runtime& runtime, const WatchOptions& watch, const Look& look) {
  int exit_code = kFailed;
  if (!watch.every) {
    run_to_end(runtime, look_once(look, exit_code));
    return exit_code;
  }
  asio::signal_set signals(runtime.loop(), SIGINT, SIGTERM);
  core::spawn(runtime.loop().get_executor(), end_at_signal(signals, runtime, exit_code));
  run_to_end(runtime, look_again_and_again(runtime, watch, look, exit_code));
  return exit_code;
}

}  // namespace runner
