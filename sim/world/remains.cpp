#include "sim/world/remains.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "core/queue/job.h"

namespace sim {

namespace {

using Ids = std::set<std::string, std::less<>>;

constexpr std::chrono::hours kLongestNote(24);

class Remains {
 public:
  Remains(const Scenario& scenario, RedisHost& redis)
      : redis_(redis), root_(scenario.config.redis.key_prefix + "job:"), lease_(scenario.config.jobs.lease) {}

  std::vector<std::string> unexplained() {
    read_ends();
    for (const core::RedisValue& key : redis_.look({"KEYS", "*"}).elements) look_at(key.text);
    // total order: no two texts are equal but those of one key
    std::sort(found_.begin(), found_.end());
    return std::move(found_);
  }

 private:
  /// Who completed is forgotten by the list of completed jobs, entry by entry; the dead wait for an operator.
  void read_ends() {
    for (const core::RedisValue& entry : redis_.look({"LRANGE", root_ + "completed", "0", "-1"}).elements) {
      remembered_.insert(entry.text.substr(entry.text.find(':') + 1));
    }
    for (const core::RedisValue& id : redis_.look({"HKEYS", root_ + "completed_by"}).elements) {
      if (!remembered_.contains(id.text)) found_.push_back(fmt::format("{} is completed and never forgotten", id.text));
    }
    for (const core::RedisValue& id : redis_.look({"LRANGE", root_ + "dead", "0", "-1"}).elements) {
      remembered_.insert(id.text);
    }
  }

  void look_at(const std::string& key) {
    std::string_view name = key;
    if (!name.starts_with(root_)) return add(key, "is none of the queue's keys");
    name.remove_prefix(root_.size());
    if (name == "completed" || name == "completed_by" || name == "dead" || name == "paused" || name == "waiting") {
      return;
    }
    const std::size_t colon = name.find(':');
    const std::string_view kind = name.substr(0, colon);
    const std::string_view rest = colon == std::string_view::npos ? std::string_view() : name.substr(colon + 1);
    if (kind == "claim") return check_note(key, lease_);
    if (kind == "recovered") return check_note(key, kLongestNote);
    if (kind != "data" && kind != "retry") return add(key, "is left though no job is open");
    if (remembered_.contains(rest)) return;
    const core::RedisValue reason = redis_.look({"HGET", root_ + "data:" + std::string(rest), "reason"});
    if (reason.text == name_of(core::JobFailReason::Cancelled)) return check_note(key, core::kEndedJobsKept);
    add(key, "belongs to no job that has ended");
  }

  /// A note that Redis itself forgets.
  void check_note(const std::string& key, core::Duration longest) {
    const std::int64_t left = redis_.look({"PTTL", key}).integer;
    const std::int64_t most = std::chrono::ceil<std::chrono::milliseconds>(longest).count();
    if (left < 0) return add(key, "is a note that is never forgotten");
    if (left > most) add(key, fmt::format("is a note that is kept for {} ms", left));
  }

  void add(const std::string& key, const std::string& what) { found_.push_back(fmt::format("{} {}", key, what)); }

  RedisHost& redis_;
  const std::string root_;
  const core::Duration lease_;
  Ids remembered_;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> unexplained_remains(const Scenario& scenario, RedisHost& redis) {
  return Remains(scenario, redis).unexplained();
}

}  // namespace sim
