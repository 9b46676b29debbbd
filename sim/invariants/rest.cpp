// No job rests beside a runner that has room: not for more than a second, whatever happens to other runners. That
// second is what the death of the runner that was woken may cost.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "core/events/run_end.h"
#include "core/queue/job.h"
#include "core/time/text.h"
#include "sim/invariants/families.h"

namespace sim {

namespace {

using core::Duration;
using core::Event;
using core::EventKind;
using core::format_duration;
using core::SteadyTime;

/// What the guards of a wake-up need, doubled.
constexpr std::chrono::seconds kLongest(1);
/// To Redis these still listen: where there are so many, all watchers may be among them.
constexpr std::ptrdiff_t kWatchers = 3;

class Rest final : public Invariant {
 public:
  Rest(const core::Config& config, const Setting& setting, Findings& findings)
      : Invariant(findings),
        concurrency_(config.jobs.concurrency),
        is_judged_(setting.exact && setting.disturbances_told),
        settling_(config.jobs.lease + longest_redis_wait(config)) {}

  std::string_view name() const override { return "rest"; }

  void on_disturbance(const Disturbance& disturbance) override {
    const SteadyTime settled = core::saturating_add(disturbance.until, settling_);
    if (disturbance.runner.empty()) {
      all_from_ = std::max(all_from_, settled);
      return;
    }
    // A partition goes on for a process that is started meanwhile.
    Trouble& trouble = troubles_[std::string(disturbance.runner)];
    trouble.until = std::max(trouble.until, disturbance.until);
    trouble.settled = std::max(trouble.settled, settled);
    const auto found = runners_.find(disturbance.runner);
    if (found != runners_.end() && !disturbance.stopping.empty()) found->second.takes_jobs = false;
  }

  void on_event(const Event& event) override {
    switch (event.kind) {
      case EventKind::WorkerStarted:
        runners_[std::string(event.runner)] = {.room_since = event.at};
        return;
      case EventKind::WorkerStopped:
      case EventKind::WorkerCrashed:
        if (const auto found = runners_.find(event.runner); found != runners_.end()) runners_.erase(found);
        return;
      case EventKind::CredentialRefused:
        runners_[std::string(event.runner)].refused_by.emplace(event.api);
        return;
      case EventKind::CredentialAccepted: {
        Runner& runner = runners_[std::string(event.runner)];
        runner.refused_by.erase(std::string(event.api));
        runner.room_since = std::max(runner.room_since, event.at);
        return;
      }
      case EventKind::RedisRestarted:
        // What was lost may be an operator's resume, too.
        has_lost_writes_ |= event.lost.has_value();
        return;
      case EventKind::OperatorPause:
        is_paused_ = true;
        return;
      case EventKind::OperatorResume:
        is_paused_ = false;
        all_from_ = std::max(all_from_, event.at);
        return;
      default:
        if (core::ends_a_run(event)) end_run(event);
        return;
    }
  }

  void on_queue_step(const QueueStep& step) override {
    const bool is_taken = step.script == "claim" || step.script == "recover";
    if (is_taken) check(step);
    if (step.script == "claim") {
      const auto found = runners_.find(core::runner_of(step.token));
      if (found != runners_.end()) found->second.runs.emplace(step.job, step.token);
    }
    const auto in = [&step](std::int64_t us) {
      return core::saturating_add(step.at, std::chrono::microseconds(us - step.now_us));
    };
    if (step.after.state == "waiting") {
      // A job that is ready already has been so for longer; one that was delayed or leased is ready from now on.
      const auto [known, is_new] = ready_at_.try_emplace(std::string(step.job), step.at);
      known->second = std::min(known->second, step.at);
    } else if (step.after.state == "delayed" && step.after.due_us) {
      ready_at_.insert_or_assign(std::string(step.job), in(*step.after.due_us));
    } else if (step.after.state == "running" && step.after.lease_us) {
      ready_at_.insert_or_assign(std::string(step.job), in(*step.after.lease_us));
    } else if (const auto found = ready_at_.find(step.job); found != ready_at_.end()) {
      ready_at_.erase(found);
    }
  }

 private:
  struct Trouble {
    SteadyTime until = SteadyTime::min();    ///< The runner stands still, stops, or cannot reach Redis.
    SteadyTime settled = SteadyTime::min();  ///< From then on nothing of it is left.
  };
  struct Runner {
    SteadyTime room_since;
    bool takes_jobs = true;
    std::set<std::pair<std::string, std::string>> runs;  ///< Job and owner token, until the runner tells of the end.
    std::set<std::string> refused_by;                    ///< The APIs that refuse its credential.
  };

  void end_run(const Event& event) {
    const auto found = runners_.find(event.runner);
    if (found == runners_.end()) return;
    Runner& runner = found->second;
    if (runner.runs.size() >= concurrency_) runner.room_since = std::max(runner.room_since, event.at);
    // The end of a run may be told when the job's next one has been claimed.
    const auto run = runner.runs.lower_bound({std::string(event.job), std::string()});
    if (run != runner.runs.end() && run->first == event.job) runner.runs.erase(run);
  }

  void check(const QueueStep& step) {
    const auto ready = ready_at_.find(step.job);
    if (ready == ready_at_.end() || !is_judged_ || is_paused_ || has_lost_writes_) return;
    const auto is_in_trouble = [&step](const auto& each) { return each.second.until >= step.at; };
    if (std::ranges::count_if(troubles_, is_in_trouble) >= kWatchers) return;
    for (const auto& [name, runner] : runners_) {
      if (!runner.takes_jobs || !runner.refused_by.empty() || runner.runs.size() >= concurrency_) continue;
      const auto trouble = troubles_.find(name);
      const SteadyTime settled = trouble == troubles_.end() ? SteadyTime::min() : trouble->second.settled;
      const SteadyTime from = std::max({ready->second, runner.room_since, settled, all_from_});
      if (step.at <= core::saturating_add(from, kLongest)) continue;
      return violated(
          step.job, step.at,
          fmt::format("{} took {} although {} had room for it",
                      step.script == "claim" ? "its next run" : "its recovery", format_duration(step.at - from), name));
    }
  }

  const std::size_t concurrency_;
  const bool is_judged_;
  /// One lease and the longest wait of a worker for Redis: for that long a disturbance goes on in whom it concerned.
  const Duration settling_;
  SteadyTime all_from_ = SteadyTime::min();  ///< Before, something concerned all runners.
  bool is_paused_ = false;                   ///< By an operator.
  bool has_lost_writes_ = false;
  std::map<std::string, Runner, std::less<>> runners_;
  std::map<std::string, Trouble, std::less<>> troubles_;
  /// By job: since when, or from when on, it waits to be taken or recovered.
  std::map<std::string, SteadyTime, std::less<>> ready_at_;
};

}  // namespace

InvariantPointer make_rest_invariant(const core::Config& config, const Setting& setting, Findings& findings) {
  return std::make_unique<Rest>(config, setting, findings);
}

}  // namespace sim
