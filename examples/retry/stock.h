// An operation of one's own, retried. It is given a clock, and does not know whether that one is real.
#pragma once

#include <string>

#include "core/retry/retry.h"

/// Stands for whatever may fail: a database, a device, another library.
struct Stock {
  int busy_answers;

  boost::asio::awaitable<core::AttemptResult<std::string>> ask() {
    if (busy_answers-- > 0) co_return core::AttemptFailure{{.kind = core::FailureKind::Unavailable, .message = "busy"}};
    co_return core::Success<std::string>{.value = "7 in stock", .status = {}};
  }
};

/// Waits 50 ms before the second attempt and twice as long before each one that follows: 6.35 s in all before the
/// eighth.
inline const core::RetryPolicy kPatience{.attempts = 8,
                                         .backoff = {.initial_delay = std::chrono::milliseconds(50),
                                                     .max_delay = std::chrono::minutes(1),
                                                     .jitter = {.kind = core::JitterKind::None}}};

/// `environment` and `stock` must outlive the call.
inline boost::asio::awaitable<core::CallResult<std::string>> ask_patiently(core::RetryEnvironment environment,
                                                                           Stock& stock) {
  const core::Call call{.api = "stock.ask", .policy = kPatience, .random = core::Random(1)};
  co_return co_await core::retry<std::string>(environment, call,
                                              [&stock](const core::Attempt&) { return stock.ask(); });
}
