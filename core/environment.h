// Everything outside that the core stands on, given once. Two sets of implementations exist: production's and the
// simulator's. References: the environment's owner outlives everything that uses it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <string>

#include "core/events/event.h"
#include "core/http/http.h"
#include "core/random/random.h"
#include "core/random/secrets.h"
#include "core/redis/redis.h"
#include "core/retry/retry_environment.h"
#include "core/time/clock.h"

namespace core {

class JwtSigner;

struct Environment {
  std::string runner;  ///< The name of this process in events.
  boost::asio::any_io_executor executor;
  Clock& clock;
  Random random;
  HttpTransport& http;
  Redis& redis;
  JwtSigner& signer;
  Secrets& secrets;
  EventSink& events;
  mutable std::uint64_t calls_reported = 0;  ///< See RetryEnvironment.

  /// What of it the retry loop needs; it refers to this.
  operator RetryEnvironment() const {  // NOLINT(google-explicit-constructor)
    return {.clock = clock, .events = events, .calls_reported = calls_reported, .runner = runner};
  }

  /// Fills in the time and the runner.
  void emit(const Event& event) const { RetryEnvironment(*this).emit(event); }
};

}  // namespace core
