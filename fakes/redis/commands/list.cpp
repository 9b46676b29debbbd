// Lists.
#include "fakes/redis/commands/list.h"

#include <algorithm>

#include "fakes/redis/commands/scan.h"
#include "fakes/redis/engine.h"

namespace fakes::redis {

using core::RedisValue;

End read_end(const Call& call, std::size_t index) {
  if (call.is(index, "left")) return End::Left;
  if (call.is(index, "right")) return End::Right;
  fail(kSyntaxError);
}

std::string pop(List& list, End end) {
  std::string value = std::move(end == End::Left ? list.front() : list.back());
  if (end == End::Left) {
    list.pop_front();
  } else {
    list.pop_back();
  }
  return value;
}

void push(List& list, End end, std::string value) {
  if (end == End::Left) {
    list.push_front(std::move(value));
  } else {
    list.push_back(std::move(value));
  }
}

RedisValue move_element(Call& call, const std::string& from, End from_end, const std::string& to, End to_end) {
  List* source = call.find<List>(from);
  if (source == nullptr) return RedisValue::null();
  call.find<List>(to);
  std::string value = pop(*source, from_end);
  RedisValue reply = RedisValue::bulk(value);
  push(from == to ? *source : call.find_or_make<List>(to), to_end, std::move(value));
  call.changed(to);
  if (from != to) call.changed_or_emptied(from, *source);
  return reply;
}

PopMany read_pop_many(const Call& call, std::size_t index) {
  PopMany request;
  constexpr std::string_view kBadCount = "ERR numkeys should be greater than 0";
  const std::int64_t keys = call.integer(index, kBadCount);
  if (keys < 1) fail(kBadCount);
  if (static_cast<std::uint64_t>(keys) >= call.size() - index - 1) fail(kSyntaxError);
  const std::size_t where = index + 1 + static_cast<std::size_t>(keys);
  request.keys.assign(call.arguments.begin() + static_cast<std::ptrdiff_t>(index) + 1,
                      call.arguments.begin() + static_cast<std::ptrdiff_t>(where));
  request.end = read_end(call, where);
  if (call.size() == where + 1) return request;
  if (call.size() != where + 3 || !call.is(where + 1, "count")) fail(kSyntaxError);
  constexpr std::string_view kBadPopCount = "ERR count should be greater than 0";
  const std::int64_t count = call.integer(where + 2, kBadPopCount);
  if (count < 1) fail(kBadPopCount);
  request.count = static_cast<std::size_t>(count);
  return request;
}

RedisValue pop_many(Call& call, const PopMany& request) {
  for (const std::string& key : request.keys) {
    List* list = call.find<List>(key);
    if (list == nullptr) continue;
    RedisValue popped = RedisValue::array({});
    for (std::size_t i = 0; i < request.count && !list->empty(); ++i) {
      popped.elements.push_back(RedisValue::bulk(pop(*list, request.end)));
    }
    call.changed_or_emptied(key, *list);
    return RedisValue::array({RedisValue::bulk(key), std::move(popped)});
  }
  return call.null_array();
}

namespace {

RedisValue push_all(Call& call, End end, bool only_if_present) {
  List* list = call.find<List>(call[1]);
  if (list == nullptr && only_if_present) return RedisValue::integer_of(0);
  if (list == nullptr) list = &call.find_or_make<List>(call[1]);
  for (std::size_t i = 2; i < call.size(); ++i) push(*list, end, call[i]);
  call.changed(call[1]);
  return RedisValue::integer_of(static_cast<std::int64_t>(list->size()));
}
RedisValue lpush(Call& call) {
  return push_all(call, End::Left, false);
}
RedisValue rpush(Call& call) {
  return push_all(call, End::Right, false);
}
RedisValue lpushx(Call& call) {
  return push_all(call, End::Left, true);
}
RedisValue rpushx(Call& call) {
  return push_all(call, End::Right, true);
}

RedisValue pop_from(Call& call, End end) {
  if (call.size() > 3)
    fail(std::string("ERR wrong number of arguments for '") + (end == End::Left ? "lpop" : "rpop") + "' command");
  constexpr std::string_view kNotPositive = "ERR value is out of range, must be positive";
  std::int64_t count = 1;
  if (call.size() == 3) count = call.integer(2, kNotPositive);
  if (count < 0) fail(kNotPositive);
  List* list = call.find<List>(call[1]);
  if (list == nullptr) return call.size() == 3 ? call.null_array() : RedisValue::null();
  RedisValue popped = RedisValue::array({});
  for (; count > 0 && !list->empty(); --count) popped.elements.push_back(RedisValue::bulk(pop(*list, end)));
  if (!popped.elements.empty()) call.changed_or_emptied(call[1], *list);
  return call.size() == 3 ? std::move(popped) : RedisValue(std::move(popped.elements.front()));
}
RedisValue lpop(Call& call) {
  return pop_from(call, End::Left);
}
RedisValue rpop(Call& call) {
  return pop_from(call, End::Right);
}

RedisValue llen(Call& call) {
  const List* list = call.find<List>(call[1]);
  return RedisValue::integer_of(list == nullptr ? 0 : static_cast<std::int64_t>(list->size()));
}

RedisValue lrange(Call& call) {
  const std::int64_t first = call.integer(2), last = call.integer(3);
  const List* list = call.find<List>(call[1]);
  RedisValue reply = RedisValue::array({});
  if (list == nullptr) return reply;
  const IndexRange range = index_range(first, last, list->size());
  if (!range.empty()) reply.elements.reserve(range.last - range.first);
  for (std::size_t i = range.first; i < range.last; ++i) reply.elements.push_back(RedisValue::bulk((*list)[i]));
  return reply;
}

std::string* element_at(List& list, std::int64_t index) {
  if (index < 0) index += static_cast<std::int64_t>(list.size());
  if (index < 0 || index >= static_cast<std::int64_t>(list.size())) return nullptr;
  return &list[static_cast<std::size_t>(index)];
}

RedisValue lindex(Call& call) {
  List* list = call.find<List>(call[1]);
  if (list == nullptr) return RedisValue::null();
  const std::string* element = element_at(*list, call.integer(2));
  return element == nullptr ? RedisValue::null() : RedisValue::bulk(*element);
}

RedisValue lset(Call& call) {
  List* list = call.find<List>(call[1]);
  if (list == nullptr) fail(kNoSuchKey);
  std::string* element = element_at(*list, call.integer(2));
  if (element == nullptr) fail("ERR index out of range");
  *element = call[3];
  call.changed(call[1]);
  return RedisValue::status("OK");
}

RedisValue lrem(Call& call) {
  const std::int64_t count = call.integer(2);
  List* list = call.find<List>(call[1]);
  if (list == nullptr) return RedisValue::integer_of(0);
  auto left = count == 0 ? list->size() : static_cast<std::size_t>(count < 0 ? -(count + 1) : count - 1) + 1;
  const std::size_t before = list->size();
  const auto matches = [&](const std::string& element) {
    if (left == 0 || element != call[3]) return false;
    --left;
    return true;
  };
  if (count >= 0) {
    list->erase(std::remove_if(list->begin(), list->end(), matches), list->end());
  } else {
    list->erase(list->begin(), std::remove_if(list->rbegin(), list->rend(), matches).base());
  }
  const std::size_t removed = before - list->size();
  if (removed > 0) call.changed_or_emptied(call[1], *list);
  return RedisValue::integer_of(static_cast<std::int64_t>(removed));
}

RedisValue ltrim(Call& call) {
  const std::int64_t first = call.integer(2), last = call.integer(3);
  List* list = call.find<List>(call[1]);
  if (list == nullptr) return RedisValue::status("OK");
  const IndexRange range = index_range(first, last, list->size());
  if (range.empty()) {
    list->clear();
  } else {
    list->erase(list->begin() + static_cast<std::ptrdiff_t>(range.last), list->end());
    list->erase(list->begin(), list->begin() + static_cast<std::ptrdiff_t>(range.first));
  }
  call.changed_or_emptied(call[1], *list);
  return RedisValue::status("OK");
}

RedisValue linsert(Call& call) {
  const bool is_after = call.is(2, "after");
  if (!is_after && !call.is(2, "before")) fail(kSyntaxError);
  List* list = call.find<List>(call[1]);
  if (list == nullptr) return RedisValue::integer_of(0);
  const auto pivot = std::find(list->begin(), list->end(), call[3]);
  if (pivot == list->end()) return RedisValue::integer_of(-1);
  list->insert(is_after ? pivot + 1 : pivot, call[4]);
  call.changed(call[1]);
  return RedisValue::integer_of(static_cast<std::int64_t>(list->size()));
}

RedisValue lmove(Call& call) {
  const End from = read_end(call, 3), to = read_end(call, 4);
  return move_element(call, call[1], from, call[2], to);
}
RedisValue rpoplpush(Call& call) {
  return move_element(call, call[1], End::Right, call[2], End::Left);
}
RedisValue lmpop(Call& call) {
  return pop_many(call, read_pop_many(call, 1));
}

struct PositionOptions {
  std::int64_t rank = 1;
  std::optional<std::int64_t> count;
  std::int64_t limit = 0;
};

PositionOptions read_position_options(const Call& call) {
  PositionOptions options;
  for (std::size_t i = 3; i < call.size(); i += 2) {
    if (i + 1 == call.size()) fail(kSyntaxError);
    if (call.is(i, "rank")) {
      options.rank = call.integer(i + 1);
      if (options.rank == 0) {
        fail(
            "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to "
            "start "
            "from the end of the list");
      }
      if (options.rank == INT64_MIN) fail("ERR value is out of range");
    } else if (call.is(i, "count")) {
      options.count = call.integer(i + 1, "ERR COUNT can't be negative");
      if (*options.count < 0) fail("ERR COUNT can't be negative");
    } else if (call.is(i, "maxlen")) {
      options.limit = call.integer(i + 1, "ERR MAXLEN can't be negative");
      if (options.limit < 0) fail("ERR MAXLEN can't be negative");
    } else {
      fail(kSyntaxError);
    }
  }
  return options;
}

RedisValue lpos(Call& call) {
  const PositionOptions options = read_position_options(call);
  const List* list = call.find<List>(call[1]);
  RedisValue found = RedisValue::array({});
  const auto size = static_cast<std::int64_t>(list == nullptr ? 0 : list->size());
  const std::int64_t wanted = !options.count ? 1 : *options.count == 0 ? size : *options.count;
  const std::int64_t steps = options.limit == 0 ? size : std::min(options.limit, size);
  std::int64_t to_skip = (options.rank > 0 ? options.rank : -options.rank) - 1;
  for (std::int64_t i = 0; i < steps && static_cast<std::int64_t>(found.elements.size()) < wanted; ++i) {
    const std::int64_t index = options.rank > 0 ? i : size - 1 - i;
    if ((*list)[static_cast<std::size_t>(index)] != call[2] || to_skip-- > 0) continue;
    found.elements.push_back(RedisValue::integer_of(index));
  }
  if (options.count) return found;
  return found.elements.empty() ? RedisValue::null() : RedisValue(std::move(found.elements.front()));
}

constexpr CommandSpec kCommands[] = {
    {"lindex", 3, kRead, lindex},
    {"linsert", 5, kWrite | kDenyOom, linsert},
    {"llen", 2, kRead, llen},
    {"lmove", 5, kWrite | kDenyOom, lmove},
    {"lmpop", -4, kWrite, lmpop},
    {"lpop", -2, kWrite, lpop},
    {"lpos", -3, kRead, lpos},
    {"lpush", -3, kWrite | kDenyOom, lpush},
    {"lpushx", -3, kWrite | kDenyOom, lpushx},
    {"lrange", 4, kRead, lrange},
    {"lrem", 4, kWrite, lrem},
    {"lset", 4, kWrite | kDenyOom, lset},
    {"ltrim", 4, kWrite, ltrim},
    {"rpop", -2, kWrite, rpop},
    {"rpoplpush", 3, kWrite | kDenyOom, rpoplpush},
    {"rpush", -3, kWrite | kDenyOom, rpush},
    {"rpushx", -3, kWrite | kDenyOom, rpushx},
};

}  // namespace

CommandFamily list_commands() {
  return kCommands;
}

}  // namespace fakes::redis
