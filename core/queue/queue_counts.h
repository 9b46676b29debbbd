// How many jobs are in which state, asked by one script whose price does not grow with the queue. The script
// has its own connection, so that the worker's commands never wait behind it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "core/config/config.h"
#include "core/environment.h"
#include "core/redis/session.h"

namespace core {

struct QueueCounts {
  std::uint64_t ready = 0;
  std::uint64_t delayed = 0;
  std::uint64_t running = 0;
  std::uint64_t dead = 0;
  /// For how long the oldest ready job has been ready, or a delayed one due; zero: there is none. Nothing: not known.
  std::optional<Duration> oldest_ready;
  bool is_paused = false;
};

class QueueCounter {
 public:
  /// `environment` outlives this. A question is given up after `timeout`, and so is a connection that is made for it.
  QueueCounter(const Environment& environment, const RedisConfig& config, Duration timeout);

  /// Asked once, and again only if the connection turns out to have been lost since the last question.
  boost::asio::awaitable<boost::system::result<QueueCounts, Failure>> count();

 private:
  RedisConfig config_;
  RedisSession session_;
  std::string root_;
};

}  // namespace core
