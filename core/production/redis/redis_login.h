// What a new connection says first: who it is, which database, its name, and PING, which shows that commands are
// served; and what it asks: what the server is.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "core/production/redis/redis_address.h"
#include "core/redis/redis.h"

namespace core {

struct RedisLogin {
  RedisAddress address;
  std::string client_name;  ///< Empty: none.
  /// Nothing: the server is not asked what it is.
  std::optional<std::string> key_prefix;
};

/// Why there is no connection.
struct RedisRefusal {
  std::string reason;            ///< In words without a secret.
  bool is_wrong_server = false;  ///< It would let us in, but cannot hold our keys.
};

/// Nothing when the server lets us in. A Sentinel holds no keys, and a cluster has all keys of one prefix on one node
/// only if that has a {tag}. `stage` tells at any time what is being waited for; connection and `stage` outlive the
/// call.
boost::asio::awaitable<std::optional<RedisRefusal>> log_in(RedisConnection& connection, RedisLogin login,
                                                           SteadyTime deadline, std::string& stage);

}  // namespace core
