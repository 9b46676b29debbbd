// Leases, as the workers' own words to Redis and its replies show them: a live worker whose renewals are answered lets
// none run out, gives none up before its time, and begins every job that it is given.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "core/api/api.h"
#include "core/time/text.h"
#include "sim/invariants/families.h"
#include "sim/invariants/job_maps.h"

namespace sim {

namespace {

using core::Duration;
using core::Event;
using core::EventKind;
using core::format_duration;
using core::SteadyTime;

/// A claim of a job as its worker knows it.
struct Claimed {
  SteadyTime told_at;     ///< When the reply to the claim, or to the claim made again, came.
  SteadyTime end;         ///< Of the lease, from when the last command was sent that Redis granted it for.
  SteadyTime trouble;     ///< Until then a renewal had no answer yet, or the wait before the next attempt went on.
  bool renewing = false;  ///< A renewal has been sent and not been answered.
  bool begun = false;     ///< Or given back by a worker that has to stop.
  bool over = false;
  bool refused = false;  ///< Redis has said that the job is another's, or has given it to the worker again.
};

/// A process stood still: what it had to do then is done later.
struct Pause {
  std::string runner;
  SteadyTime from;
  SteadyTime until;
};

class Leases final : public Invariant {
 public:
  Leases(const core::Config& config, const Setting& setting, Findings& findings)
      : Invariant(findings), config_(config), setting_(setting) {}

  std::string_view name() const override { return "leases"; }

  void on_call(const Event& event, const CallState&) override {
    check_begun(event.at);
    if (event.api == core::api::kRelease) on_start(event);
    if (event.api != core::api::kRenew) return;
    for_each_of(event.runner, event.job, [&](Claimed& claimed) {
      const Duration rest = config_.redis.retry.backoff.max_delay;
      Duration wait = event.kind == EventKind::CallGaveUp ? rest : event.delay.value_or(Duration::zero());
      // Nothing tells when the next attempt starts; it may wait for a connection as long as for an answer.
      if (event.kind == EventKind::CallRetry) wait += config_.redis.timeout;
      claimed.trouble = std::max(claimed.trouble, core::saturating_add(event.at, wait));
    });
  }

  void on_event(const Event& event) override {
    check_begun(event.at);
    switch (event.kind) {
      case EventKind::RedisRestarted:
        // What was granted in the lost stretch is granted no more.
        if (event.lost) exempt_ = true;
        return;
      case EventKind::WorkerStarted:
      case EventKind::WorkerStopped:
      case EventKind::WorkerCrashed:
        on_resumed(event);
        return forget(event.runner);
      case EventKind::WorkerPaused:
        pauses_.push_back({std::string(event.runner), event.at, SteadyTime::max()});
        return;
      case EventKind::WorkerResumed:
        return on_resumed(event);
      case EventKind::JobStarted:
        return on_start(event);
      case EventKind::LeaseLost:
        return on_lost(event);
      default:
        // Which of a worker's runs of a job has ended Redis' replies say better: they name its token.
        return;
    }
  }

  void on_redis_sent(const RedisCall& call) override {
    if (exempt_ || (call.script != "renew" && call.script != "release")) return;
    Claimed* claimed = find(call.runner, call.argument(2), call.argument(1));
    if (claimed == nullptr) return;
    claimed->renewing |= call.script == "renew";
    claimed->begun |= call.script == "release";
  }

  void on_redis_answered(const RedisCall& call) override {
    if (exempt_) return;
    check_begun(call.at);
    if (call.script == "claim") return on_claimed(call);
    if (call.script == "renew") return on_renewed(call);
    if (!call.answered()) return;
    if (call.script == "complete") {
      for (std::size_t i = 0; i < call.reply->elements.size(); ++i) {
        const bool held = call.reply->elements[i].integer != 0;
        on_told(call.runner, call.argument(3 + 2 * i), call.argument(2 + 2 * i), held, true);
      }
    } else if (call.script == "journal" || call.script == "requeue" || call.script == "fail" ||
               call.script == "release") {
      on_told(call.runner, call.argument(2), call.argument(1), call.reply->integer != 0, call.script != "journal");
    }
  }

  void on_queue_step(const QueueStep& step) override {
    if (exempt_) return;
    const auto before = granted_.find(step.job);
    if (step.script == "recover" && before != granted_.end() && step.after.state != "running") {
      check_lapsed(step, before->second);
    }
    if (step.after.state == "running") {
      granted_.insert_or_assign(std::string(step.job),
                                Granted{std::string(step.after.owner), step.after.lease_us.value_or(0)});
    } else if (before != granted_.end()) {
      granted_.erase(before);
    }
  }

  void on_job_over(std::string_view runner, std::string_view job) override {
    forget_run(claims_, runner, job);
    if (const auto granted = granted_.find(job); granted != granted_.end()) granted_.erase(granted);
  }

 private:
  /// A lease as it stands in Redis.
  struct Granted {
    std::string owner;
    std::int64_t lease_us = 0;  ///< Its end, by Redis' clock.
  };
  using Key = std::tuple<std::string, std::string, std::string>;  ///< Runner, job, owner token.

  Claimed* find(std::string_view runner, std::string_view job, std::string_view token) {
    const auto of_run = claims_.find(RunKeyView(runner, job));
    if (of_run == claims_.end()) return nullptr;
    const auto found = of_run->second.find(token);
    return found == of_run->second.end() ? nullptr : &found->second;
  }

  template <class Do>
  void for_each_of(std::string_view runner, std::string_view job, Do&& act) {
    const auto of_run = claims_.find(RunKeyView(runner, job));
    if (of_run == claims_.end()) return;
    for (auto& [token, claimed] : of_run->second) {
      if (!claimed.over) act(claimed);
    }
  }

  void forget(std::string_view runner) {
    std::erase_if(claims_, [runner](const auto& each) { return each.first.first == runner; });
    std::erase_if(to_begin_, [runner](const Key& key) { return std::get<0>(key) == runner; });
  }

  void on_claimed(const RedisCall& call) {
    if (!call.answered() || call.reply->elements.size() <= 2) return;
    const std::string token = std::string(call.argument(1)) + std::string(call.argument(2));
    const SteadyTime end = core::saturating_add(call.sent, config_.jobs.lease);
    for (std::size_t i = 2; i < call.reply->elements.size(); ++i) {
      const std::vector<core::RedisValue>& fields = call.reply->elements[i].elements;
      if (fields.empty()) continue;
      const std::string& job = fields[0].text;
      Key key(call.runner, job, token);
      for_each_of(call.runner, job, [](Claimed& older) { older.refused = true; });
      Claimed& claimed = known_of(claims_, call.runner, job)[token] = {};
      claimed.told_at = claimed.trouble = call.at;
      claimed.end = end;
      // One that comes too late is another's by now, or will be told again.
      if (call.at < end) to_begin_.push_back(std::move(key));
    }
  }

  void on_renewed(const RedisCall& call) {
    Claimed* claimed = find(call.runner, call.argument(2), call.argument(1));
    if (claimed == nullptr) return;
    claimed->renewing = false;
    claimed->trouble = std::max(claimed->trouble, call.at);
    if (!call.answered()) return;
    if (call.reply->integer == 0) {
      claimed->refused = true;
    } else {
      claimed->end = core::saturating_add(call.sent, config_.jobs.lease);
    }
  }

  void on_told(std::string_view runner, std::string_view job, std::string_view token, bool held, bool is_end) {
    Claimed* claimed = find(runner, job, token);
    if (claimed == nullptr) return;
    claimed->refused |= !held;
    claimed->over |= held && is_end;
  }

  void on_start(const Event& event) {
    for_each_of(event.runner, event.job, [](Claimed& claimed) { claimed.begun = true; });
  }

  void on_lost(const Event& event) {
    bool known = false;
    bool supported = false;
    SteadyTime end{};
    for_each_of(event.runner, event.job, [&](Claimed& claimed) {
      known = true;
      end = claimed.end;
      if (supported || (!claimed.refused && claimed.end > event.at)) return;
      supported = true;
      claimed.over = true;
    });
    if (!known || supported || exempt_) return;
    violated(event.job, event.at,
             fmt::format("{} gives up its lease, which lasts until {}, though Redis has not said that it is another's",
                         event.runner, format_duration(end.time_since_epoch())));
  }

  /// Everything that a reply sets off happens at that instant.
  void check_begun(SteadyTime now) {
    if (to_begin_.empty() || !setting_.exact) return;
    std::erase_if(to_begin_, [&](const Key& key) {
      const Claimed* const claimed = find(std::get<0>(key), std::get<1>(key), std::get<2>(key));
      if (claimed == nullptr || claimed->begun || claimed->over || claimed->refused) return true;
      if (now <= claimed->told_at) return false;
      if (is_interrupted(std::get<0>(key), claimed->told_at, now)) return false;
      violated(std::get<1>(key), now, fmt::format("was given to {}, which has not begun it", std::get<0>(key)));
      return true;
    });
  }

  void on_resumed(const Event& event) {
    for (Pause& pause : pauses_) {
      if (pause.runner == event.runner) pause.until = std::min(pause.until, event.at);
    }
  }

  bool is_interrupted(std::string_view runner, SteadyTime from, SteadyTime until) const {
    return std::ranges::any_of(pauses_, [&](const Pause& pause) {
      return pause.runner == runner && pause.from <= until && from <= pause.until;
    });
  }

  void check_lapsed(const QueueStep& step, const Granted& granted) {
    const SteadyTime ended = step.at - std::chrono::microseconds(step.now_us - granted.lease_us);
    std::map<std::string_view, const Claimed*> held_by;  // By runner.
    for (const auto& [run, of_run] : claims_) {
      if (run.second != step.job) continue;
      if (const auto claimed = of_run.find(granted.owner); claimed != of_run.end()) {
        held_by.emplace(run.first, &claimed->second);
      }
    }
    for (const auto& [runner, claimed] : held_by) {
      if (claimed->over || claimed->renewing) continue;
      // The next renewal is due a third of a lease after the last, and at once where that has passed.
      const SteadyTime next = core::saturating_add(claimed->trouble, config_.jobs.lease / 3);
      if (next >= ended || is_interrupted(runner, claimed->told_at, step.at)) continue;
      violated(step.job, step.at,
               fmt::format("its lease ran out in the hands of {}, which is alive and had no trouble with its renewals "
                           "since {}",
                           runner, format_duration(claimed->trouble.time_since_epoch())));
    }
  }

  const core::Config& config_;
  const Setting setting_;
  bool exempt_ = false;
  std::vector<Pause> pauses_;
  RunMap<std::map<std::string, Claimed, std::less<>>> claims_;  ///< By owner token.
  std::vector<Key> to_begin_;
  JobMap<Granted> granted_;
};

}  // namespace

InvariantPointer make_leases_invariant(const core::Config& config, const Setting& setting, Findings& findings) {
  return std::make_unique<Leases>(config, setting, findings);
}

}  // namespace sim
