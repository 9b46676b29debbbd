// States in which a Redis is up and refuses a part of what it is asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fakes::redis {

enum class Condition : std::uint8_t {
  Full,      ///< `maxmemory` is reached and nothing may be evicted: what could need memory is refused.
  ReadOnly,  ///< A replica: writes are refused.
};
inline constexpr std::size_t kConditions = 2;

/// As scenario files say it.
constexpr std::string_view name_of(Condition condition) {
  switch (condition) {
    case Condition::Full:
      return "full";
    case Condition::ReadOnly:
      return "read_only";
  }
  return {};
}

}  // namespace fakes::redis
