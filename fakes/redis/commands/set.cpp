// Sets.
#include <algorithm>

#include "fakes/redis/command.h"
#include "fakes/redis/commands/reply_bound.h"
#include "fakes/redis/commands/scan.h"
#include "fakes/redis/engine.h"
#include "fakes/redis/text.h"

namespace fakes::redis {

using core::RedisValue;

namespace {

RedisValue sadd(Call& call) {
  Set& set = call.find_or_make<Set>(call[1]);
  std::int64_t added = 0;
  for (std::size_t i = 2; i < call.size(); ++i) added += set.insert(call[i]).second ? 1 : 0;
  if (added > 0) call.changed(call[1]);
  return RedisValue::integer_of(added);
}

RedisValue srem(Call& call) {
  Set* set = call.find<Set>(call[1]);
  if (set == nullptr) return RedisValue::integer_of(0);
  std::int64_t removed = 0;
  for (std::size_t i = 2; i < call.size(); ++i) removed += set->erase(call[i]) ? 1 : 0;
  if (removed > 0) call.changed_or_emptied(call[1], *set);
  return RedisValue::integer_of(removed);
}

std::vector<RedisValue> members(const Set& set) {
  std::vector<RedisValue> elements;
  elements.reserve(set.size());
  set.for_each([&](std::string_view member, Nothing) { elements.push_back(RedisValue::bulk(member)); });
  return elements;
}

RedisValue smembers(Call& call) {
  const Set* set = call.find<Set>(call[1]);
  return call.set(set == nullptr ? std::vector<RedisValue>() : members(*set));
}

RedisValue sismember(Call& call) {
  const Set* set = call.find<Set>(call[1]);
  return RedisValue::integer_of(set != nullptr && set->contains(call[2]) ? 1 : 0);
}

RedisValue smismember(Call& call) {
  const Set* set = call.find<Set>(call[1]);
  RedisValue reply = RedisValue::array({});
  for (std::size_t i = 2; i < call.size(); ++i) {
    reply.elements.push_back(RedisValue::integer_of(set != nullptr && set->contains(call[i]) ? 1 : 0));
  }
  return reply;
}

RedisValue scard(Call& call) {
  const Set* set = call.find<Set>(call[1]);
  return RedisValue::integer_of(set == nullptr ? 0 : static_cast<std::int64_t>(set->size()));
}

RedisValue spop(Call& call) {
  constexpr std::string_view kNotPositive = "ERR value is out of range, must be positive";
  if (call.size() > 3) fail(kSyntaxError);
  const std::int64_t count = call.size() == 3 ? call.integer(2, kNotPositive) : 1;
  if (count < 0) fail(kNotPositive);
  Set* set = call.find<Set>(call[1]);
  std::vector<RedisValue> popped;
  for (std::int64_t i = 0; set != nullptr && i < count && !set->empty(); ++i) {
    const std::string member(set->key_at(call.engine.draw(set->size())));
    set->erase(member);
    popped.push_back(RedisValue::bulk(member));
  }
  if (!popped.empty()) call.changed_or_emptied(call[1], *set);
  if (call.size() == 3) return call.set(std::move(popped));
  return popped.empty() ? RedisValue::null() : RedisValue(std::move(popped.front()));
}

RedisValue srandmember(Call& call) {
  if (call.size() > 3) fail(kSyntaxError);
  const Set* set = call.find<Set>(call[1]);
  if (call.size() == 2) {
    return set == nullptr ? RedisValue::null() : RedisValue::bulk(set->key_at(call.engine.draw(set->size())));
  }
  const std::int64_t count = call.integer(2);
  if (count < -1'000'000) fail("ERR value is out of range");
  RedisValue reply = RedisValue::array({});
  if (set == nullptr || count == 0) return reply;
  if (count < 0) {
    ReplyBound bound;
    for (std::int64_t i = 0; i < -count; ++i) {
      reply.elements.push_back(bound.add(RedisValue::bulk(set->key_at(call.engine.draw(set->size())))));
    }
    return reply;
  }
  reply.elements = members(*set);
  const auto wanted = static_cast<std::size_t>(std::min<std::int64_t>(count, static_cast<std::int64_t>(set->size())));
  for (std::size_t i = 0; i < wanted; ++i) {  // The first `wanted` steps of a Fisher-Yates shuffle.
    std::swap(reply.elements[i], reply.elements[i + call.engine.draw(reply.elements.size() - i)]);
  }
  reply.elements.resize(wanted);
  return reply;
}

RedisValue smove(Call& call) {
  Set* source = call.find<Set>(call[1]);
  if (source == nullptr) return RedisValue::integer_of(0);
  call.find<Set>(call[2]);
  if (!source->contains(call[3])) return RedisValue::integer_of(0);
  if (call[1] == call[2]) return RedisValue::integer_of(1);
  call.find_or_make<Set>(call[2]).insert(call[3]);
  source->erase(call[3]);
  call.changed_or_emptied(call[1], *source);
  call.changed(call[2]);
  return RedisValue::integer_of(1);
}

enum class Operation : std::uint8_t { Intersection, Union, Difference };

Set combine(const Call& call, Operation operation, std::size_t first, std::size_t last) {
  std::vector<const Set*> sets;
  for (std::size_t i = first; i < last; ++i) sets.push_back(call.find<Set>(call[i]));
  Set result;
  const auto add = [&](std::string_view member, Nothing) { result.insert(member); };
  if (operation == Operation::Union) {
    for (const Set* set : sets) {
      if (set != nullptr) set->for_each(add);
    }
    return result;
  }
  if (sets.front() == nullptr) return result;
  const bool wanted = operation == Operation::Intersection;
  sets.front()->for_each([&](std::string_view member, Nothing) {
    const bool fits = std::all_of(sets.begin() + 1, sets.end(), [&](const Set* other) {
      return (other != nullptr && other->contains(member)) == wanted;
    });
    if (fits) result.insert(member);
  });
  return result;
}

template <Operation operation>
RedisValue combined(Call& call) {
  return call.set(members(combine(call, operation, 1, call.size())));
}

template <Operation operation>
RedisValue combined_store(Call& call) {
  Set result = combine(call, operation, 2, call.size());
  const auto size = static_cast<std::int64_t>(result.size());
  if (result.empty()) {
    call.erase(call[1]);
  } else {
    call.put(call[1], Object{std::move(result)});
  }
  return RedisValue::integer_of(size);
}

RedisValue sintercard(Call& call) {
  const std::int64_t keys = call.integer(1, "ERR numkeys should be greater than 0");
  if (keys < 1) fail("ERR numkeys should be greater than 0");
  if (static_cast<std::uint64_t>(keys) > call.size() - 2)
    fail("ERR Number of keys can't be greater than number of args");
  const std::size_t end = 2 + static_cast<std::size_t>(keys);
  std::int64_t limit = 0;
  for (std::size_t i = end; i < call.size(); i += 2) {
    if (!call.is(i, "limit") || i + 1 == call.size()) fail(kSyntaxError);
    limit = call.integer(i + 1, "ERR LIMIT can't be negative");
    if (limit < 0) fail("ERR LIMIT can't be negative");
  }
  const auto size = static_cast<std::int64_t>(combine(call, Operation::Intersection, 2, end).size());
  return RedisValue::integer_of(limit == 0 ? size : std::min(limit, size));
}

RedisValue sscan(Call& call) {
  ScanOptions options = read_scan_options(call, 2);
  const Set* set = call.find<Set>(call[1]);
  if (set == nullptr) return scan_reply(0, {});
  std::vector<RedisValue> elements;
  const std::uint64_t cursor = set->scan(options.cursor, options.count, [&](std::string_view member, Nothing) {
    if (options.matches(member)) elements.push_back(RedisValue::bulk(member));
  });
  return scan_reply(cursor, std::move(elements));
}

constexpr CommandSpec kCommands[] = {
    {"sadd", -3, kWrite | kDenyOom, sadd},
    {"scard", 2, kRead, scard},
    {"sdiff", -2, kRead, combined<Operation::Difference>},
    {"sdiffstore", -3, kWrite | kDenyOom, combined_store<Operation::Difference>},
    {"sinter", -2, kRead, combined<Operation::Intersection>},
    {"sintercard", -3, kRead, sintercard},
    {"sinterstore", -3, kWrite | kDenyOom, combined_store<Operation::Intersection>},
    {"sismember", 3, kRead, sismember},
    {"smembers", 2, kRead, smembers},
    {"smismember", -3, kRead, smismember},
    {"smove", 4, kWrite, smove},
    {"spop", -2, kWrite, spop},
    {"srandmember", -2, kRead, srandmember},
    {"srem", -3, kWrite, srem},
    {"sscan", -3, kRead, sscan},
    {"sunion", -2, kRead, combined<Operation::Union>},
    {"sunionstore", -3, kWrite | kDenyOom, combined_store<Operation::Union>},
};

}  // namespace

CommandFamily set_commands() {
  return kCommands;
}

}  // namespace fakes::redis
