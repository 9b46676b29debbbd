// The Redis seam: connections that execute commands in order and say when they are lost. A lost connection is never
// usable again; whoever wants another asks the Redis for one. Retrying is not done here.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>
#include <memory>

#include "core/redis/redis_value.h"
#include "core/time/time.h"

namespace core {

enum class RedisError {
  Timeout,  ///< No reply by the deadline. The command may have been done. The connection is lost with it.
  Refused,  ///< No connection could be made.
  Lost,     ///< The connection was lost. What had been sent may have been done.
};

using RedisResult = boost::system::result<RedisValue, RedisError>;

class RedisConnection {
 public:
  virtual ~RedisConnection() = default;

  /// Sends at once and waits for the reply until `deadline`. Several may be under way: replies come in the order of the
  /// commands. An error reply of the server is a value, not an error. The command must outlive the call. Cancelling the
  /// coroutine gives up the reply, not the command, and leaves the connection usable.
  virtual boost::asio::awaitable<RedisResult> execute(const RedisCommand& command, SteadyTime deadline) = 0;

  /// For a connection that has subscribed: the next message pushed to it, or Lost.
  virtual boost::asio::awaitable<RedisResult> next_push() = 0;
};

class Redis {
 public:
  virtual ~Redis() = default;

  /// A new connection, authenticated and ready, by `deadline`.
  virtual boost::asio::awaitable<boost::system::result<std::unique_ptr<RedisConnection>, RedisError>> connect(
      SteadyTime deadline) = 0;
};

}  // namespace core
