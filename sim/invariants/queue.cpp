// What the queue's scripts answer is what they did, and jobs come out in the order in which they became ready. Judged
// by each job's record in Redis after every script, and by the replies that runners get.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/invariants/families.h"
#include "sim/invariants/job_maps.h"

namespace sim {

namespace {

using core::Event;
using core::SteadyTime;

bool is_end(std::string_view script) {
  return script == "complete" || script == "requeue" || script == "fail" || script == "release";
}

/// What is known of a job from the scripts that ran for it.
struct Known {
  std::string state;                        ///< As in JobRecord, after the last script.
  std::string owner;                        ///< While it runs.
  std::string ended_by;                     ///< The owner that ended it last; empty once it is anything else.
  std::string ended_with;                   ///< That script.
  std::optional<std::uint64_t> put_in;      ///< At the end of the ready list, counted from 1.
  std::optional<std::int64_t> put_in_us;    ///< When, by Redis' clock.
  std::optional<std::int64_t> due_us;       ///< While it is delayed.
  std::map<std::string, bool> may_journal;  ///< By owner token: what the last word for the journal found.
};

class Queue final : public Invariant {
 public:
  explicit Queue(Findings& findings) : Invariant(findings) {}

  std::string_view name() const override { return "queue"; }

  void on_event(const Event& event) override {
    check_paused(event);
    // What stands there now, and in which order, nobody can tell from outside.
    if (event.kind != core::EventKind::RedisRestarted || !event.lost) return;
    lost_writes_ = true;
    jobs_.clear();
    ready_.clear();
    delayed_.clear();
    overtaken_.clear();
  }

  void on_queue_step(const QueueStep& step) override {
    if (!overtaken_.empty() && (overtaken_.front().token != step.token || overtaken_.front().at != step.at)) judge();
    const auto found = jobs_.find(step.job);
    auto& entry = found != jobs_.end() ? *found : *jobs_.try_emplace(std::string(step.job)).first;
    Known& job = entry.second;
    if (step.script == "journal") job.may_journal[std::string(step.token)] = step.after.owner == step.token;
    if (step.script == "claim" && step.after.owner == step.token && job.owner != step.token) on_claimed(step, job);
    note_end(step, job);
    take_off_lists(entry.first, job);
    note_place(step, job);
    put_on_lists(entry.first, job);
  }

  void on_redis_answered(const RedisCall& call) override {
    if (!call.answered() || jobs_.empty()) return;
    if (call.script == "complete") {
      for (std::size_t i = 0; i < call.reply->elements.size(); ++i) {
        if (call.reply->elements[i].integer == 0)
          check_refused(call, call.argument(3 + 2 * i), call.argument(2 + 2 * i));
      }
    } else if (is_end(call.script) && call.reply->integer == 0) {
      check_refused(call, call.argument(2), call.argument(1));
    } else if (call.script == "journal" && call.reply->integer != 0) {
      check_journal(call, call.argument(2), call.argument(1));
    }
  }

  void on_job_over(std::string_view, std::string_view id) override {
    const auto job = jobs_.find(id);
    if (job == jobs_.end() || job->second.state != "completed") return;
    take_off_lists(job->first, job->second);
    jobs_.erase(job);
  }

  void at_end(SteadyTime now, RunEnd) override {
    judge();
    check_paused({.kind = core::EventKind::WorkerStopped, .at = core::saturating_add(now, core::Duration(1))});
  }

 private:
  /// One job was given out, and another that had been ready before it was not.
  struct Overtaken {
    std::string token;
    SteadyTime at;
    std::string job, by;
  };

  static void note_end(const QueueStep& step, Known& job) {
    if (is_end(step.script)) {
      if (job.owner.empty() || job.owner != step.token || !step.after.owner.empty()) return;
      job.ended_by = step.token;
      job.ended_with = step.script;
    } else if (step.script != "journal" && step.script != "renew") {
      job.ended_by.clear();
    }
  }

  void note_place(const QueueStep& step, Known& job) {
    // A job that is there already stays where it is when it is put in again.
    const bool was_there = !job.state.empty() && job.state != "completed" && job.state != "failed";
    // A delayed job is run at once; one that is due may have been made ready before, and stays where it is.
    const bool ends_wait = step.script == "revive" && job.due_us && *job.due_us > step.now_us;
    const bool put_last = ends_wait || (!was_there && (step.script == "enqueue" || step.script == "revive"));
    if (step.after.state != "waiting") {
      job.put_in.reset();
    } else if (put_last) {
      job.put_in = ++put_in_;
      job.put_in_us = step.now_us;
    }
    job.state = step.after.state;
    job.due_us = step.after.due_us;
    job.owner = step.after.state == "running" ? step.after.owner : std::string_view();
  }

  void put_on_lists(std::string_view id, const Known& job) {
    if (job.put_in) ready_.emplace(*job.put_in, Ready{id, *job.put_in_us});
    if (job.due_us) delayed_.emplace(*job.due_us, id);
  }

  void take_off_lists(std::string_view id, const Known& job) {
    if (job.put_in) ready_.erase(*job.put_in);
    if (job.due_us) delayed_.erase({*job.due_us, id});
  }

  /// Those that were ready before it, by their ids. A due job is put behind all that were in the list before it was
  /// due.
  std::vector<std::string_view> ready_before(const Known& job) const {
    std::vector<std::string_view> before;
    if (job.put_in) {
      for (auto each = ready_.begin(); each != ready_.end() && each->first < *job.put_in; ++each)
        before.push_back(each->second.id);
    } else if (job.due_us) {
      for (const auto& [place, each] : ready_) {
        if (each.put_in_us < *job.due_us) before.push_back(each.id);
      }
    }
    if (job.due_us) {
      for (auto each = delayed_.begin(); each != delayed_.end() && each->first < *job.due_us; ++each)
        before.push_back(each->second);
    }
    std::ranges::sort(before);  // total order: no two jobs have one id
    return before;
  }

  void on_claimed(const QueueStep& step, const Known& job) {
    if (lost_writes_) return;
    if (is_paused_ && !taken_in_pause_) taken_in_pause_ = {std::string(step.job), step.at};
    std::erase_if(overtaken_, [&](const Overtaken& each) { return each.job == step.job; });
    for (const std::string_view other : ready_before(job)) {
      overtaken_.push_back({std::string(step.token), step.at, std::string(other), std::string(step.job)});
    }
  }

  /// Who resumes the queue may hear of it, at that instant, after a claim that came behind it.
  void check_paused(const Event& event) {
    if (taken_in_pause_ && event.at > taken_in_pause_->second) {
      violated(taken_in_pause_->first, taken_in_pause_->second, "is given out while an operator has paused the queue");
      taken_in_pause_.reset();
    }
    if (event.kind == core::EventKind::OperatorPause) is_paused_ = true;
    if (event.kind != core::EventKind::OperatorResume) return;
    is_paused_ = false;
    taken_in_pause_.reset();
  }

  /// Steps tell of a claim's jobs one at a time. Which jobs were overtaken is known only when the claim is complete.
  void judge() {
    for (const Overtaken& each : overtaken_) {
      violated(each.by, each.at, fmt::format("is given out before {}, which was ready before it", each.job));
    }
    overtaken_.clear();
  }

  void check_refused(const RedisCall& call, std::string_view id, std::string_view token) {
    const auto job = jobs_.find(id);
    if (job == jobs_.end() || job->second.ended_by != token || job->second.ended_with != call.script) return;
    violated(id, call.at,
             fmt::format("{} says that the job is another's, and it was that owner who ended it", call.script));
  }

  void check_journal(const RedisCall& call, std::string_view id, std::string_view token) {
    const auto job = jobs_.find(id);
    if (job == jobs_.end()) return;
    const auto may = job->second.may_journal.find(std::string(token));
    if (may == job->second.may_journal.end() || may->second) return;
    violated(id, call.at, "the journal takes the word of one who does not own the job");
  }

  struct Ready {
    std::string_view id;
    std::int64_t put_in_us;
  };

  JobMap<Known> jobs_;
  std::map<std::uint64_t, Ready> ready_;                         ///< By place; ids are those of `jobs_`.
  std::set<std::pair<std::int64_t, std::string_view>> delayed_;  ///< By due time.
  std::vector<Overtaken> overtaken_;                             ///< In the claim that is being told of.
  std::uint64_t put_in_ = 0;
  bool is_paused_ = false;                                            ///< By an operator.
  std::optional<std::pair<std::string, SteadyTime>> taken_in_pause_;  ///< The first job.
  bool lost_writes_ = false;
};

}  // namespace

InvariantPointer make_queue_invariant(Findings& findings) {
  return std::make_unique<Queue>(findings);
}

}  // namespace sim
