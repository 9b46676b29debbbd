// Strings: GET, SET and its relatives, counters and ranges.
#include <fmt/format.h>

#include <algorithm>

#include "fakes/redis/command.h"
#include "fakes/redis/commands/expiry.h"
#include "fakes/redis/commands/reply_bound.h"
#include "fakes/redis/engine.h"
#include "fakes/redis/text.h"

namespace fakes::redis {

using core::RedisValue;

namespace {

constexpr std::int64_t kMaxStringSize = 512LL * 1024 * 1024;
constexpr std::string_view kTooLong = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";

RedisValue bulk_or_null(const std::string* text) {
  return text == nullptr ? RedisValue::null() : RedisValue::bulk(*text);
}

/// A changed value keeps the key's expiry.
void store(Call& call, const std::string& key, std::string text) {
  call.find_or_make<std::string>(key) = std::move(text);
  call.changed(key);
}

void set_with_expiry(Call& call, const std::string& key, const std::string& value,
                     std::optional<std::int64_t> expires_at_ms) {
  call.put(key, Object{value, expires_at_ms});
  if (expires_at_ms && *expires_at_ms < call.now_ms()) call.erase(key);
}

RedisValue get(Call& call) {
  return bulk_or_null(call.find<std::string>(call[1]));
}

struct SetOptions {
  bool if_absent = false, if_present = false, returns_old = false, keeps_expiry = false;
  std::optional<std::int64_t> expires_at_ms;
};

SetOptions read_set_options(Call& call) {
  SetOptions options;
  for (std::size_t i = 3; i < call.size(); ++i) {
    const bool has_expiry = options.expires_at_ms || options.keeps_expiry;
    if (call.is(i, "nx") && !options.if_present) {
      options.if_absent = true;
    } else if (call.is(i, "xx") && !options.if_absent) {
      options.if_present = true;
    } else if (call.is(i, "get")) {
      options.returns_old = true;
    } else if (call.is(i, "keepttl") && !options.expires_at_ms) {
      options.keeps_expiry = true;
    } else if (const auto unit = expiry_unit(call[i]); unit && !has_expiry && i + 1 < call.size()) {
      options.expires_at_ms = read_expiry(call, ++i, *unit);
    } else {
      fail(kSyntaxError);
    }
  }
  return options;
}

RedisValue set(Call& call) {
  const SetOptions options = read_set_options(call);
  Object* object = call.find(call[1]);
  RedisValue old;
  if (options.returns_old) old = bulk_or_null(call.find<std::string>(call[1]));
  if ((options.if_absent && object != nullptr) || (options.if_present && object == nullptr)) {
    return options.returns_old ? old : RedisValue::null();
  }
  std::optional<std::int64_t> expires_at_ms = options.expires_at_ms;
  if (options.keeps_expiry && object != nullptr) expires_at_ms = object->expires_at_ms;
  set_with_expiry(call, call[1], call[2], expires_at_ms);
  return options.returns_old ? old : RedisValue::status("OK");
}

RedisValue setnx(Call& call) {
  if (call.find(call[1]) != nullptr) return RedisValue::integer_of(0);
  set_with_expiry(call, call[1], call[2], std::nullopt);
  return RedisValue::integer_of(1);
}

RedisValue set_for(Call& call, ExpiryUnit unit) {
  const std::int64_t expires_at_ms = read_expiry(call, 2, unit);
  set_with_expiry(call, call[1], call[3], expires_at_ms);
  return RedisValue::status("OK");
}
RedisValue setex(Call& call) {
  return set_for(call, {1000, true});
}
RedisValue psetex(Call& call) {
  return set_for(call, {1, true});
}

RedisValue getset(Call& call) {
  RedisValue old = get(call);
  set_with_expiry(call, call[1], call[2], std::nullopt);
  return old;
}

RedisValue getdel(Call& call) {
  RedisValue old = get(call);
  call.erase(call[1]);
  return old;
}

RedisValue getex(Call& call) {
  std::optional<std::int64_t> expires_at_ms;
  bool persists = false;
  for (std::size_t i = 2; i < call.size(); ++i) {
    const auto unit = expiry_unit(call[i]);
    if (call.is(i, "persist") && !expires_at_ms && !persists) {
      persists = true;
    } else if (unit && !persists && !expires_at_ms && i + 1 < call.size()) {
      expires_at_ms = read_expiry(call, ++i, *unit);
    } else {
      fail(kSyntaxError);
    }
  }
  RedisValue value = get(call);
  if (value.is_null() || (!persists && !expires_at_ms)) return value;
  if (persists && !call.find(call[1])->expires_at_ms) return value;
  set_expiry(call, call[1], expires_at_ms);
  return value;
}

RedisValue mget(Call& call) {
  RedisValue reply = RedisValue::array({});
  ReplyBound bound;
  for (std::size_t i = 1; i < call.size(); ++i) {
    const Object* object = call.find(call[i]);
    const std::string* text = object == nullptr ? nullptr : object->get_if<std::string>();
    reply.elements.push_back(bound.add(bulk_or_null(text)));
  }
  return reply;
}

void set_pairs(Call& call) {
  for (std::size_t i = 1; i < call.size(); i += 2) set_with_expiry(call, call[i], call[i + 1], std::nullopt);
}

RedisValue mset(Call& call) {
  if (call.size() % 2 == 0) fail("ERR wrong number of arguments for 'mset' command");
  set_pairs(call);
  return RedisValue::status("OK");
}

RedisValue msetnx(Call& call) {
  if (call.size() % 2 == 0) fail("ERR wrong number of arguments for 'msetnx' command");
  for (std::size_t i = 1; i < call.size(); i += 2) {
    if (call.find(call[i]) != nullptr) return RedisValue::integer_of(0);
  }
  set_pairs(call);
  return RedisValue::integer_of(1);
}

RedisValue append(Call& call) {
  std::string& text = call.find_or_make<std::string>(call[1]);
  if (static_cast<std::int64_t>(text.size() + call[2].size()) > kMaxStringSize) fail(kTooLong);
  text += call[2];
  const auto size = static_cast<std::int64_t>(text.size());
  call.changed(call[1]);
  return RedisValue::integer_of(size);
}

RedisValue strlen(Call& call) {
  const auto* text = call.find<std::string>(call[1]);
  return RedisValue::integer_of(text == nullptr ? 0 : static_cast<std::int64_t>(text->size()));
}

RedisValue add(Call& call, std::int64_t increment) {
  std::int64_t value = 0;
  auto* text = call.find<std::string>(call[1]);
  if (text != nullptr) {
    const auto old = parse_integer(*text);
    if (!old) fail(kNotAnInteger);
    value = *old;
  }
  if (__builtin_add_overflow(value, increment, &value)) fail("ERR increment or decrement would overflow");
  const fmt::format_int digits(value);
  if (text != nullptr) {
    // A changed value keeps the key's expiry.
    text->assign(digits.data(), digits.size());
  } else {
    call.insert(call[1], Object{std::string(digits.data(), digits.size())});
  }
  call.changed(call[1]);
  return RedisValue::integer_of(value);
}

RedisValue incr(Call& call) {
  return add(call, 1);
}
RedisValue decr(Call& call) {
  return add(call, -1);
}
RedisValue incrby(Call& call) {
  return add(call, call.integer(2));
}
RedisValue decrby(Call& call) {
  const std::int64_t decrement = call.integer(2);
  if (decrement == INT64_MIN) fail("ERR decrement would overflow");
  return add(call, -decrement);
}

RedisValue incrbyfloat(Call& call) {
  long double value = 0;
  if (const auto* text = call.find<std::string>(call[1])) {
    const auto old = parse_long_double(*text);
    if (!old) fail(kNotAFloat);
    value = *old;
  }
  const auto increment = parse_long_double(call[2]);
  if (!increment) fail(kNotAFloat);
  value += *increment;
  constexpr long double kInfinity = std::numeric_limits<long double>::infinity();
  if (value != value || value == kInfinity || value == -kInfinity) fail("ERR increment would produce NaN or Infinity");
  std::string text = format_long_double(value);
  store(call, call[1], text);
  return RedisValue::bulk(text);
}

RedisValue getrange(Call& call) {
  std::int64_t first = call.integer(2), last = call.integer(3);
  const auto* text = call.find<std::string>(call[1]);
  const auto size = text == nullptr ? 0 : static_cast<std::int64_t>(text->size());
  if (first < 0 && last < 0 && first > last) return RedisValue::bulk("");
  if (first < 0) first = std::max<std::int64_t>(first + size, 0);
  if (last < 0) last = std::max<std::int64_t>(last + size, 0);
  last = std::min(last, size - 1);
  if (size == 0 || first > last) return RedisValue::bulk("");
  return RedisValue::bulk(
      std::string_view(*text).substr(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first + 1)));
}

RedisValue setrange(Call& call) {
  const std::int64_t offset = call.integer(2);
  if (offset < 0) fail("ERR offset is out of range");
  const std::string& patch = call[3];
  const auto* old = call.find<std::string>(call[1]);
  if (patch.empty()) return RedisValue::integer_of(old == nullptr ? 0 : static_cast<std::int64_t>(old->size()));
  if (offset > kMaxStringSize - static_cast<std::int64_t>(patch.size())) fail(kTooLong);
  std::string& text = call.find_or_make<std::string>(call[1]);
  const auto start = static_cast<std::size_t>(offset);
  if (text.size() < start + patch.size()) text.resize(start + patch.size());
  std::copy(patch.begin(), patch.end(), text.begin() + offset);
  const auto size = static_cast<std::int64_t>(text.size());
  call.changed(call[1]);
  return RedisValue::integer_of(size);
}

constexpr CommandSpec kCommands[] = {
    {"append", 3, kWrite | kDenyOom, append},
    {"decr", 2, kWrite | kDenyOom, decr},
    {"decrby", 3, kWrite | kDenyOom, decrby},
    {"get", 2, kRead, get},
    {"getdel", 2, kWrite, getdel},
    {"getex", -2, kWrite, getex},
    {"getrange", 4, kRead, getrange},
    {"getset", 3, kWrite | kDenyOom, getset},
    {"incr", 2, kWrite | kDenyOom, incr},
    {"incrby", 3, kWrite | kDenyOom, incrby},
    {"incrbyfloat", 3, kWrite | kDenyOom, incrbyfloat},
    {"mget", -2, kRead, mget},
    {"mset", -3, kWrite | kDenyOom, mset},
    {"msetnx", -3, kWrite | kDenyOom, msetnx},
    {"psetex", 4, kWrite | kDenyOom, psetex},
    {"set", -3, kWrite | kDenyOom, set},
    {"setex", 4, kWrite | kDenyOom, setex},
    {"setnx", 3, kWrite | kDenyOom, setnx},
    {"setrange", 4, kWrite | kDenyOom, setrange},
    {"strlen", 2, kRead, strlen},
    {"substr", 4, kRead, getrange},
};

}  // namespace

CommandFamily string_commands() {
  return kCommands;
}

}  // namespace fakes::redis
