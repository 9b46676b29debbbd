// What a new connection says first: who it is, which database, its name, and PING, which shows that commands are
// served.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "core/production/redis/redis_address.h"
#include "core/redis/redis.h"

namespace core {

/// Why the server does not let us in, in words without a secret; nothing when it does. `stage` tells at any time what
/// is being waited for; connection and `stage` outlive the call.
boost::asio::awaitable<std::optional<std::string>> log_in(RedisConnection& connection, RedisAddress address,
                                                          std::string client_name, SteadyTime deadline,
                                                          std::string& stage);

}  // namespace core
