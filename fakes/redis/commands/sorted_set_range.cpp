// Sorted sets by range: of ranks, of scores and of members; and the commands that store, count, remove or combine them.
#include <algorithm>
#include <limits>

#include "fakes/redis/commands/sorted_set.h"
#include "fakes/redis/engine.h"
#include "fakes/redis/text.h"

namespace fakes::redis {

using core::RedisValue;

namespace {

struct ScoreBound {
  double score;
  bool is_exclusive;
};

ScoreBound read_score_bound(const std::string& text) {
  const bool is_exclusive = text.starts_with('(');
  const auto score = parse_double(is_exclusive ? text.substr(1) : text);
  if (!score) fail("ERR min or max is not a float");
  return {*score, is_exclusive};
}

void check_member_bound(const std::string& text) {
  const bool is_end = text == "-" || text == "+";
  if (!is_end && !text.starts_with('(') && !text.starts_with('[')) fail("ERR min or max not valid string range item");
}

/// How many members are left out below this bound, when it is the lower one.
std::size_t below_member(const SortedSet& set, const std::string& bound, bool is_upper) {
  if (bound == "-") return 0;
  if (bound == "+") return set.size();
  const bool is_exclusive = bound.front() == '(';
  return set.count_below(std::string_view(bound).substr(1), is_upper != is_exclusive);
}

}  // namespace

void check_score_bounds(const std::string& low, const std::string& high) {
  read_score_bound(low);
  read_score_bound(high);
}

void check_member_bounds(const std::string& low, const std::string& high) {
  check_member_bound(low);
  check_member_bound(high);
}

IndexRange ranks_by_score(const SortedSet& set, const std::string& low, const std::string& high) {
  const ScoreBound lower = read_score_bound(low), upper = read_score_bound(high);
  return {set.count_below(lower.score, lower.is_exclusive), set.count_below(upper.score, !upper.is_exclusive)};
}

IndexRange ranks_by_member(const SortedSet& set, const std::string& low, const std::string& high) {
  check_member_bounds(low, high);
  return {below_member(set, low, false), below_member(set, high, true)};
}

namespace {

enum class By : std::uint8_t { Rank, Score, Member };

struct RangeRequest {
  By by = By::Rank;
  bool is_reversed = false;
  bool with_scores = false;
  std::int64_t offset = 0, limit = -1;
};

/// Reads what follows the two bounds. `is_full` allows ZRANGE's own words.
void read_range_options(const Call& call, std::size_t index, bool is_full, RangeRequest& request) {
  bool has_limit = false;
  for (; index < call.size(); ++index) {
    if (call.is(index, "withscores")) {
      request.with_scores = true;
    } else if (call.is(index, "limit") && index + 2 < call.size()) {
      request.offset = call.integer(index + 1);
      request.limit = call.integer(index + 2);
      has_limit = true;
      index += 2;
    } else if (is_full && request.by == By::Rank && call.is(index, "byscore")) {
      request.by = By::Score;
    } else if (is_full && request.by == By::Rank && call.is(index, "bylex")) {
      request.by = By::Member;
    } else if (is_full && !request.is_reversed && call.is(index, "rev")) {
      request.is_reversed = true;
    } else {
      fail(kSyntaxError);
    }
  }
  if (has_limit && request.by == By::Rank) {
    fail("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
  }
  if (request.with_scores && request.by == By::Member) {
    fail("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
  }
}

/// As Redis looks at them, before it looks for the key.
void check_bounds(const Call& call, std::size_t index, By by) {
  if (by == By::Score) return check_score_bounds(call[index], call[index + 1]);
  if (by == By::Member) return check_member_bounds(call[index], call[index + 1]);
  call.integer(index);
  call.integer(index + 1);
}

/// The ranks that the bounds at `index` and `index + 1` mean, LIMIT applied.
IndexRange resolve(const Call& call, const SortedSet* set, std::size_t index, const RangeRequest& request) {
  static const SortedSet kEmpty;
  if (set == nullptr) set = &kEmpty;
  const std::string& low = call[index + (request.is_reversed ? 1 : 0)];
  const std::string& high = call[index + (request.is_reversed ? 0 : 1)];
  IndexRange range;
  if (request.by == By::Rank) {
    range = index_range(call.integer(index), call.integer(index + 1), set->size());
    if (range.empty()) return {};
    if (request.is_reversed) range = {set->size() - range.last, set->size() - range.first};
    return range;
  }
  range = request.by == By::Score ? ranks_by_score(*set, low, high) : ranks_by_member(*set, low, high);
  if (range.empty() || request.offset < 0) return {};
  const std::size_t size = range.last - range.first;
  const std::size_t offset = std::min(static_cast<std::size_t>(request.offset), size);
  std::size_t count = size - offset;
  if (request.limit >= 0) count = std::min(count, static_cast<std::size_t>(request.limit));
  if (request.is_reversed) return {range.last - offset - count, range.last - offset};
  return {range.first + offset, range.first + offset + count};
}

RedisValue range_reply(Call& call, const RangeRequest& request) {
  check_bounds(call, 2, request.by);
  const SortedSet* set = call.find<SortedSet>(call[1]);
  const IndexRange range = resolve(call, set, 2, request);
  RedisValue reply = RedisValue::array({});
  if (range.empty()) return reply;
  reply.elements.reserve((range.last - range.first) * (request.with_scores ? 2 : 1));
  set->for_ranks(range.first, range.last, request.is_reversed, [&](const SortedSet::Item& item) {
    if (!request.with_scores) {
      reply.elements.push_back(RedisValue::bulk(*item.member));
    } else if (call.protocol == 3) {
      reply.elements.push_back(RedisValue::array({RedisValue::bulk(*item.member), call.number_reply(item.score)}));
    } else {
      reply.elements.push_back(RedisValue::bulk(*item.member));
      reply.elements.push_back(call.number_reply(item.score));
    }
  });
  return reply;
}

RedisValue zrange(Call& call) {
  RangeRequest request;
  read_range_options(call, 4, true, request);
  return range_reply(call, request);
}

template <By by, bool reversed>
RedisValue range_of(Call& call) {
  RangeRequest request;
  request.by = by;
  request.is_reversed = reversed;
  read_range_options(call, 4, false, request);
  return range_reply(call, request);
}

/// The result of a store: its size, or nothing left of the old key.
RedisValue store(Call& call, const std::string& key, SortedSet result) {
  const auto size = static_cast<std::int64_t>(result.size());
  if (result.empty()) {
    call.erase(key);
  } else {
    call.put(key, Object{std::move(result)});
  }
  return RedisValue::integer_of(size);
}

RedisValue zrangestore(Call& call) {
  RangeRequest request;
  read_range_options(call, 5, true, request);
  if (request.with_scores) fail(kSyntaxError);
  check_bounds(call, 3, request.by);
  const SortedSet* set = call.find<SortedSet>(call[2]);
  const IndexRange range = resolve(call, set, 3, request);
  SortedSet result;
  if (!range.empty()) {
    set->for_ranks(range.first, range.last, false,
                   [&](const SortedSet::Item& item) { result.put(*item.member, item.score); });
  }
  return store(call, call[1], std::move(result));
}

template <By by>
IndexRange range_at_2(const Call& call, const SortedSet* set) {
  RangeRequest request;
  request.by = by;
  return resolve(call, set, 2, request);
}

template <By by>
RedisValue count(Call& call) {
  check_bounds(call, 2, by);
  const IndexRange range = range_at_2<by>(call, call.find<SortedSet>(call[1]));
  return RedisValue::integer_of(range.empty() ? 0 : static_cast<std::int64_t>(range.last - range.first));
}

template <By by>
RedisValue remove_range(Call& call) {
  check_bounds(call, 2, by);
  SortedSet* set = call.find<SortedSet>(call[1]);
  const IndexRange range = range_at_2<by>(call, set);
  if (range.empty()) return RedisValue::integer_of(0);
  set->erase_ranks(range.first, range.last);
  call.changed_or_emptied(call[1], *set);
  return RedisValue::integer_of(static_cast<std::int64_t>(range.last - range.first));
}

enum class Aggregate : std::uint8_t { Sum, Min, Max };
enum class Operation : std::uint8_t { Union, Intersection, Difference };

struct Combination {
  std::vector<std::string> keys;
  std::vector<double> weights;
  Aggregate aggregate = Aggregate::Sum;
  bool with_scores = false;
};

Combination read_combination(const Call& call, std::size_t index, Operation operation, bool stores) {
  Combination result;
  const std::int64_t count = call.integer(index);
  if (count < 1) fail("ERR at least 1 input key is needed for '" + to_lower(call[0]) + "' command");
  if (static_cast<std::uint64_t>(count) > call.size() - index - 1) fail(kSyntaxError);
  const auto keys = static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < keys; ++i) result.keys.push_back(call[index + 1 + i]);
  result.weights.assign(keys, 1);
  for (std::size_t i = index + 1 + keys; i < call.size(); ++i) {
    if (operation != Operation::Difference && call.is(i, "weights") && i + keys < call.size()) {
      for (double& weight : result.weights) weight = call.number(++i, "ERR weight value is not a float");
    } else if (operation != Operation::Difference && call.is(i, "aggregate") && i + 1 < call.size()) {
      ++i;
      if (!call.is(i, "sum") && !call.is(i, "min") && !call.is(i, "max")) fail(kSyntaxError);
      result.aggregate = call.is(i, "sum") ? Aggregate::Sum : call.is(i, "min") ? Aggregate::Min : Aggregate::Max;
    } else if (!stores && call.is(i, "withscores")) {
      result.with_scores = true;
    } else {
      fail(kSyntaxError);
    }
  }
  return result;
}

/// A sorted set's members with their scores; a plain set's with 1.
std::map<std::string, double> weighted(const Call& call, const std::string& key, double weight) {
  std::map<std::string, double> members;
  const Object* object = call.find(key);
  if (object == nullptr) return members;
  const auto weigh = [&](double score) { return score * weight == score * weight ? score * weight : 0.0; };
  if (const auto* set = object->get_if<SortedSet>()) {
    set->for_ranks(0, set->size(), false,
                   [&](const SortedSet::Item& item) { members.emplace(*item.member, weigh(item.score)); });
  } else if (const auto* plain = object->get_if<Set>()) {
    plain->for_each([&](std::string_view member, Nothing) { members.emplace(member, weigh(1)); });
  } else {
    fail(kWrongType);
  }
  return members;
}

double aggregated(Aggregate aggregate, double a, double b) {
  if (aggregate == Aggregate::Min) return std::min(a, b);
  if (aggregate == Aggregate::Max) return std::max(a, b);
  return a + b == a + b ? a + b : 0;  // Of opposite infinities Redis makes 0.
}

SortedSet combine(const Call& call, const Combination& request, Operation operation) {
  std::map<std::string, double> result = weighted(call, request.keys[0], request.weights[0]);
  for (std::size_t i = 1; i < request.keys.size(); ++i) {
    const auto other = weighted(call, request.keys[i], request.weights[i]);
    if (operation == Operation::Difference) {
      std::erase_if(result, [&](const auto& entry) { return other.contains(entry.first); });
      continue;
    }
    if (operation == Operation::Intersection) {
      std::erase_if(result, [&](const auto& entry) { return !other.contains(entry.first); });
    }
    for (const auto& [member, score] : other) {
      const auto found = result.find(member);
      if (found != result.end()) {
        found->second = aggregated(request.aggregate, found->second, score);
      } else if (operation == Operation::Union) {
        result.emplace(member, score);
      }
    }
  }
  SortedSet set;
  for (const auto& [member, score] : result) set.put(member, score);
  return set;
}

template <Operation operation>
RedisValue combined(Call& call) {
  const Combination request = read_combination(call, 1, operation, false);
  const SortedSet set = combine(call, request, operation);
  RedisValue reply = RedisValue::array({});
  set.for_ranks(0, set.size(), false, [&](const SortedSet::Item& item) {
    RedisValue member = RedisValue::bulk(*item.member);
    if (request.with_scores && call.protocol == 3) {
      reply.elements.push_back(RedisValue::array({std::move(member), call.number_reply(item.score)}));
      return;
    }
    reply.elements.push_back(std::move(member));
    if (request.with_scores) reply.elements.push_back(call.number_reply(item.score));
  });
  return reply;
}

template <Operation operation>
RedisValue combined_store(Call& call) {
  const Combination request = read_combination(call, 2, operation, true);
  return store(call, call[1], combine(call, request, operation));
}

constexpr CommandSpec kCommands[] = {
    {"zcount", 4, kRead, count<By::Score>},
    {"zdiff", -3, kRead, combined<Operation::Difference>},
    {"zdiffstore", -4, kWrite | kDenyOom, combined_store<Operation::Difference>},
    {"zinter", -3, kRead, combined<Operation::Intersection>},
    {"zinterstore", -4, kWrite | kDenyOom, combined_store<Operation::Intersection>},
    {"zlexcount", 4, kRead, count<By::Member>},
    {"zrange", -4, kRead, zrange},
    {"zrangebylex", -4, kRead, range_of<By::Member, false>},
    {"zrangebyscore", -4, kRead, range_of<By::Score, false>},
    {"zrangestore", -5, kWrite | kDenyOom, zrangestore},
    {"zremrangebylex", 4, kWrite, remove_range<By::Member>},
    {"zremrangebyrank", 4, kWrite, remove_range<By::Rank>},
    {"zremrangebyscore", 4, kWrite, remove_range<By::Score>},
    {"zrevrange", -4, kRead, range_of<By::Rank, true>},
    {"zrevrangebylex", -4, kRead, range_of<By::Member, true>},
    {"zrevrangebyscore", -4, kRead, range_of<By::Score, true>},
    {"zunion", -3, kRead, combined<Operation::Union>},
    {"zunionstore", -4, kWrite | kDenyOom, combined_store<Operation::Union>},
};

}  // namespace

CommandFamily sorted_set_range_commands() {
  return kCommands;
}

}  // namespace fakes::redis
