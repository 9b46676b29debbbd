// A bound on replies that can be larger than all data are: those of commands that give one value many times.
#pragma once

#include <cstddef>

#include "fakes/redis/command.h"

namespace fakes::redis {

class ReplyBound {
 public:
  static constexpr std::size_t kMostBytes = 512UL * 1024 * 1024;

  /// The value, which is a part of the reply. Fails when it has become too large.
  core::RedisValue add(core::RedisValue value) {
    bytes_ += size_of(value);
    if (bytes_ > kMostBytes) fail("ERR the reply is too large");
    return value;
  }

 private:
  static std::size_t size_of(const core::RedisValue& value) {
    std::size_t size = sizeof(value) + value.text.size();
    for (const core::RedisValue& element : value.elements) size += size_of(element);
    return size;
  }

  std::size_t bytes_ = 0;
};

}  // namespace fakes::redis
