// Keys of any type: existence, names, expiry, iteration.
#include <algorithm>

#include "fakes/redis/command.h"
#include "fakes/redis/commands/expiry.h"
#include "fakes/redis/commands/scan.h"
#include "fakes/redis/engine.h"
#include "fakes/redis/text.h"

namespace fakes::redis {

using core::RedisValue;

namespace {

template <class Predicate>
RedisValue count_keys(Call& call, Predicate predicate) {
  std::int64_t count = 0;
  for (std::size_t i = 1; i < call.size(); ++i) count += predicate(call[i]) ? 1 : 0;
  return RedisValue::integer_of(count);
}

RedisValue del(Call& call) {
  return count_keys(call, [&](const std::string& key) { return call.erase(key); });
}
RedisValue exists(Call& call) {
  return count_keys(call, [&](const std::string& key) { return call.find(key) != nullptr; });
}

std::string_view type_name(const Object& object) {
  constexpr std::string_view kNames[] = {"string", "list", "hash", "set", "zset", "stream"};
  return kNames[object.value.index()];
}

RedisValue type(Call& call) {
  const Object* object = call.find(call[1]);
  return RedisValue::status(object == nullptr ? "none" : type_name(*object));
}

RedisValue keys(Call& call) {
  RedisValue reply = RedisValue::array({});
  PatternBudget budget;
  for (const auto& [key, object] : call.engine.keyspace().database(call.database)) {
    if (matches_pattern(call[1], key.text, budget)) reply.elements.push_back(RedisValue::bulk(key.text));
  }
  if (budget.is_spent()) fail("ERR the pattern takes too long");
  return reply;
}

RedisValue scan(Call& call) {
  ScanOptions options = read_scan_options(call, 1);
  const Keyspace::Database& database = call.engine.keyspace().database(call.database);
  std::vector<RedisValue> elements;
  auto at = database.lower_bound(options.cursor);
  std::size_t left = options.count;
  std::uint64_t last = 0;
  for (; at != database.end() && (left > 0 || at->first.hash == last); ++at) {
    last = at->first.hash;
    if (left > 0) --left;
    if (options.type && type_name(at->second) != *options.type) continue;
    if (options.matches(at->first.text)) elements.push_back(RedisValue::bulk(at->first.text));
  }
  return scan_reply(at == database.end() ? 0 : at->first.hash, std::move(elements));
}

RedisValue randomkey(Call& call) {
  const Keyspace::Database& database = call.engine.keyspace().database(call.database);
  if (database.empty()) return RedisValue::null();
  const auto index = static_cast<std::ptrdiff_t>(call.engine.draw(database.size()));
  return RedisValue::bulk(std::next(database.begin(), index)->first.text);
}

RedisValue dbsize(Call& call) {
  return RedisValue::integer_of(static_cast<std::int64_t>(call.engine.keyspace().database(call.database).size()));
}

void move_key(Call& call, const std::string& from, const std::string& to) {
  Object object = *call.engine.keyspace().take(call.database, from);
  call.changed(from);
  call.erase(to);
  call.insert(to, std::move(object));
  call.changed(to);
}

RedisValue rename(Call& call) {
  if (call.find(call[1]) == nullptr) fail(kNoSuchKey);
  if (call[1] != call[2]) move_key(call, call[1], call[2]);
  return RedisValue::status("OK");
}

RedisValue renamenx(Call& call) {
  if (call.find(call[1]) == nullptr) fail(kNoSuchKey);
  if (call.find(call[2]) != nullptr) return RedisValue::integer_of(0);
  move_key(call, call[1], call[2]);
  return RedisValue::integer_of(1);
}

std::int64_t read_database(const Call& call, std::size_t index) {
  const std::int64_t database = call.integer(index);
  if (database < 0 || database >= Keyspace::kDatabases) fail("ERR DB index is out of range");
  return database;
}

RedisValue copy(Call& call) {
  int target = call.database;
  bool replaces = false;
  for (std::size_t i = 3; i < call.size(); ++i) {
    if (call.is(i, "replace")) {
      replaces = true;
    } else if (call.is(i, "db") && i + 1 < call.size()) {
      target = static_cast<int>(read_database(call, ++i));
    } else {
      fail(kSyntaxError);
    }
  }
  if (target == call.database && call[1] == call[2]) fail("ERR source and destination objects are the same");
  const Object* object = call.find(call[1]);
  if (object == nullptr) return RedisValue::integer_of(0);
  Object duplicate = *object;
  Call there{call.engine, call.connection, call.arguments, target, call.protocol, call.caller};
  if (there.find(call[2]) != nullptr && !replaces) return RedisValue::integer_of(0);
  there.erase(call[2]);
  there.insert(call[2], std::move(duplicate));
  there.changed(call[2]);
  return RedisValue::integer_of(1);
}

RedisValue move(Call& call) {
  int target = static_cast<int>(read_database(call, 2));
  if (target == call.database) fail("ERR source and destination objects are the same");
  Call there{call.engine, call.connection, call.arguments, target, call.protocol, call.caller};
  if (call.find(call[1]) == nullptr || there.find(call[1]) != nullptr) return RedisValue::integer_of(0);
  Object object = *call.engine.keyspace().take(call.database, call[1]);
  call.changed(call[1]);
  there.insert(call[1], std::move(object));
  there.changed(call[1]);
  return RedisValue::integer_of(1);
}

struct ExpireConditions {
  bool if_none = false, if_any = false, if_later = false, if_earlier = false;
};

ExpireConditions read_expire_conditions(const Call& call) {
  ExpireConditions conditions;
  for (std::size_t i = 3; i < call.size(); ++i) {
    if (call.is(i, "nx")) {
      conditions.if_none = true;
    } else if (call.is(i, "xx")) {
      conditions.if_any = true;
    } else if (call.is(i, "gt")) {
      conditions.if_later = true;
    } else if (call.is(i, "lt")) {
      conditions.if_earlier = true;
    } else {
      fail("ERR Unsupported option " + call[i]);
    }
  }
  if (conditions.if_none && (conditions.if_any || conditions.if_later || conditions.if_earlier)) {
    fail("ERR NX and XX, GT or LT options at the same time are not compatible");
  }
  if (conditions.if_later && conditions.if_earlier) {
    fail("ERR GT and LT options at the same time are not compatible");
  }
  return conditions;
}

RedisValue expire_at(Call& call, ExpiryUnit unit) {
  const ExpireConditions conditions = read_expire_conditions(call);
  std::int64_t at_ms = call.integer(2);
  if (__builtin_mul_overflow(at_ms, unit.milliseconds, &at_ms) ||
      (unit.is_relative && __builtin_add_overflow(at_ms, call.now_ms(), &at_ms))) {
    fail("ERR invalid expire time in '" + to_lower(call[0]) + "' command");
  }
  const Object* object = call.find(call[1]);
  if (object == nullptr) return RedisValue::integer_of(0);
  const auto old = object->expires_at_ms;  // None counts as never.
  const bool is_refused = (conditions.if_none && old) || (conditions.if_any && !old) ||
                          (conditions.if_later && (!old || at_ms <= *old)) ||
                          (conditions.if_earlier && old && at_ms >= *old);
  if (is_refused) return RedisValue::integer_of(0);
  set_expiry(call, call[1], at_ms);
  return RedisValue::integer_of(1);
}
RedisValue expire(Call& call) {
  return expire_at(call, {1000, true});
}
RedisValue pexpire(Call& call) {
  return expire_at(call, {1, true});
}
RedisValue expireat(Call& call) {
  return expire_at(call, {1000, false});
}
RedisValue pexpireat(Call& call) {
  return expire_at(call, {1, false});
}

/// -2 without a key, -1 without an expiry, else milliseconds from `since`.
std::int64_t expiry_since(const Call& call, std::int64_t since) {
  const Object* object = call.find(call[1]);
  if (object == nullptr) return -2;
  if (!object->expires_at_ms) return -1;
  return std::max<std::int64_t>(*object->expires_at_ms - since, 0);
}
std::int64_t rounded_to_seconds(std::int64_t ms) {
  return ms < 0 ? ms : (ms + 500) / 1000;
}

RedisValue ttl(Call& call) {
  return RedisValue::integer_of(rounded_to_seconds(expiry_since(call, call.now_ms())));
}
RedisValue pttl(Call& call) {
  return RedisValue::integer_of(expiry_since(call, call.now_ms()));
}
RedisValue expiretime(Call& call) {
  return RedisValue::integer_of(rounded_to_seconds(expiry_since(call, 0)));
}
RedisValue pexpiretime(Call& call) {
  return RedisValue::integer_of(expiry_since(call, 0));
}

RedisValue persist(Call& call) {
  const Object* object = call.find(call[1]);
  if (object == nullptr || !object->expires_at_ms) return RedisValue::integer_of(0);
  set_expiry(call, call[1], std::nullopt);
  return RedisValue::integer_of(1);
}

std::string_view encoding(const Object& object) {
  if (const auto* text = object.get_if<std::string>()) {
    if (parse_integer(*text)) return "int";
    return text->size() <= 44 ? "embstr" : "raw";
  }
  if (object.get_if<List>()) return "quicklist";
  if (const auto* hash = object.get_if<Hash>()) return hash->is_small() ? "listpack" : "hashtable";
  if (object.get_if<Set>()) return "hashtable";
  if (object.get_if<Stream>()) return "stream";
  return object.get_if<SortedSet>()->size() <= 128 ? "listpack" : "skiplist";
}

RedisValue object_encoding(Call& call) {
  const Object* object = call.find(call[2]);
  return object == nullptr ? RedisValue::null() : RedisValue::bulk(encoding(*object));
}
RedisValue object_refcount(Call& call) {
  return call.find(call[2]) == nullptr ? RedisValue::null() : RedisValue::integer_of(1);
}
RedisValue object_idletime(Call& call) {
  return call.find(call[2]) == nullptr ? RedisValue::null() : RedisValue::integer_of(0);
}
RedisValue no_subcommand(Call&) {
  fail(kSyntaxError);
}

constexpr CommandSpec kCommands[] = {
    {"copy", -3, kWrite | kDenyOom, copy},
    {"dbsize", 1, kRead, dbsize},
    {"del", -2, kWrite, del},
    {"exists", -2, kRead, exists},
    {"expire", -3, kWrite, expire},
    {"expireat", -3, kWrite, expireat},
    {"expiretime", 2, kRead, expiretime},
    {"keys", 2, kRead, keys},
    {"move", 3, kWrite, move},
    {"object", -2, kContainer, no_subcommand},
    {"object|encoding", 3, kRead, object_encoding},
    {"object|idletime", 3, kRead, object_idletime},
    {"object|refcount", 3, kRead, object_refcount},
    {"persist", 2, kWrite, persist},
    {"pexpire", -3, kWrite, pexpire},
    {"pexpireat", -3, kWrite, pexpireat},
    {"pexpiretime", 2, kRead, pexpiretime},
    {"pttl", 2, kRead, pttl},
    {"randomkey", 1, kRead, randomkey},
    {"rename", 3, kWrite, rename},
    {"renamenx", 3, kWrite, renamenx},
    {"scan", -2, kRead, scan},
    {"touch", -2, kRead, exists},
    {"ttl", 2, kRead, ttl},
    {"type", 2, kRead, type},
    {"unlink", -2, kWrite, del},
};

}  // namespace

CommandFamily key_commands() {
  return kCommands;
}

}  // namespace fakes::redis
