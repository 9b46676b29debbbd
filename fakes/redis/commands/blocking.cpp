// Commands that wait for a list or a sorted set to have elements. Each is its ordinary form, and waiting when that
// finds nothing; the engine calls the handler again when one of the keys appears.
#include <cmath>

#include "fakes/redis/command.h"
#include "fakes/redis/commands/list.h"
#include "fakes/redis/commands/sorted_set.h"
#include "fakes/redis/engine.h"

namespace fakes::redis {

using core::RedisValue;

namespace {

/// Seconds with decimals, rounded up to the millisecond; 0 is forever.
std::optional<core::Duration> read_timeout(const Call& call, std::size_t index) {
  const double seconds = call.number(index, "ERR timeout is not a float or out of range");
  if (seconds < 0) fail("ERR timeout is negative");
  if (seconds == 0) return std::nullopt;
  const double milliseconds = seconds * 1000;
  if (milliseconds > 9e18) fail("ERR timeout is out of range");
  if (milliseconds > 9e12) return std::nullopt;  // Longer than a time can hold: centuries.
  const auto whole = static_cast<std::int64_t>(milliseconds);
  const bool rounds_up = static_cast<double>(whole) < milliseconds;
  return std::chrono::milliseconds(whole + (rounds_up ? 1 : 0));
}

std::vector<std::string> keys_between(const Call& call, std::size_t first, std::size_t last) {
  return {call.arguments.begin() + static_cast<std::ptrdiff_t>(first),
          call.arguments.begin() + static_cast<std::ptrdiff_t>(last)};
}

RedisValue pop_list(Call& call, End end) {
  const auto timeout = read_timeout(call, call.size() - 1);
  for (std::size_t i = 1; i + 1 < call.size(); ++i) {
    List* list = call.find<List>(call[i]);
    if (list == nullptr) continue;
    std::string value = pop(*list, end);
    call.changed_or_emptied(call[i], *list);
    return RedisValue::array({RedisValue::bulk(call[i]), RedisValue::bulk(value)});
  }
  return call.wait_for(keys_between(call, 1, call.size() - 1), timeout, call.null_array());
}
RedisValue blpop(Call& call) {
  return pop_list(call, End::Left);
}
RedisValue brpop(Call& call) {
  return pop_list(call, End::Right);
}

RedisValue move_or_wait(Call& call, End from, End to, std::size_t timeout_index) {
  const auto timeout = read_timeout(call, timeout_index);
  RedisValue reply = move_element(call, call[1], from, call[2], to);
  if (!reply.is_null()) return reply;
  return call.wait_for({call[1]}, timeout, RedisValue::null());
}
RedisValue blmove(Call& call) {
  const End from = read_end(call, 3), to = read_end(call, 4);
  return move_or_wait(call, from, to, 5);
}
RedisValue brpoplpush(Call& call) {
  return move_or_wait(call, End::Right, End::Left, 3);
}

RedisValue blmpop(Call& call) {
  const auto timeout = read_timeout(call, 1);
  const PopMany request = read_pop_many(call, 2);
  RedisValue reply = pop_many(call, request);
  if (!reply.is_null()) return reply;
  return call.wait_for(request.keys, timeout, call.null_array());
}

RedisValue pop_sorted_set(Call& call, bool highest) {
  const auto timeout = read_timeout(call, call.size() - 1);
  for (std::size_t i = 1; i + 1 < call.size(); ++i) {
    SortedSet* set = call.find<SortedSet>(call[i]);
    if (set == nullptr) continue;
    const std::size_t rank = highest ? set->size() - 1 : 0;
    const SortedSet::Item item = set->at(rank);
    RedisValue reply =
        RedisValue::array({RedisValue::bulk(call[i]), RedisValue::bulk(*item.member), call.number_reply(item.score)});
    set->erase_ranks(rank, rank + 1);
    call.changed_or_emptied(call[i], *set);
    return reply;
  }
  return call.wait_for(keys_between(call, 1, call.size() - 1), timeout, call.null_array());
}
RedisValue bzpopmin(Call& call) {
  return pop_sorted_set(call, false);
}
RedisValue bzpopmax(Call& call) {
  return pop_sorted_set(call, true);
}

RedisValue bzmpop(Call& call) {
  const auto timeout = read_timeout(call, 1);
  const PopManyScores request = read_pop_many_scores(call, 2);
  RedisValue reply = pop_many_scores(call, request);
  if (!reply.is_null()) return reply;
  return call.wait_for(request.keys, timeout, call.null_array());
}

constexpr CommandSpec kCommands[] = {
    {"blmove", 6, kWrite | kDenyOom | kBlocking, blmove},
    {"blmpop", -5, kWrite | kBlocking, blmpop},
    {"blpop", -3, kWrite | kBlocking, blpop},
    {"brpop", -3, kWrite | kBlocking, brpop},
    {"brpoplpush", 4, kWrite | kDenyOom | kBlocking, brpoplpush},
    {"bzmpop", -5, kWrite | kBlocking, bzmpop},
    {"bzpopmax", -3, kWrite | kBlocking, bzpopmax},
    {"bzpopmin", -3, kWrite | kBlocking, bzpopmin},
};

}  // namespace

CommandFamily blocking_commands() {
  return kCommands;
}

}  // namespace fakes::redis
