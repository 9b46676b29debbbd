// Production's side of every seam, made from the settings, on one loop of one thread. What can be wrong with the
// settings themselves is found before anything is made.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/last_words.h"
#include "cli/line_writer.h"
#include "core/environment.h"
#include "core/github/jwt_signer.h"
#include "core/json/input_error.h"
#include "core/production/http/curl_transport.h"
#include "core/production/random/system_secrets.h"
#include "core/production/redis/redis_client.h"
#include "core/production/time/asio_clock.h"
#include "runner/settings.h"
#include "runner/sinks/event_fan.h"
#include "runner/sinks/log.h"

namespace runner {

/// What the texts of the settings mean.
struct Prepared {
  Settings settings;
  core::RedisAddress redis;
  core::Certificates certificates;
  std::unique_ptr<core::JwtSigner> signer;
  std::optional<boost::asio::ip::tcp::endpoint> listen;  ///< Nothing: health and metrics are off.
};

struct Preparation {
  std::optional<Prepared> prepared;  ///< Absent when there are errors.
  std::vector<core::InputError> errors;
  std::vector<core::InputError> warnings;
};

/// Loads the settings and reads what they point to: all that is wrong is told at once.
Preparation prepare(const SettingsInput& input, Needs needs);

/// What becomes of trouble with connections besides being kept for whoever asks.
enum class Trouble : std::uint8_t { Kept, Logged };

class Runtime {
 public:
  /// `prepared` outlives this. With a `seed` chance is that of the runner of this name in a simulated world: another
  /// process that draws the same would take this one's claims for its own.
  explicit Runtime(Prepared& prepared, Trouble trouble = Trouble::Kept, std::optional<std::uint64_t> seed = {});

  boost::asio::io_context& loop() { return loop_; }
  core::AsioClock& clock() { return clock_; }
  EventFan& events() { return events_; }
  Log& log() { return log_; }
  const core::Environment& environment() const { return environment_; }
  void set_trouble(Trouble trouble) { trouble_ = trouble; }

  /// What went wrong with Redis last: why there was no connection, or what it answered; empty: nothing did.
  const std::string& redis_trouble() const { return redis_trouble_; }
  /// Why the Redis of the settings can hold no job whatever is waited for; empty: it can, or has not been asked.
  const std::string& wrong_redis() const { return wrong_redis_; }
  /// Why the last HTTP request had no answer.
  const std::string& http_trouble() const { return http_trouble_; }

 private:
  core::RedisClientOptions redis_options(const Prepared& prepared, bool is_trial);
  core::CurlOptions http_options(const Prepared& prepared);
  void on_redis_trouble(const std::string& trouble);

  boost::asio::io_context loop_{1};
  core::AsioClock clock_;
  std::string name_;
  Trouble trouble_;
  cli::LineWriter lines_;
  cli::LastWords last_words_{lines_};
  Log log_;
  EventFan events_;
  std::string redis_trouble_;
  std::string logged_redis_trouble_;
  std::string wrong_redis_;
  std::string http_trouble_;
  core::CurlTransport http_;
  core::RedisClient redis_;
  core::SystemSecrets secrets_;
  core::Environment environment_;
};

}  // namespace runner
