// What the tests of HTTP on real sockets share: one loop that the transport and its far ends run on, bounded in time.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/production/http/curl_transport.h"
#include "core/production/time/asio_clock.h"
#include "tests/support/scripted_server.h"

namespace tests {

using namespace std::chrono_literals;

inline std::string name_of(core::TransportError error) {
  switch (error) {
    case core::TransportError::Timeout:
      return "Timeout";
    case core::TransportError::FirstByteTimeout:
      return "FirstByteTimeout";
    case core::TransportError::IdleTimeout:
      return "IdleTimeout";
    case core::TransportError::Refused:
      return "Refused";
    case core::TransportError::Reset:
      return "Reset";
    case core::TransportError::Truncated:
      return "Truncated";
    case core::TransportError::TooLarge:
      return "TooLarge";
    case core::TransportError::BadMessage:
      return "BadMessage";
  }
  return "?";
}

/// "200 body", or the error's name.
inline std::string describe(const core::HttpResult& result) {
  if (!result) return name_of(result.error());
  return std::to_string(result->status) + " " + result->body;
}

inline std::string ok(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

class HttpWire : public testing::Test {
 public:
  /// Longer than any test should take, shorter than anybody should wait for one that hangs.
  static constexpr std::chrono::seconds kBound{5};

  HttpWire() {
    // The environment of the tests is not theirs.
    for (const char* name :
         {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"}) {
      ::unsetenv(name);
    }
    make_transport({});
  }

  void make_transport(core::CurlOptions options) {
    options.on_failure = [this](std::string_view origin, std::string_view what) {
      told.push_back(std::string(origin) + ": " + std::string(what));
    };
    transport = std::make_unique<core::CurlTransport>(context.get_executor(), clock, std::move(options));
  }

  /// A request under way. It outlives the coroutine that sends it.
  struct Sending {
    core::HttpRequest request;
    std::optional<core::HttpResult> result;
    std::exception_ptr failure;
    bool done() const { return result || failure; }
    std::string text() const { return failure ? "exception" : result ? describe(*result) : "under way"; }
  };

  static boost::asio::awaitable<void> send_and_note(core::HttpTransport& by, Sending& sending,
                                                    core::SteadyTime deadline) {
    sending.result.emplace(co_await by.send(sending.request, deadline));
  }

  /// The coroutine's own end comes after its result, and owns it too.
  std::shared_ptr<Sending> start(core::HttpRequest request, core::Duration timeout = 2s) {
    auto sending = std::make_shared<Sending>();
    sending->request = std::move(request);
    boost::asio::co_spawn(context, send_and_note(*transport, *sending, clock.now() + timeout),
                          [sending](std::exception_ptr thrown) { sending->failure = std::move(thrown); });
    return sending;
  }

  /// Runs the loop until `done` holds; false when it does not within the bound.
  template <class Done>
  bool run_until(Done done) {
    const core::SteadyTime bound = clock.now() + kBound;
    context.restart();
    while (!done() && clock.now() < bound) context.run_one_for(10ms);
    return done();
  }
  void run_for(std::chrono::milliseconds time) {
    context.restart();
    context.run_for(time);
  }

  std::string send(core::HttpRequest request, core::Duration timeout = 2s) {
    const auto sending = start(std::move(request), timeout);
    run_until([&sending] { return sending->done(); });
    last = sending->result;
    return sending->text();
  }

  static core::HttpRequest get(std::string url) { return {.method = "GET", .url = std::move(url)}; }
  static core::HttpRequest post(std::string url, std::string body = "{}") {
    return {.method = "POST",
            .url = std::move(url),
            .headers = {{"Content-Type", "application/json"}},
            .body = std::move(body)};
  }

  boost::asio::io_context context;
  core::AsioClock clock{context.get_executor()};
  std::vector<std::string> told;  ///< What the transport said of its failures.
  std::unique_ptr<core::CurlTransport> transport;
  std::optional<core::HttpResult> last;
};

}  // namespace tests
