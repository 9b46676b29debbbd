// The options of SCAN, HSCAN, SSCAN and ZSCAN, and the ranges of indexes that lists, strings and sorted sets share.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "core/redis/redis_value.h"
#include "fakes/redis/command.h"
#include "fakes/redis/text.h"

namespace fakes::redis {

struct ScanOptions {
  std::uint64_t cursor = 0;
  std::size_t count = 10;
  std::optional<std::string> pattern;
  std::optional<std::string> type;  ///< SCAN only.

  PatternBudget budget;

  bool matches(std::string_view key);
};

/// `index` is the cursor's place in the command.
ScanOptions read_scan_options(const Call& call, std::size_t index);

/// [next cursor, elements]
core::RedisValue scan_reply(std::uint64_t cursor, std::vector<core::RedisValue> elements);

/// Redis' inclusive [first, last], negative from the end, as a half-open range inside [0, size).
struct IndexRange {
  std::size_t first = 0, last = 0;
  bool empty() const { return first >= last; }
};
inline IndexRange index_range(std::int64_t first, std::int64_t last, std::size_t size) {
  const auto length = static_cast<std::int64_t>(size);
  if (first < 0) first = std::max<std::int64_t>(first + length, 0);
  if (last < 0) last += length;
  if (last >= length) last = length - 1;
  if (first > last) return {};
  return {static_cast<std::size_t>(first), static_cast<std::size_t>(last + 1)};
}

}  // namespace fakes::redis
