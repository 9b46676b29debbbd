// What unit tests of the core's clients stand on: a clock moved by hand, an HTTP transport whose answers the test
// gives, a signer without a key, and the events as lines of text.
#pragma once

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/environment.h"
#include "core/github/jwt_signer.h"
#include "core/time/text.h"
#include "tests/support/manual_clock.h"

namespace tests {

/// One answer of the far end: what, and after how long.
struct Reply {
  core::HttpResult result;
  core::Duration latency{};
};

/// Answers from a queue; past its end, nothing is ever answered.
class ScriptedHttp final : public core::HttpTransport {
 public:
  explicit ScriptedHttp(core::Clock& clock) : clock_(&clock) {}

  boost::asio::awaitable<core::HttpResult> send(const core::HttpRequest& request, core::SteadyTime deadline) override {
    requests.push_back(request);
    if (replies.empty()) {
      co_await clock_->sleep_until(deadline);
      co_return core::TransportError::Timeout;
    }
    const Reply reply = std::move(replies.front());
    replies.pop_front();
    const core::SteadyTime answered = core::saturating_add(clock_->now(), reply.latency);
    if (answered >= deadline) {
      co_await clock_->sleep_until(deadline);
      co_return core::TransportError::Timeout;
    }
    co_await clock_->sleep_until(answered);
    co_return reply.result;
  }

  std::vector<core::HttpRequest> requests;
  std::deque<Reply> replies;

 private:
  core::Clock* clock_;
};

class NoRedis final : public core::Redis {
 public:
  boost::asio::awaitable<boost::system::result<std::unique_ptr<core::RedisConnection>, core::RedisError>> connect(
      core::SteadyTime) override {
    co_return core::RedisError::Refused;
  }
};

class CountingSigner final : public core::JwtSigner {
 public:
  boost::system::result<std::string, core::SigningError> sign(std::string_view signing_input) override {
    using Result = boost::system::result<std::string, core::SigningError>;
    signed_inputs.emplace_back(signing_input);
    if (broken) return core::SigningError{"no key"};
    return Result(boost::system::in_place_value, fmt::format("signature {}", signed_inputs.size()));
  }
  std::vector<std::string> signed_inputs;
  bool broken = false;
};

/// "1s call.failed job=a api=llm.chat attempt=1 ..."; the numbers of calls and runs are kept apart.
class Trace final : public core::EventSink {
 public:
  void on_event(const core::Event& event) override {
    std::string line = fmt::format("{} {}", core::format_duration(event.at.time_since_epoch()), name_of(event.kind));
    calls.push_back(event.call.value_or(0));
    runs.push_back(event.run.value_or(0));
    core::for_each_field(event, [&line](std::string_view name, const auto& value) {
      if (name == "call" || name == "run") return;
      if constexpr (std::is_same_v<std::decay_t<decltype(value)>, core::Duration>) {
        line += fmt::format(" {}={}", name, core::format_duration(value));
      } else {
        line += fmt::format(" {}={}", name, value);
      }
    });
    lines.push_back(std::move(line));
  }
  std::vector<std::string> lines;
  std::vector<std::uint64_t> calls;  ///< Of each line; 0: none.
  std::vector<std::uint32_t> runs;
};

/// Each secret tells what it was drawn for.
class NamedSecrets final : public core::Secrets {
 public:
  std::string draw(std::string_view name) override { return "secret of " + std::string(name); }
};

/// Coroutines that still wait at the end are destroyed while all that they refer to is alive.
struct FakeEnvironment {
  FakeEnvironment() = default;
  FakeEnvironment(const FakeEnvironment&) = delete;
  FakeEnvironment& operator=(const FakeEnvironment&) = delete;
  ~FakeEnvironment() { context.reset(); }

  std::unique_ptr<boost::asio::io_context> context = std::make_unique<boost::asio::io_context>();
  ManualClock clock{*context};
  ScriptedHttp http{clock};
  NoRedis redis;
  CountingSigner signer;
  NamedSecrets secrets;
  Trace trace;
  core::Environment environment{.runner = "runner-1",
                                .executor = context->get_executor(),
                                .clock = clock,
                                .random = core::Random(1),
                                .http = http,
                                .redis = redis,
                                .signer = signer,
                                .secrets = secrets,
                                .events = trace};

  /// The same with another Redis.
  core::Environment with(core::Redis& another) {
    return {.runner = environment.runner,
            .executor = environment.executor,
            .clock = clock,
            .random = environment.random,
            .http = http,
            .redis = another,
            .signer = signer,
            .secrets = secrets,
            .events = trace};
  }
};

}  // namespace tests
