// The queue's scripts against a model of them: random sequences of calls by several owners, late calls by owners that
// lost their lease and repeated calls whose first answer was lost included.
#include <gtest/gtest.h>
// rapidcheck's own header wants gtest first.
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/queue/script_text.h"
#include "tests/support/script_client.h"

namespace {

using core::RedisValue;
using std::chrono::microseconds;
using std::chrono::seconds;

constexpr microseconds kLease = seconds(30);
constexpr std::uint32_t kMostRecoveries = 1;

enum class State { Waiting, Delayed, Running, Completed, Failed };

/// What the scripts promise, in a few lines of ordinary code.
struct Model {
  struct Job {
    State state = State::Waiting;
    std::string owner;
    core::SteadyTime lease_end, due;
    core::SteadyTime put_in_at;    ///< Or brought back from the dead-letter list.
    core::SteadyTime ready_since;  ///< Whoever gives it back at once, or loses it, does not change that.
    core::SteadyTime held_until;   ///< It was given back, and an effect of it may come until then.
    std::uint32_t retries = 0;
    std::uint32_t recoveries = 0;  ///< Since it was put in, revived or last re-queued.
    std::uint32_t runs = 0;        ///< A claim made again begins none.
    std::string reason;            ///< Of one that failed.
    std::map<std::string, std::string> journal;
  };
  std::map<std::string, Job> jobs;
  std::vector<std::string> ready;

  void promote(core::SteadyTime now) {
    std::vector<std::pair<core::SteadyTime, std::string>> due;
    for (auto& [id, job] : jobs) {
      if (job.state == State::Delayed && job.due <= now) due.emplace_back(job.due, id);
    }
    // total order: ids are unique
    std::sort(due.begin(), due.end());
    for (const auto& [at, id] : due) {
      jobs[id].state = State::Waiting;
      ready.push_back(id);
    }
  }
  std::set<std::string> recover(core::SteadyTime now) {
    std::set<std::string> ids;
    for (auto& [id, job] : jobs) {
      if (job.state != State::Running || job.lease_end > now) continue;
      job.owner.clear();
      const bool too_often = ++job.recoveries > kMostRecoveries;
      job.state = too_often ? State::Failed : State::Waiting;
      if (too_often) job.reason = "recovered_too_often";
      ids.insert((too_often ? "failed:" : "ready:") + id);
    }
    return ids;
  }
};

struct Held {
  std::string token, job;
};

class Run {
 public:
  void enqueue(int number) {
    const std::string id = "job-" + std::to_string(number);
    const bool added = !model_.jobs.contains(id);
    RC_ASSERT(client_.run(core::kScript_enqueue, {id, "payload", "by-" + id, "secret of " + id}).integer == 1);
    if (!added) return;
    RC_ASSERT(client_.run(core::kScript_enqueue, {id, "other", "somebody else", "another secret"}).integer == 0);
    model_.jobs[id] = {.put_in_at = client_.now, .ready_since = client_.now};
    model_.ready.push_back(id);
  }

  void claim(std::size_t most, bool has_more_room) {
    last_number_ = ++tokens_;
    has_taken_ = false;
    last_most_ = most;
    has_more_room_ = has_more_room;
    claim_again();
    // The answer was lost: the same call gets the same jobs, and no other.
    claim_again();
    // One that comes late gets nothing, as long as Redis knows of a newer one.
    if (!held_by_last_claim().empty()) RC_ASSERT(claim_as(tokens_ - 1).elements.size() == 2);
  }

  /// A claim whose answer was lost is repeated, maybe when some of its jobs are its own no more.
  void claim_again() {
    if (last_number_ == 0) return;
    std::vector<Held> expected = held_by_last_claim();
    if (expected.empty() && has_taken_ && is_remembered()) {
      RC_ASSERT(claim_as(last_number_).elements.size() == 2);  // It took jobs once.
      return;
    }
    const bool is_repeated = !expected.empty();
    if (!is_repeated) {
      model_.promote(client_.now);
      while (expected.size() < last_most_ && !model_.ready.empty()) {
        expected.push_back({token(last_number_), model_.ready.front()});
        model_.ready.erase(model_.ready.begin());
      }
      held_.insert(held_.end(), expected.begin(), expected.end());
      for (const Held& held : expected) ++model_.jobs[held.job].runs;
    }
    // The wait is told as it was before these were leased.
    const bool is_all = expected.size() < last_most_ || (has_more_room_ && model_.ready.empty());
    const RedisValue wait = is_all ? expected_wait() : told_wait(0, 0);
    const RedisValue reply = claim_as(last_number_);
    // One that is repeated has not looked at what is ready: the worker is to come at once.
    RC_ASSERT(reply.elements.at(0).integer == (is_repeated ? 0 : wait.elements.at(0).integer));
    RC_ASSERT(reply.elements.at(1).integer == wait.elements.at(1).integer);
    RC_ASSERT(reply.elements.size() == 2 + expected.size());
    has_taken_ = !expected.empty();
    last_told_ = client_.now;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      check_claimed(reply.elements[2 + i].elements, expected[i]);
    }
  }

  void renew(std::size_t which) {
    with_held(which, [&](const Held& held, Model::Job& job, bool owns) {
      const RedisValue reply = client_.run(core::kScript_renew, {held.token, held.job, std::to_string(kLease.count())});
      RC_ASSERT(reply.integer == (owns ? 1 : 0));
      if (owns) job.lease_end = client_.now + kLease;
    });
  }

  void journal(std::size_t which, const std::string& text) {
    with_held(which, [&](const Held& held, Model::Job& job, bool owns) {
      const RedisValue reply = client_.run(core::kScript_journal, {held.token, held.job, "comment", text});
      RC_ASSERT(reply.integer == (owns ? 1 : 0));
      if (owns) job.journal["comment"] = text;
    });
  }

  /// Several at once, of one owner or more, some of them no longer theirs, maybe one of them twice.
  void complete(std::size_t which, std::size_t count) {
    if (held_.empty()) return;
    core::RedisCommand arguments{"86400000"};
    std::vector<std::int64_t> expected;
    for (std::size_t i = 0; i < count; ++i) {
      const Held& held = held_[(which + i) % held_.size()];
      arguments.insert(arguments.end(), {held.token, held.job});
      const bool owns = model_.jobs[held.job].owner == held.token;
      if (owns) ended(held, State::Completed, completed_by_);
      expected.push_back(owns || completed_by_[held.job] == held.token ? 1 : 0);
    }
    const auto call = [&] {
      std::vector<std::int64_t> answers;
      for (const RedisValue& answer : client_.run(core::kScript_complete, arguments).elements) {
        answers.push_back(answer.integer);
      }
      return answers;
    };
    RC_ASSERT(call() == expected);
    RC_ASSERT(call() == expected);
  }

  void fail(std::size_t which) {
    with_held(which, [&](const Held& held, const Model::Job&, bool owns) {
      const core::RedisCommand arguments{held.token, held.job, "exhausted", "429"};
      const bool again = failed_by_[held.job] == held.token;
      RC_ASSERT(client_.run(core::kScript_fail, arguments).integer == (owns || again ? 1 : 0));
      if (!owns) return;
      ended(held, State::Failed, failed_by_);
      model_.jobs[held.job].reason = "exhausted";
      RC_ASSERT(client_.run(core::kScript_fail, arguments).integer == 1);
    });
  }

  void requeue(std::size_t which, microseconds delay) {
    with_held(which, [&](const Held& held, Model::Job& job, bool owns) {
      const auto call = [&] {
        return client_.run(core::kScript_requeue, {held.token, held.job, std::to_string(delay.count()), "429"}).integer;
      };
      const bool again = requeued_by_[held.job] == held.token;
      if (!owns) {
        RC_ASSERT(call() == (again ? job.retries : 0));
        return;
      }
      RC_ASSERT(call() == ++job.retries);
      job.state = State::Delayed;
      job.owner.clear();
      job.due = job.ready_since = client_.now + delay;
      job.recoveries = 0;
      requeued_by_[held.job] = held.token;
      RC_ASSERT(call() == job.retries);
    });
  }

  void release(std::size_t which, microseconds delay) {
    with_held(which, [&](const Held& held, Model::Job& job, bool owns) {
      const auto call = [&] {
        return client_.run(core::kScript_release, {held.token, held.job, std::to_string(delay.count())}).integer;
      };
      const bool again = released_by_[held.job] == held.token;
      RC_ASSERT(call() == (owns || again ? 1 : 0));
      if (!owns) return;
      job.owner.clear();
      job.held_until = client_.now + delay;
      released_by_[held.job] = held.token;
      if (delay == microseconds(0)) {
        job.state = State::Waiting;
        model_.ready.insert(model_.ready.begin(), held.job);
      } else {
        job.state = State::Delayed;
        job.due = job.ready_since = client_.now + delay;
      }
      RC_ASSERT(call() == 1);
    });
  }

  void revive(int number) {
    const std::string id = "job-" + std::to_string(number);
    const auto job = model_.jobs.find(id);
    const bool dead = job != model_.jobs.end() && job->second.state == State::Failed;
    const bool waits = job != model_.jobs.end() && job->second.state == State::Delayed;
    const bool waits_for_retry = waits && job->second.held_until <= client_.now;
    RC_ASSERT(client_.run(core::kScript_revive, {id}).integer == (dead || waits_for_retry ? 1 : 0));
    if (dead || waits_for_retry) job->second.ready_since = client_.now;
    if (waits_for_retry) {
      job->second.state = State::Waiting;
      model_.ready.push_back(id);
    }
    if (!dead) return;
    job->second.state = State::Waiting;
    job->second.put_in_at = client_.now;
    job->second.retries = 0;
    job->second.recoveries = 0;
    job->second.reason.clear();
    model_.ready.push_back(id);
    for (auto* by : {&requeued_by_, &failed_by_, &released_by_}) by->erase(id);
  }

  void recover() {
    const std::string token = "recovery-" + std::to_string(++tokens_);
    const auto ids_of = [](const RedisValue& reply) {
      std::set<std::string> ids;
      for (const RedisValue& id : reply.elements) ids.insert(id.text);
      return ids;
    };
    const core::RedisCommand arguments{token, "600000", std::to_string(kMostRecoveries), "recovered_too_often"};
    const RedisValue reply = client_.run(core::kScript_recover, arguments);
    const std::set<std::string> expected = model_.recover(client_.now);
    RC_ASSERT(ids_of(reply) == expected);
    RC_ASSERT(client_.run(core::kScript_recover, arguments) == reply);
    for (std::size_t i = reply.elements.size(); i > 0; --i) {
      const std::string& entry = reply.elements[i - 1].text;
      const std::string id = entry.substr(entry.find(':') + 1);
      if (entry.starts_with("ready:")) model_.ready.insert(model_.ready.begin(), id);
    }
  }

  void advance(microseconds by) { client_.now += by; }

  /// Every job is in exactly one place, the one that the model says, with the counts that it says.
  void check() {
    const auto text_of = [&](core::RedisCommand command) { return client_.call(command).text; };
    for (const auto& [id, job] : model_.jobs) {
      RC_ASSERT(text_of({"HGET", "job:owners", id}) == job.owner);
      const std::string retries = text_of({"GET", "job:retry:" + id});
      RC_ASSERT((retries.empty() ? "0" : retries) == std::to_string(job.retries));
      int places = 0;
      places += static_cast<int>(client_.call({"LPOS", "job:ready", id}).type == core::RedisType::Integer);
      places += static_cast<int>(!client_.call({"ZSCORE", "job:delayed", id}).is_null());
      places += static_cast<int>(!client_.call({"ZSCORE", "job:leases", id}).is_null());
      places += static_cast<int>(client_.call({"LPOS", "job:dead", id}).type == core::RedisType::Integer);
      places += static_cast<int>(client_.call({"HEXISTS", "job:completed_by", id}).integer);
      RC_ASSERT(places == 1);
    }
    RC_ASSERT(client_.call({"HLEN", "job:completed_by"}).integer == count(State::Completed));
    RC_ASSERT(client_.call({"HLEN", "job:owners"}).integer == count(State::Running));
    check_list("ready", State::Waiting);
    check_list("delayed", State::Delayed);
    check_list("leases", State::Running);
    check_list("dead", State::Failed);
  }

 private:
  static std::string token(int number) { return "worker/" + std::to_string(number); }

  RedisValue claim_as(int number) {
    return client_.run(core::kScript_claim,
                       {"worker/", std::to_string(number), std::to_string(kLease.count()), std::to_string(last_most_),
                        "33554432", "drawn", has_more_room_ ? "1" : "0"});
  }

  bool is_remembered() const {
    const auto milliseconds_of = [](core::SteadyTime time) {
      return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch());
    };
    return milliseconds_of(client_.now) <= milliseconds_of(last_told_) + kLease;
  }

  /// What a repetition of it is told, by their ids: Redis remembers a claim for as long as a lease.
  std::vector<Held> held_by_last_claim() const {
    std::vector<Held> held;
    if (!is_remembered()) return held;
    for (const auto& [id, job] : model_.jobs) {
      const bool is_last = job.lease_end == last_told_ + kLease;
      if (job.owner == token(last_number_) && is_last) held.push_back({token(last_number_), id});
    }
    return held;
  }

  void check_claimed(const std::vector<RedisValue>& told, const Held& expected) {
    Model::Job& job = model_.jobs[expected.job];
    job.state = State::Running;
    job.owner = expected.token;
    job.lease_end = client_.now + kLease;
    RC_ASSERT(told.at(0).text == expected.job);
    RC_ASSERT(told.at(1).text == "payload");
    RC_ASSERT(told.at(2).text == std::to_string(job.retries));
    RC_ASSERT(told.at(3).text == std::to_string(job.runs));
    RC_ASSERT(told.at(4).text == "secret of " + expected.job);
    const auto age = std::chrono::duration_cast<std::chrono::microseconds>(client_.now - job.put_in_at);
    RC_ASSERT(told.at(5).text == std::to_string(age.count()));
    RC_ASSERT(microseconds(told.at(6).integer) == client_.now - job.ready_since);
    RC_ASSERT(told.size() == 7 + 2 * job.journal.size());
    for (std::size_t i = 7; i < told.size(); i += 2) RC_ASSERT(job.journal.at(told[i].text) == told[i + 1].text);
  }

  std::int64_t count(State state) const {
    return std::count_if(model_.jobs.begin(), model_.jobs.end(),
                         [state](const auto& entry) { return entry.second.state == state; });
  }

  /// What an operator is shown of a part of the queue.
  void check_list(const char* part, State state) {
    const RedisValue listing = client_.run(core::kScript_list, {part, "0", "-1"});
    RC_ASSERT(listing.elements.at(0).integer == count(state));
    RC_ASSERT(listing.elements.size() == 2 + static_cast<std::size_t>(count(state)));
    for (std::size_t i = 2; i < listing.elements.size(); ++i) {
      const std::vector<RedisValue>& fields = listing.elements[i].elements;
      const Model::Job& job = model_.jobs.at(fields.at(0).text);
      RC_ASSERT(job.state == state);
      if (state == State::Waiting) RC_ASSERT(fields.at(0).text == model_.ready.at(i - 2));
      const microseconds left(fields.at(1).integer - listing.elements.at(1).integer);
      if (state == State::Running) RC_ASSERT(left == job.lease_end - client_.now);
      if (state == State::Delayed) RC_ASSERT(left == job.due - client_.now);
      if (state == State::Waiting || state == State::Failed) RC_ASSERT(fields.at(1).integer == -1);
      RC_ASSERT(fields.at(2).integer == job.retries);
      RC_ASSERT(fields.at(3).integer == job.recoveries);
      RC_ASSERT(fields.at(4).text == job.reason);
    }
    // A part of it, and none of it.
    RC_ASSERT(client_.run(core::kScript_list, {part, "1", "1"}).elements.size() == (count(state) > 1 ? 3 : 2));
    RC_ASSERT(client_.run(core::kScript_list, {part, "1", "0"}).elements.size() == 2);
  }

  static RedisValue told_wait(std::int64_t wait, std::int64_t expired) {
    RedisValue told;
    told.elements.resize(2);
    told.elements[0].integer = wait;
    told.elements[1].integer = expired;
    return told;
  }

  /// The wait that an idle worker is told: until the first due time or lease end.
  RedisValue expected_wait() const {
    std::optional<core::SteadyTime> next;
    bool expired = false;
    for (const auto& entry : model_.jobs) {
      const Model::Job& job = entry.second;
      if (job.state != State::Delayed && job.state != State::Running) continue;
      const core::SteadyTime at = job.state == State::Delayed ? job.due : job.lease_end;
      if (!next || at < *next) next = at;
      expired = expired || (job.state == State::Running && at <= client_.now);
    }
    const auto wait = next ? std::max(core::Duration::zero(), *next - client_.now) : core::Duration(-1000);
    return told_wait(std::chrono::duration_cast<microseconds>(wait).count(), expired ? 1 : 0);
  }

  template <class Do>
  void with_held(std::size_t which, Do&& act) {
    if (held_.empty()) return;
    const Held held = held_[which % held_.size()];
    Model::Job& job = model_.jobs[held.job];
    act(held, job, job.owner == held.token);
  }

  void ended(const Held& held, State state, std::map<std::string, std::string>& by) {
    Model::Job& job = model_.jobs[held.job];
    job.state = state;
    job.owner.clear();
    by[held.job] = held.token;
  }

  tests::ScriptClient client_;
  Model model_;
  std::vector<Held> held_;
  int last_number_ = 0;  ///< Of the last claim.
  std::size_t last_most_ = 1;
  bool has_more_room_ = false;
  bool has_taken_ = false;  ///< The last claim, when it was made last.
  core::SteadyTime last_told_;
  std::map<std::string, std::string> requeued_by_, completed_by_, failed_by_, released_by_;
  int tokens_ = 0;
};

RC_GTEST_PROP(QueueScripts, hold_to_a_model_whatever_is_called_by_whom, ()) {
  Run run;
  const auto steps = *rc::gen::element(1, 5, 20, 60, 120);
  for (int i = 0; i < steps; ++i) {
    const auto which = *rc::gen::inRange<std::size_t>(0, 8);
    switch (*rc::gen::inRange(0, 13)) {
      case 0:
        run.enqueue(*rc::gen::inRange(1, 6));
        break;
      case 1:
      case 2:
        run.claim(*rc::gen::inRange<std::size_t>(1, 5), *rc::gen::arbitrary<bool>());
        break;
      case 3:
        run.renew(which);
        break;
      case 4:
        run.complete(which, *rc::gen::inRange<std::size_t>(1, 4));
        break;
      case 5:
        run.fail(which);
        break;
      case 6:
        run.requeue(which, seconds(*rc::gen::inRange(0, 20)));
        break;
      case 7:
        run.recover();
        break;
      case 8:
        run.release(which, seconds(*rc::gen::element(0, 0, 1, 30)));
        break;
      case 9:
        run.revive(*rc::gen::inRange(1, 6));
        break;
      case 10:
        run.claim_again();
        break;
      case 11:
        run.journal(which, *rc::gen::element<std::string>("begun", "made"));
        break;
      default:
        run.advance(
            *rc::gen::element(microseconds(1), microseconds(999'999), microseconds(kLease) / 3, kLease, kLease * 2));
        break;
    }
    run.check();
  }
}

}  // namespace
