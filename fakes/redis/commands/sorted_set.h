// What sorted sets' ordinary and blocking commands and their ranges share.
#pragma once

#include <string>
#include <vector>

#include "core/redis/redis_value.h"
#include "fakes/redis/command.h"
#include "fakes/redis/commands/scan.h"
#include "fakes/redis/sorted_set.h"

namespace fakes::redis {

/// `numkeys key [key ...] MIN|MAX [COUNT n]` from `index` on, done: [key, [[member, score], ...]], or null.
struct PopManyScores {
  std::vector<std::string> keys;
  bool highest = false;
  std::size_t count = 1;
};
PopManyScores read_pop_many_scores(const Call& call, std::size_t index);
core::RedisValue pop_many_scores(Call& call, const PopManyScores& request);

/// The ranks between two bounds as ZRANGEBYSCORE ("(1", "+inf") and ZRANGEBYLEX ("[a", "+") write them.
IndexRange ranks_by_score(const SortedSet& set, const std::string& low, const std::string& high);
IndexRange ranks_by_member(const SortedSet& set, const std::string& low, const std::string& high);

/// Fails as the two above would, for keys that are not there.
void check_score_bounds(const std::string& low, const std::string& high);
void check_member_bounds(const std::string& low, const std::string& high);

}  // namespace fakes::redis
