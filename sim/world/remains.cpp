#include "sim/world/remains.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "core/queue/job.h"
#include "core/text/text_hash.h"

namespace sim {

namespace {

constexpr std::chrono::hours kLongestNote(24);
constexpr std::int64_t kPage = 1000;  // There may be a million jobs: what is left of them is not copied as a whole.

/// Jobs' ids, by their hashes.
class Ids {
 public:
  void add(std::string_view id) { hashes_.push_back(core::TextHash()(id)); }
  /// Once, when all are there.
  void sort() {
    // total order: equal hashes are not told apart
    std::sort(hashes_.begin(), hashes_.end());
  }
  bool contains(std::string_view id) const {
    return std::binary_search(hashes_.begin(), hashes_.end(), core::TextHash()(id));
  }

 private:
  std::vector<std::uint64_t> hashes_;
};

class Remains {
 public:
  Remains(const Scenario& scenario, RedisHost& redis)
      : redis_(redis), root_(scenario.config.redis.key_prefix + "job:"), lease_(scenario.config.jobs.lease) {}

  std::vector<std::string> unexplained() {
    read_ends();
    for_each_page({"SCAN"}, [this](const std::vector<core::RedisValue>& keys) {
      for (const core::RedisValue& key : keys) look_at(key.text);
    });
    // total order: no two texts are equal but those of one key
    std::sort(found_.begin(), found_.end());
    return std::move(found_);
  }

 private:
  /// Who completed is forgotten by the list of completed jobs, entry by entry; the dead wait for an operator.
  void read_ends() {
    for_each_entry("completed", [this](std::string_view entry) { remembered_.add(entry.substr(entry.find(':') + 1)); });
    remembered_.sort();
    for_each_page({"HSCAN", root_ + "completed_by"}, [this](const std::vector<core::RedisValue>& owners) {
      for (std::size_t i = 0; i < owners.size(); i += 2) {  // id, owner, id, owner
        const std::string& id = owners[i].text;
        if (!remembered_.contains(id)) found_.push_back(fmt::format("{} is completed and never forgotten", id));
      }
    });
    for_each_entry("dead", [this](std::string_view id) { remembered_.add(id); });
    remembered_.sort();
  }

  template <class F>
  void for_each_entry(std::string_view list, F f) {
    for (std::int64_t first = 0;; first += kPage) {
      const core::RedisValue page =
          redis_.look({"LRANGE", root_ + std::string(list), std::to_string(first), std::to_string(first + kPage - 1)});
      for (const core::RedisValue& entry : page.elements) f(std::string_view(entry.text));
      if (static_cast<std::int64_t>(page.elements.size()) < kPage) return;
    }
  }

  /// f(elements) for each reply of SCAN, or a command like it, until it has gone through everything.
  template <class F>
  void for_each_page(const core::RedisCommand& scan, F f) {
    std::string cursor = "0";
    do {
      core::RedisCommand command = scan;
      for (const std::string& argument : {cursor, std::string("COUNT"), std::to_string(kPage)})
        command.push_back(argument);
      core::RedisValue reply = redis_.look(command);
      if (reply.elements.size() != 2) return;
      f(std::as_const(reply.elements[1].elements));
      cursor = std::move(reply.elements.front().text);
    } while (cursor != "0");
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
    if (name == "holds") return check_note(key, core::kLongestCeiling);
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
