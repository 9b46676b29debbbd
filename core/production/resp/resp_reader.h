// Redis' replies out of a stream of bytes, by hiredis' reader: RESP2, bytes in as they come, whole values out. It does
// no I/O. What it holds is bounded, whatever the far end sends; after an error nothing more can be read.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "core/redis/redis_value.h"

// NOLINTBEGIN(readability-identifier-naming): the library's names
struct redisReader;
struct redisReadTask;
// NOLINTEND(readability-identifier-naming)

namespace core {

struct RespMore {};  ///< No whole value is there yet.
struct RespError {
  std::string message;  ///< For people; does not quote what was received.
};
using RespNext = std::variant<RedisValue, RespMore, RespError>;

class RespReader {
 public:
  /// How much memory one value may take, elements counted by what they are made of. Twice as much may be held for a
  /// moment, as bytes and as a value.
  static constexpr std::size_t kMaxValueBytes = 64 * 1024 * 1024;

  explicit RespReader(std::size_t max_value_bytes = kMaxValueBytes);
  ~RespReader();

  void feed(std::string_view bytes);

  /// To be asked until it wants more.
  RespNext next();

  /// About how much memory the last value takes.
  std::size_t value_bytes() const { return last_value_bytes_; }

 private:
  struct Building;
  struct Free {
    void operator()(redisReader* reader) const;
  };

  RespError fail(std::string message);
  RespNext look_ahead();

  std::size_t max_value_bytes_;
  std::size_t last_value_bytes_ = 0;
  std::string error_;
  std::unique_ptr<Building> building_;
  std::unique_ptr<redisReader, Free> reader_;

  friend struct RespCallbacks;
};

}  // namespace core
