// Commands as Redis reads them, by hiredis' formatter.
#pragma once

#include <string>
#include <vector>

#include "core/redis/redis_value.h"

namespace core {

class RespWriter {
 public:
  /// Appends the command to `out`. Arguments may hold any bytes: nothing in them can begin another command.
  void append(const RedisCommand& command, std::string& out);

 private:
  std::vector<const char*> texts_;  ///< Kept for their memory.
  std::vector<std::size_t> sizes_;
};

}  // namespace core
