// The name that a Redis client gives itself, which rules with `runner` are for.
#pragma once

#include <string>

#include "core/redis/redis_value.h"

namespace fakes::wire {

/// What `name` is once a client has sent the command: CLIENT SETNAME and HELLO with SETNAME set it, RESET takes it
/// away, all others leave it. Whether the server takes the name does not matter.
void learn_client_name(const core::RedisCommand& command, std::string& name);

}  // namespace fakes::wire
