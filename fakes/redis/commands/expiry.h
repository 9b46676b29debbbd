// Expiry times as arguments: "EX 10", "PXAT 1700000000000", EXPIRE's seconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fakes/redis/command.h"

namespace fakes::redis {

struct ExpiryUnit {
  std::int64_t milliseconds;  ///< 1000 or 1.
  bool is_relative;
};

/// EX, PX, EXAT, PXAT; nothing for another word.
std::optional<ExpiryUnit> expiry_unit(std::string_view word);

/// Milliseconds of Unix time. Fails unless the argument is positive and the result fits.
std::int64_t read_expiry(const Call& call, std::size_t index, ExpiryUnit unit);

/// Sets or removes the expiry of a key that is there. One that has passed removes the key.
void set_expiry(const Call& call, std::string_view key, std::optional<std::int64_t> at_ms);

}  // namespace fakes::redis
