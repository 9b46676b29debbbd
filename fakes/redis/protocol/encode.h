// Writes replies as RESP2 or RESP3 (https://redis.io/docs/latest/develop/reference/protocol-spec/), as Redis 7.0 does.
#pragma once

#include <string>

#include "core/redis/redis_value.h"

namespace fakes::redis {

/// `protocol` is 2 or 3. What RESP2 has no type for is written as Redis writes it there: maps and sets as arrays,
/// doubles as bulk strings, booleans as integers. Line ends within a status or an error become spaces.
void append_resp(std::string& out, const core::RedisValue& value, int protocol);

}  // namespace fakes::redis
