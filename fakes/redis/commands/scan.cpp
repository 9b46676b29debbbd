#include "fakes/redis/commands/scan.h"

#include <charconv>

#include "fakes/redis/text.h"

namespace fakes::redis {

using core::RedisValue;

bool ScanOptions::matches(std::string_view key) {
  return !pattern || matches_pattern(*pattern, key, budget);
}

ScanOptions read_scan_options(const Call& call, std::size_t index) {
  ScanOptions options;
  const std::string& cursor = call[index];
  const auto [end, error] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), options.cursor);
  if (error != std::errc() || end != cursor.data() + cursor.size()) fail("ERR invalid cursor");
  for (std::size_t i = index + 1; i < call.size(); i += 2) {
    if (i + 1 == call.size()) fail(kSyntaxError);
    if (call.is(i, "count")) {
      const std::int64_t count = call.integer(i + 1);
      if (count < 1) fail(kSyntaxError);
      options.count = static_cast<std::size_t>(count);
    } else if (call.is(i, "match")) {
      options.pattern = call[i + 1];
    } else if (call.is(i, "type") && call.is(0, "scan")) {
      options.type = to_lower(call[i + 1]);
    } else {
      fail(kSyntaxError);
    }
  }
  return options;
}

RedisValue scan_reply(std::uint64_t cursor, std::vector<RedisValue> elements) {
  return RedisValue::array({RedisValue::bulk(std::to_string(cursor)), RedisValue::array(std::move(elements))});
}

}  // namespace fakes::redis
