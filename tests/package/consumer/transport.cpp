// Somebody else's program that sends a request over HTTP, to where nobody listens, and retries it.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <cstdio>

#include "core/production/http/curl_transport.h"
#include "core/production/time/asio_clock.h"
#include "core/retry/classify.h"
#include "core/retry/retry.h"

namespace {

struct Ignore final : core::EventSink {
  void on_event(const core::Event&) override {}
};

boost::asio::awaitable<core::AttemptResult<std::string>> get(core::Clock& clock, core::HttpTransport& http) {
  const core::HttpRequest request{.method = "GET", .url = "http://127.0.0.1:1/"};
  core::HttpResult answer = co_await http.send(request, clock.now() + std::chrono::seconds(5));
  if (!answer) co_return core::AttemptFailure{core::classify(answer.error())};
  if (auto failure = core::classify(*answer, {})) co_return core::AttemptFailure{*failure};
  co_return core::Success<std::string>{answer->body, answer->status};
}

}  // namespace

int main() {
  boost::asio::io_context loop;
  core::AsioClock clock(loop.get_executor());
  core::CurlTransport http(loop.get_executor(), clock, {});
  Ignore events;
  std::uint64_t calls = 0;
  core::RetryPolicy policy{.attempts = 2, .backoff = {.max_delay = std::chrono::seconds(1)}};
  const core::Call call{.api = "nobody", .policy = policy, .random = core::Random(1)};
  const core::RetryEnvironment environment{.clock = clock, .events = events, .calls_reported = calls};
  auto answer = boost::asio::co_spawn(
      loop, core::retry<std::string>(environment, call, [&](const core::Attempt&) { return get(clock, http); }),
      boost::asio::use_future);
  loop.run();
  const core::CallResult<std::string> result = answer.get();
  std::printf("%s\n", result ? result->c_str() : result.error().failure.message.c_str());
  return 0;
}
