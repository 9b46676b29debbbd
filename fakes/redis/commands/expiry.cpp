#include "fakes/redis/commands/expiry.h"

#include <fmt/format.h>

#include "fakes/redis/engine.h"
#include "fakes/redis/text.h"

namespace fakes::redis {

std::optional<ExpiryUnit> expiry_unit(std::string_view word) {
  if (equals_ignoring_case(word, "ex")) return ExpiryUnit{1000, true};
  if (equals_ignoring_case(word, "px")) return ExpiryUnit{1, true};
  if (equals_ignoring_case(word, "exat")) return ExpiryUnit{1000, false};
  if (equals_ignoring_case(word, "pxat")) return ExpiryUnit{1, false};
  return std::nullopt;
}

std::int64_t read_expiry(const Call& call, std::size_t index, ExpiryUnit unit) {
  std::int64_t value = call.integer(index);
  const bool overflows = value <= 0 || __builtin_mul_overflow(value, unit.milliseconds, &value) ||
                         (unit.is_relative && __builtin_add_overflow(value, call.now_ms(), &value));
  if (overflows) fail(fmt::format("ERR invalid expire time in '{}' command", to_lower(call[0])));
  return value;
}

void set_expiry(const Call& call, std::string_view key, std::optional<std::int64_t> at_ms) {
  if (at_ms && *at_ms <= call.now_ms()) {
    call.erase(key);
    return;
  }
  call.engine.keyspace().set_expiry(call.database, key, at_ms);
  call.changed(key);
}

}  // namespace fakes::redis
