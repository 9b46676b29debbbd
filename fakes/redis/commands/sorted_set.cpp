// Sorted sets: members, scores, and taking from the ends.
#include "fakes/redis/commands/sorted_set.h"

#include <algorithm>
#include <limits>

#include "fakes/redis/engine.h"
#include "fakes/redis/text.h"

namespace fakes::redis {

using core::RedisValue;

PopManyScores read_pop_many_scores(const Call& call, std::size_t index) {
  PopManyScores request;
  constexpr std::string_view kBadKeys = "ERR numkeys should be greater than 0";
  const std::int64_t keys = call.integer(index, kBadKeys);
  if (keys < 1) fail(kBadKeys);
  if (static_cast<std::uint64_t>(keys) >= call.size() - index - 1) fail(kSyntaxError);
  const std::size_t where = index + 1 + static_cast<std::size_t>(keys);
  request.keys.assign(call.arguments.begin() + static_cast<std::ptrdiff_t>(index) + 1,
                      call.arguments.begin() + static_cast<std::ptrdiff_t>(where));
  request.highest = call.is(where, "max");
  if (!request.highest && !call.is(where, "min")) fail(kSyntaxError);
  if (call.size() == where + 1) return request;
  if (call.size() != where + 3 || !call.is(where + 1, "count")) fail(kSyntaxError);
  constexpr std::string_view kBadCount = "ERR count should be greater than 0";
  const std::int64_t count = call.integer(where + 2, kBadCount);
  if (count < 1) fail(kBadCount);
  request.count = static_cast<std::size_t>(count);
  return request;
}

RedisValue pop_many_scores(Call& call, const PopManyScores& request) {
  for (const std::string& key : request.keys) {
    SortedSet* set = call.find<SortedSet>(key);
    if (set == nullptr) continue;
    RedisValue popped = RedisValue::array({});
    for (std::size_t i = 0; i < request.count && !set->empty(); ++i) {
      const std::size_t rank = request.highest ? set->size() - 1 : 0;
      const SortedSet::Item item = set->at(rank);
      popped.elements.push_back(RedisValue::array({RedisValue::bulk(*item.member), call.number_reply(item.score)}));
      set->erase_ranks(rank, rank + 1);
    }
    call.changed_or_emptied(key, *set);
    return RedisValue::array({RedisValue::bulk(key), std::move(popped)});
  }
  return call.null_array();
}

namespace {

struct AddOptions {
  bool only_new = false, only_present = false, only_greater = false, only_less = false;
  bool counts_changes = false, increments = false;
};

/// Reads the options and leaves `index` at the first score.
AddOptions read_add_options(const Call& call, std::size_t& index) {
  AddOptions options;
  for (; index < call.size(); ++index) {
    if (call.is(index, "nx")) {
      options.only_new = true;
    } else if (call.is(index, "xx")) {
      options.only_present = true;
    } else if (call.is(index, "gt")) {
      options.only_greater = true;
    } else if (call.is(index, "lt")) {
      options.only_less = true;
    } else if (call.is(index, "ch")) {
      options.counts_changes = true;
    } else if (call.is(index, "incr")) {
      options.increments = true;
    } else {
      break;
    }
  }
  return options;
}

void check_add_options(const Call& call, const AddOptions& options, std::size_t index) {
  const std::size_t rest = call.size() - index;
  if (rest == 0 || rest % 2 != 0) fail(kSyntaxError);
  if (options.only_new && options.only_present) fail("ERR XX and NX options at the same time are not compatible");
  if ((options.only_greater && (options.only_less || options.only_new)) || (options.only_less && options.only_new)) {
    fail("ERR GT, LT, and/or NX options at the same time are not compatible");
  }
  if (options.increments && rest > 2) fail("ERR INCR option supports a single increment-element pair");
}

struct Added {
  std::int64_t added = 0, changed = 0;
  bool is_set = false;  ///< False when an option forbade the last one.
  double score = 0;
};

void add_one(SortedSet& set, const AddOptions& options, double score, const std::string& member, Added& result) {
  result.is_set = false;
  const double* old = set.score(member);
  if (old == nullptr) {
    if (options.only_present) return;
    set.put(member, score);
    ++result.added;
    result.score = score;
    result.is_set = true;
    return;
  }
  if (options.only_new) return;
  if (options.increments) score += *old;
  if (score != score) fail("ERR resulting score is not a number (NaN)");
  if ((options.only_greater && score <= *old) || (options.only_less && score >= *old)) return;
  if (score != *old) {
    set.put(member, score);
    ++result.changed;
  }
  result.score = score;
  result.is_set = true;
}

RedisValue add(Call& call, AddOptions options, std::size_t index) {
  check_add_options(call, options, index);
  for (std::size_t i = index; i < call.size(); i += 2) call.number(i);
  SortedSet* set = call.find<SortedSet>(call[1]);
  if (set == nullptr) {
    if (options.only_present) return options.increments ? RedisValue::null() : RedisValue::integer_of(0);
    set = &call.find_or_make<SortedSet>(call[1]);
  }
  Added result;
  for (std::size_t i = index; i < call.size(); i += 2) add_one(*set, options, call.number(i), call[i + 1], result);
  if (result.added + result.changed > 0) call.changed(call[1]);
  if (options.increments) return result.is_set ? call.number_reply(result.score) : RedisValue::null();
  return RedisValue::integer_of(result.added + (options.counts_changes ? result.changed : 0));
}

RedisValue zadd(Call& call) {
  std::size_t index = 2;
  const AddOptions options = read_add_options(call, index);
  return add(call, options, index);
}

RedisValue zincrby(Call& call) {
  AddOptions options;
  options.increments = true;
  return add(call, options, 2);
}

RedisValue zrem(Call& call) {
  SortedSet* set = call.find<SortedSet>(call[1]);
  if (set == nullptr) return RedisValue::integer_of(0);
  std::int64_t removed = 0;
  for (std::size_t i = 2; i < call.size(); ++i) removed += set->erase(call[i]) ? 1 : 0;
  if (removed > 0) call.changed_or_emptied(call[1], *set);
  return RedisValue::integer_of(removed);
}

RedisValue score_or_null(const Call& call, const SortedSet* set, const std::string& member) {
  const double* score = set == nullptr ? nullptr : set->score(member);
  return score == nullptr ? RedisValue::null() : call.number_reply(*score);
}

RedisValue zscore(Call& call) {
  return score_or_null(call, call.find<SortedSet>(call[1]), call[2]);
}

RedisValue zmscore(Call& call) {
  const SortedSet* set = call.find<SortedSet>(call[1]);
  RedisValue reply = RedisValue::array({});
  for (std::size_t i = 2; i < call.size(); ++i) reply.elements.push_back(score_or_null(call, set, call[i]));
  return reply;
}

RedisValue zcard(Call& call) {
  const SortedSet* set = call.find<SortedSet>(call[1]);
  return RedisValue::integer_of(set == nullptr ? 0 : static_cast<std::int64_t>(set->size()));
}

RedisValue rank_of(Call& call, bool reverse) {
  const SortedSet* set = call.find<SortedSet>(call[1]);
  const double* score = set == nullptr ? nullptr : set->score(call[2]);
  if (score == nullptr) return RedisValue::null();
  const std::size_t rank = set->rank(*score, call[2]);
  return RedisValue::integer_of(static_cast<std::int64_t>(reverse ? set->size() - 1 - rank : rank));
}
RedisValue zrank(Call& call) {
  return rank_of(call, false);
}
RedisValue zrevrank(Call& call) {
  return rank_of(call, true);
}

RedisValue pop(Call& call, bool highest) {
  if (call.size() > 3) fail(kSyntaxError);
  constexpr std::string_view kNotPositive = "ERR value is out of range, must be positive";
  const std::int64_t count = call.size() == 3 ? call.integer(2, kNotPositive) : 1;
  if (count < 0) fail(kNotPositive);
  SortedSet* set = call.find<SortedSet>(call[1]);
  RedisValue reply = RedisValue::array({});
  if (set == nullptr || count == 0) return reply;
  for (std::int64_t i = 0; i < count && !set->empty(); ++i) {
    const std::size_t rank = highest ? set->size() - 1 : 0;
    const SortedSet::Item item = set->at(rank);
    RedisValue member = RedisValue::bulk(*item.member);
    if (call.protocol == 3 && call.size() == 3) {
      reply.elements.push_back(RedisValue::array({std::move(member), call.number_reply(item.score)}));
    } else {
      reply.elements.push_back(std::move(member));
      reply.elements.push_back(call.number_reply(item.score));
    }
    set->erase_ranks(rank, rank + 1);
  }
  call.changed_or_emptied(call[1], *set);
  return reply;
}
RedisValue zpopmin(Call& call) {
  return pop(call, false);
}
RedisValue zpopmax(Call& call) {
  return pop(call, true);
}

RedisValue zmpop(Call& call) {
  return pop_many_scores(call, read_pop_many_scores(call, 1));
}

RedisValue zscan(Call& call) {
  ScanOptions options = read_scan_options(call, 2);
  const SortedSet* set = call.find<SortedSet>(call[1]);
  if (set == nullptr) return scan_reply(0, {});
  std::vector<RedisValue> elements;
  const auto add_item = [&](std::string_view member, double score) {
    if (!options.matches(member)) return;
    elements.push_back(RedisValue::bulk(member));
    elements.push_back(RedisValue::bulk(format_double(score)));
  };
  if (set->size() <= Hash::kSmallSize) {
    set->for_ranks(0, set->size(), false, [&](const SortedSet::Item& item) { add_item(*item.member, item.score); });
    return scan_reply(0, std::move(elements));
  }
  const std::uint64_t cursor = set->scan(options.cursor, options.count, add_item);
  return scan_reply(cursor, std::move(elements));
}

constexpr CommandSpec kCommands[] = {
    {"zadd", -4, kWrite | kDenyOom, zadd}, {"zcard", 2, kRead, zcard},      {"zincrby", 4, kWrite | kDenyOom, zincrby},
    {"zmpop", -4, kWrite, zmpop},          {"zmscore", -3, kRead, zmscore}, {"zpopmax", -2, kWrite, zpopmax},
    {"zpopmin", -2, kWrite, zpopmin},      {"zrank", 3, kRead, zrank},      {"zrem", -3, kWrite, zrem},
    {"zrevrank", 3, kRead, zrevrank},      {"zscan", -3, kRead, zscan},     {"zscore", 3, kRead, zscore},
};

}  // namespace

CommandFamily sorted_set_commands() {
  return kCommands;
}

}  // namespace fakes::redis
