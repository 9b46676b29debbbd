// What lists' ordinary and blocking commands share.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/redis/redis_value.h"
#include "fakes/redis/command.h"

namespace fakes::redis {

enum class End : std::uint8_t { Left, Right };

/// LEFT or RIGHT, or a syntax error.
End read_end(const Call& call, std::size_t index);
std::string pop(List& list, End end);
void push(List& list, End end, std::string value);

/// Takes one element from `from` and adds it to `to`; null when there is none. Both may be the same key.
core::RedisValue move_element(Call& call, const std::string& from, End from_end, const std::string& to, End to_end);

/// `numkeys key [key ...] LEFT|RIGHT [COUNT n]` from `index` on, done: [key, elements], or null when all are empty.
struct PopMany {
  std::vector<std::string> keys;
  End end = End::Left;
  std::size_t count = 1;
};
PopMany read_pop_many(const Call& call, std::size_t index);
core::RedisValue pop_many(Call& call, const PopMany& request);

}  // namespace fakes::redis
