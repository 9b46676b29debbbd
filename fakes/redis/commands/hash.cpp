// Hashes.
#include <cmath>

#include "fakes/redis/command.h"
#include "fakes/redis/commands/reply_bound.h"
#include "fakes/redis/commands/scan.h"
#include "fakes/redis/engine.h"
#include "fakes/redis/text.h"

namespace fakes::redis {

using core::RedisValue;

namespace {

std::optional<std::string_view> value_in(const Hash* hash, std::string_view field) {
  return hash == nullptr ? std::nullopt : hash->find(field);
}

RedisValue field_or_null(const Hash* hash, const std::string& field) {
  const std::optional<std::string_view> value = value_in(hash, field);
  return value ? RedisValue::bulk(*value) : RedisValue::null();
}

std::int64_t set_fields(Call& call) {
  if (call.size() % 2 != 0) fail("ERR wrong number of arguments for '" + to_lower(call[0]) + "' command");
  Hash& hash = call.find_or_make<Hash>(call[1]);
  std::int64_t added = 0;
  for (std::size_t i = 2; i < call.size(); i += 2) {
    added += hash.set(call[i], call[i + 1]) ? 1 : 0;
  }
  call.changed(call[1]);
  return added;
}

RedisValue hset(Call& call) {
  return RedisValue::integer_of(set_fields(call));
}
RedisValue hmset(Call& call) {
  set_fields(call);
  return RedisValue::status("OK");
}

RedisValue hsetnx(Call& call) {
  const Hash* old = call.find<Hash>(call[1]);
  if (old != nullptr && old->contains(call[2])) return RedisValue::integer_of(0);
  call.find_or_make<Hash>(call[1]).set(call[2], call[3]);
  call.changed(call[1]);
  return RedisValue::integer_of(1);
}

RedisValue hget(Call& call) {
  return field_or_null(call.find<Hash>(call[1]), call[2]);
}

RedisValue hmget(Call& call) {
  const Hash* hash = call.find<Hash>(call[1]);
  RedisValue reply = RedisValue::array({});
  ReplyBound bound;
  for (std::size_t i = 2; i < call.size(); ++i) reply.elements.push_back(bound.add(field_or_null(hash, call[i])));
  return reply;
}

std::vector<RedisValue> fields(const Call& call, bool with_keys, bool with_values) {
  std::vector<RedisValue> elements;
  const Hash* hash = call.find<Hash>(call[1]);
  if (hash == nullptr) return elements;
  elements.reserve(hash->size() * 2);
  hash->for_each([&](std::string_view field, std::string_view value) {
    if (with_keys) elements.push_back(RedisValue::bulk(field));
    if (with_values) elements.push_back(RedisValue::bulk(value));
  });
  return elements;
}

RedisValue hgetall(Call& call) {
  return call.map(fields(call, true, true));
}
RedisValue hkeys(Call& call) {
  return RedisValue::array(fields(call, true, false));
}
RedisValue hvals(Call& call) {
  return RedisValue::array(fields(call, false, true));
}

RedisValue hlen(Call& call) {
  const Hash* hash = call.find<Hash>(call[1]);
  return RedisValue::integer_of(hash == nullptr ? 0 : static_cast<std::int64_t>(hash->size()));
}

RedisValue hexists(Call& call) {
  const Hash* hash = call.find<Hash>(call[1]);
  return RedisValue::integer_of(hash != nullptr && hash->contains(call[2]) ? 1 : 0);
}

RedisValue hdel(Call& call) {
  Hash* hash = call.find<Hash>(call[1]);
  if (hash == nullptr) return RedisValue::integer_of(0);
  std::int64_t removed = 0;
  for (std::size_t i = 2; i < call.size(); ++i) removed += hash->erase(call[i]) ? 1 : 0;
  if (removed > 0) call.changed_or_emptied(call[1], *hash);
  return RedisValue::integer_of(removed);
}

RedisValue hincrby(Call& call) {
  const std::int64_t increment = call.integer(3);
  std::int64_t value = 0;
  if (const auto text = value_in(call.find<Hash>(call[1]), call[2])) {
    const auto number = parse_integer(*text);
    if (!number) fail("ERR hash value is not an integer");
    value = *number;
  }
  if (__builtin_add_overflow(value, increment, &value)) fail("ERR increment or decrement would overflow");
  call.find_or_make<Hash>(call[1]).set(call[2], std::to_string(value));
  call.changed(call[1]);
  return RedisValue::integer_of(value);
}

RedisValue hincrbyfloat(Call& call) {
  const auto increment = parse_long_double(call[3]);
  if (!increment) fail(kNotAFloat);
  if (std::isinf(*increment)) fail("ERR value is NaN or Infinity");
  long double value = 0;
  if (const auto text = value_in(call.find<Hash>(call[1]), call[2])) {
    const auto number = parse_long_double(std::string(*text));
    if (!number) fail("ERR hash value is not a float");
    value = *number;
  }
  value += *increment;
  constexpr long double kInfinity = std::numeric_limits<long double>::infinity();
  if (value != value || value == kInfinity || value == -kInfinity) fail("ERR increment would produce NaN or Infinity");
  std::string text = format_long_double(value);
  call.find_or_make<Hash>(call[1]).set(call[2], text);
  call.changed(call[1]);
  return RedisValue::bulk(text);
}

RedisValue hstrlen(Call& call) {
  const auto value = value_in(call.find<Hash>(call[1]), call[2]);
  return RedisValue::integer_of(value ? static_cast<std::int64_t>(value->size()) : 0);
}

RedisValue hscan(Call& call) {
  ScanOptions options = read_scan_options(call, 2);
  const Hash* hash = call.find<Hash>(call[1]);
  std::vector<RedisValue> elements;
  if (hash == nullptr) return scan_reply(0, {});
  const std::uint64_t cursor =
      hash->scan(options.cursor, options.count, [&](std::string_view field, std::string_view value) {
        if (!options.matches(field)) return;
        elements.push_back(RedisValue::bulk(field));
        elements.push_back(RedisValue::bulk(value));
      });
  return scan_reply(cursor, std::move(elements));
}

RedisValue hrandfield(Call& call) {
  const Hash* hash = call.find<Hash>(call[1]);
  if (call.size() == 2) {
    if (hash == nullptr) return RedisValue::null();
    return RedisValue::bulk(hash->field_at(call.engine.draw(hash->size())));
  }
  const std::int64_t count = call.integer(2);
  const bool with_values = call.size() == 4 && call.is(3, "withvalues");
  if (call.size() > 3 && !with_values) fail(kSyntaxError);
  if (count < -1'000'000) fail("ERR value is out of range");
  if (hash == nullptr || count == 0) return RedisValue::array({});
  std::vector<RedisValue> elements;
  ReplyBound bound;
  const auto add = [&](std::string_view field) {
    RedisValue value = with_values ? RedisValue::bulk(*hash->find(field)) : RedisValue();
    if (with_values && call.protocol == 3) {
      elements.push_back(bound.add(RedisValue::array({RedisValue::bulk(field), std::move(value)})));
      return;
    }
    elements.push_back(bound.add(RedisValue::bulk(field)));
    if (with_values) elements.push_back(bound.add(std::move(value)));
  };
  const auto wanted = static_cast<std::size_t>(count < 0 ? -count : count);
  const std::size_t start = call.engine.draw(hash->size());
  const std::size_t taken = count < 0 ? wanted : std::min(wanted, hash->size());
  for (std::size_t i = 0; i < taken; ++i) {
    add(hash->field_at(count < 0 ? call.engine.draw(hash->size()) : (start + i) % hash->size()));
  }
  return RedisValue::array(std::move(elements));
}

constexpr CommandSpec kCommands[] = {
    {"hdel", -3, kWrite, hdel},
    {"hexists", 3, kRead, hexists},
    {"hget", 3, kRead, hget},
    {"hgetall", 2, kRead, hgetall},
    {"hincrby", 4, kWrite | kDenyOom, hincrby},
    {"hincrbyfloat", 4, kWrite | kDenyOom, hincrbyfloat},
    {"hkeys", 2, kRead, hkeys},
    {"hlen", 2, kRead, hlen},
    {"hmget", -3, kRead, hmget},
    {"hmset", -4, kWrite | kDenyOom, hmset},
    {"hrandfield", -2, kRead, hrandfield},
    {"hscan", -3, kRead, hscan},
    {"hset", -4, kWrite | kDenyOom, hset},
    {"hsetnx", 4, kWrite | kDenyOom, hsetnx},
    {"hstrlen", 3, kRead, hstrlen},
    {"hvals", 2, kRead, hvals},
};

}  // namespace

CommandFamily hash_commands() {
  return kCommands;
}

}  // namespace fakes::redis
