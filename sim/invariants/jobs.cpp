// Jobs are conserved: each is in exactly one place, changes hands only by the rules, and ends once. Two views: what the
// events say, here, and what stands in Redis after each of the queue's scripts (recorded_jobs.h).
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "core/api/api.h"
#include "core/events/run_end.h"
#include "core/time/text.h"
#include "sim/invariants/families.h"
#include "sim/invariants/job_maps.h"
#include "sim/invariants/recorded_jobs.h"

namespace sim {

namespace {

using core::Event;
using core::EventKind;
using core::SteadyTime;

/// What the events have said of a job.
struct Told {
  bool release_unanswered = false;  ///< The last call that gave it back failed once.
  bool enqueued = false;
  bool running = false;
  bool ended = false;
  bool failed = false;  ///< It ended in the dead-letter list.
  bool ended_by_recovery = false;
  /// An operator has cancelled or dropped it. Words of its last run may come late; what they did is judged in Redis.
  bool is_taken_away = false;
  SteadyTime ended_at;
  /// Failures that an operator has undone before their own events came.
  std::int64_t late_failures = 0;
  /// Begun after such an end, by an operator's command of which no word has come so far.
  std::optional<SteadyTime> unexplained_start;
  /// The last run went without a word about its end, so that its re-queue may have been recorded all the same.
  bool unsure = false;
  std::int64_t requeues = 0;
  /// The re-queues that were only known by the starts of the runs after them: their own events come late, when the
  /// answers to them were slow or lost, or never.
  std::set<std::int64_t> inferred;
  /// Those of before an operator put the job back: after that the numbers begin anew.
  std::set<std::int64_t> inferred_before;
  std::map<std::string, int, std::less<>> open;  ///< Runs without a known end, by runner.
  std::optional<core::AgentOutcome> outcome;     ///< Of the agent that ended last, in the run that goes on, ...
  std::string outcome_of;                        ///< ... and its runner.
  std::string runner;
  std::set<std::string, std::less<>> working;  ///< Runners whose agent is at it.
  /// Since the job was put in, or re-queued as far as the events say: never more than there were.
  std::uint32_t recoveries = 0;
  std::string overdue;       ///< One of them that had to let go when another began, ...
  SteadyTime overdue_since;  ///< ... which was then, or when it could run again.
};

class Jobs final : public Invariant {
 public:
  Jobs(const core::Config& config, const Setting& setting, Findings& findings)
      : Invariant(findings), config_(config), setting_(setting), recorded_(config, findings) {}

  std::string_view name() const override { return "jobs"; }

  void on_event(const Event& event) override {
    hears_clients_ |= core::kClientKinds.contains(event.kind);
    if (event.kind == EventKind::WorkerCrashed) return on_crash(event.runner);
    if (event.kind == EventKind::WorkerPaused) paused_.insert(std::string(event.runner));
    if (event.kind == EventKind::WorkerResumed) return on_resumed(event);
    if (event.kind == EventKind::RedisRestarted && event.lost) return forget();
    if (event.job.empty()) return;
    Told& job = told_[std::string(event.job)];
    check_overlap(event, job);
    if (core::is_cancelled(event)) return on_cancelled(event, job);
    if (job.is_taken_away && core::ends_a_run(event)) return (void)close(event, job);
    switch (event.kind) {
      case EventKind::JobEnqueued:
        // Long after its end the id is free again, and where Redis lost the job; the word of its end may have come
        // late.
        if (job.ended && (recorded_.lost_writes() || event.at - job.ended_at >= kRetention)) job = Told{};
        if (job.is_taken_away) begin_anew(job, false);
        if (job.enqueued) fail(event, "is enqueued a second time");
        job.enqueued = true;
        return;
      case EventKind::JobRecovered:
        return on_recovered(event, job);
      case EventKind::OperatorDrop:
        job.is_taken_away = true;
        return;
      case EventKind::OperatorRetry:
        job.unexplained_start.reset();
        job.recoveries = 0;
        if (!recorded_.sees_queue() && job.ended) reopen(job);
        return;
      case EventKind::JobStarted:
        return on_start(event, job);
      case EventKind::AgentFinished:
        job.outcome = event.outcome;
        job.outcome_of = event.runner;
        job.working.erase(std::string(event.runner));
        return;
      case EventKind::JobRequeued:
        return on_requeue(event, job);
      case EventKind::JobCompleted:
      case EventKind::JobFailed:
        return core::is_failed_by_recovery(event) ? on_failed_by_recovery(event, job) : on_end(event, job);
      case EventKind::LeaseLost:
        return on_lost(event, job);
      case EventKind::JobReleased:
        return on_released(event, job);
      default:
        return;
    }
  }

  void on_call(const Event& event, const CallState&) override {
    const auto job = told_.find(event.job);
    if (job == told_.end()) return;
    // It may have been done all the same: who takes the job anew may end it before the runner hears so.
    if (event.api == core::api::kRelease && event.kind == EventKind::CallFailed) job->second.release_unanswered = true;
    check_overlap(event, job->second);
  }

  /// The lease is to be compared with the clock immediately before an effect.
  void on_exchange(const Exchange& exchange) override {
    const auto found = told_.find(exchange.job);
    if (found == told_.end() || !core::is_effect(core::find_github_operation(exchange.operation))) return;
    Told& job = found->second;
    if (job.overdue.empty() || job.overdue != exchange.runner || !job.working.contains(job.overdue)) return;
    violated(exchange.job, exchange.sent, fmt::format("{} posts for it though it was given to another", job.overdue));
    job.overdue.clear();
  }

  void on_job_over(std::string_view, std::string_view job) override {
    recorded_.forget(job);
    const auto told = told_.find(job);
    if (told != told_.end() && !told->second.unexplained_start) told_.erase(told);
  }

  void at_end(SteadyTime, RunEnd) override {
    // A runner's own trace has no word of operators.
    if (!hears_clients_) return;
    std::map<std::string_view, SteadyTime> unexplained;
    for (const auto& [id, job] : told_) {
      if (job.unexplained_start) unexplained.emplace(id, *job.unexplained_start);
    }
    for (const auto& [id, at] : unexplained) violated(id, at, "is started after its end");
  }

  void on_queue_step(const QueueStep& step) override {
    const JobTurn turn = recorded_.on_step(step);
    if (turn == JobTurn::None) return;
    const auto found = told_.find(step.job);
    if (found == told_.end()) return;
    Told& job = found->second;
    if (turn == JobTurn::PutInAnew || turn == JobTurn::Dropped) begin_anew(job, turn == JobTurn::Dropped);
    if (turn == JobTurn::Revived || (turn == JobTurn::PutBack && job.ended)) reopen(job);
    // The runner itself may hear of it late, when the answer was lost and it has to ask again.
    if (turn == JobTurn::GivenBack) job.working.erase(job.runner);
  }

 private:
  void fail(const Event& event, std::string message) { violated(event.job, event.at, std::move(message)); }

  /// What became of the runs before may be told late.
  static void begin_anew(Told& job, bool is_taken_away) {
    job = Told{.is_taken_away = is_taken_away, .open = std::move(job.open)};
  }

  static void reopen(Told& job) {
    if (!job.ended) ++job.late_failures;
    job.ended = false;
    job.failed = false;
    job.ended_by_recovery = false;
    job.running = false;
    job.unsure = false;
    job.requeues = 0;
    job.inferred_before.merge(job.inferred);
    job.inferred.clear();
    job.outcome.reset();
  }

  void on_resumed(const Event& event) {
    if (const auto paused = paused_.find(event.runner); paused != paused_.end()) paused_.erase(paused);
    for (auto& [id, job] : told_) {
      if (job.overdue == event.runner) job.overdue_since = event.at;
    }
  }

  /// In virtual time a worker lets go of a job at the very instant at which another may take it, which Redis' clock
  /// knows to the microsecond.
  void check_overlap(const Event& event, Told& job) {
    if (job.overdue.empty() || paused_.contains(job.overdue)) return;
    if (!job.working.contains(job.overdue)) return job.overdue.clear();
    if (event.at < job.overdue_since + std::chrono::microseconds(1)) return;
    fail(event, fmt::format("{} works on it though it was given to another at {}", job.overdue,
                            core::format_duration(job.overdue_since.time_since_epoch())));
    job.overdue.clear();
  }

  void begin_work(const Event& event, Told& job) {
    if (!setting_.exact || recorded_.lost_writes()) return;
    for (const std::string& runner : job.working) {
      if (runner == event.runner) continue;
      job.overdue = runner;
      job.overdue_since = event.at;
    }
    job.working.insert(std::string(event.runner));
  }

  void on_start(const Event& event, Told& job) {
    begin_work(event, job);
    if (job.ended && job.failed && !recorded_.sees_queue()) {
      job.unexplained_start = event.at;
      reopen(job);
    }
    // A runner may have heard only after the restart that a job was recorded as ended; the restart has lost that.
    if (job.ended && recorded_.lost_writes() && recorded_.is_running(event.job)) reopen(job);
    if (job.ended && !job.is_taken_away) fail(event, "is started after its end");
    const std::int64_t requeues = std::int64_t{event.attempt.value_or(1)} - 1;
    // A run without a known end may have put the job back and died before it could say so.
    if (job.running) job.unsure = true;
    ++job.open[std::string(event.runner)];
    const std::int64_t most = job.requeues + (job.unsure ? 1 : 0);
    if (!recorded_.lost_writes() && (requeues < job.requeues || requeues > most)) {
      fail(event, fmt::format("is started as attempt {} after {} re-queues", requeues + 1, job.requeues));
    }
    // By more than one where a restart that lost writes has made all earlier ones be forgotten.
    if (requeues > job.requeues) {
      job.inferred.insert(requeues);
      job.recoveries = 0;
    }
    job.requeues = requeues;
    job.running = true;
    job.unsure = false;
    job.outcome.reset();
    job.runner = event.runner;
  }

  /// One of the runner's runs of the job is over; whether it has another.
  static bool close(const Event& event, Told& job) {
    job.working.erase(std::string(event.runner));
    int& open = job.open[std::string(event.runner)];
    open = std::max(0, open - 1);
    return open > 0;
  }

  /// Reading 25. A run whose agent had ended may have re-queued the job, and nobody has heard of it.
  void on_recovered(const Event& event, Told& job) {
    job.recoveries = job.outcome ? 0 : job.recoveries + 1;
    // Where the queue itself is watched, its steps are judged: words of recoveries can come late.
    if (recorded_.knows(event.job) || recorded_.lost_writes() || job.recoveries <= config_.jobs.recoveries) return;
    fail(event, fmt::format("is recovered {} times since it was put in or re-queued; {} are allowed", job.recoveries,
                            config_.jobs.recoveries));
  }

  /// Its owner hears of it by its next renewal.
  void on_cancelled(const Event& event, Told& job) {
    if (job.ended) fail(event, "is cancelled after its end");
    job.ended = true;
    job.failed = false;
    job.is_taken_away = true;
    job.ended_at = event.at;
    job.running = false;
  }

  void on_failed_by_recovery(const Event& event, Told& job) {
    if (job.late_failures > 0) {
      --job.late_failures;
      return;
    }
    if (job.ended) return fail(event, "ends a second time");
    if (!recorded_.may_be_recovered_too_often(event.job)) {
      fail(event, "is said to have been recovered too often, which the queue did not find");
    }
    // Whoever lost it has to let go of it at that moment.
    if (setting_.exact && !recorded_.lost_writes() && !job.working.empty()) {
      job.overdue = *job.working.begin();
      job.overdue_since = event.at;
    }
    job.ended = true;
    job.ended_by_recovery = true;
    job.running = false;
  }

  static void on_lost(const Event& event, Told& job) {
    // With two runs in one process it is the older that lost its lease.
    if (close(event, job) || job.runner != event.runner) return;
    job.unsure = true;
    job.running = false;
  }

  void on_released(const Event& event, Told& job) {
    // Whoever took it meanwhile may have ended it. What Redis was told is judged by what stands there.
    const bool was_unanswered = std::exchange(job.release_unanswered, false);
    const bool is_late = job.runner != event.runner || (job.ended && was_unanswered);
    if (job.ended && !is_late) fail(event, "is given back after its end");
    if (close(event, job) || is_late) return;
    job.running = false;
    job.outcome.reset();
  }

  void on_requeue(const Event& event, Told& job) {
    const std::int64_t count = event.retry_count.value_or(0);
    const bool is_late =
        job.inferred.erase(count) > 0 || (job.runner != event.runner && job.inferred_before.erase(count) > 0);
    if (is_late) {
      close(event, job);
      return;
    }
    // Who re-queued it may hear so after others have taken it, lost it, and ended it by that.
    if (job.ended_by_recovery && recorded_.may_be_requeued(event.job, count)) {
      close(event, job);
      return;
    }
    if (job.ended) fail(event, "is re-queued after its end");
    if (!recorded_.lost_writes() && count != job.requeues + 1) {
      fail(event, fmt::format("is re-queued as number {} after {}", count, job.requeues));
    }
    if (count > config_.jobs.retry.requeues) {
      fail(event, fmt::format("is re-queued {} times; {} are allowed", count, config_.jobs.retry.requeues));
    }
    if (job.outcome && job.outcome_of == event.runner && name_of(*job.outcome) != event.reason.name()) {
      fail(event,
           fmt::format("is re-queued for {} when its agent ended as {}", event.reason.name(), name_of(*job.outcome)));
    }
    job.requeues = count;
    job.recoveries = 0;
    job.running = false;
    close(event, job);
  }

  void on_end(const Event& event, Told& job) {
    if (event.kind == EventKind::JobFailed && job.late_failures > 0) {
      --job.late_failures;
      close(event, job);
      return;
    }
    if (job.ended) return fail(event, "ends a second time");
    if (!job.running && !recorded_.lost_writes()) fail(event, "ends without having been started");
    const bool completed = event.kind == EventKind::JobCompleted;
    if (job.outcome && job.outcome_of == event.runner && completed != (job.outcome == core::AgentOutcome::Completed)) {
      fail(event,
           fmt::format("{} when its agent ended as {}", completed ? "is completed" : "fails", name_of(*job.outcome)));
    }
    if (!recorded_.lost_writes() && event.reason == core::JobFailReason::Exhausted &&
        job.requeues != config_.jobs.retry.requeues) {
      fail(event, fmt::format("is exhausted after {} re-queues of {}", job.requeues, config_.jobs.retry.requeues));
    }
    job.ended = true;
    job.failed = !completed;
    job.ended_at = event.at;
    job.running = false;
    close(event, job);
  }

  void on_crash(std::string_view runner) {
    if (const auto paused = paused_.find(runner); paused != paused_.end()) paused_.erase(paused);
    for (auto& [id, job] : told_) {
      if (const auto working = job.working.find(runner); working != job.working.end()) job.working.erase(working);
      if (const auto open = job.open.find(runner); open != job.open.end()) job.open.erase(open);
      if (job.runner != runner || !job.running) continue;
      job.running = false;
      job.unsure = true;
    }
  }

  /// What was acknowledged in the lost stretch is exempt; which that was nobody can tell from outside. Words that are
  /// still to come of earlier re-queues come all the same.
  void forget() {
    for (auto& [id, job] : told_) {
      job = Told{.inferred = std::move(job.inferred), .inferred_before = std::move(job.inferred_before)};
    }
    recorded_.forget();
  }

  const core::Config& config_;
  const Setting setting_;
  std::set<std::string, std::less<>> paused_;  ///< Runners that stand still.
  JobMap<Told> told_;
  RecordedJobs recorded_;
  bool hears_clients_ = false;  ///< Some event is of a client or an operator.
};

}  // namespace

InvariantPointer make_jobs_invariant(const core::Config& config, const Setting& setting, Findings& findings) {
  return std::make_unique<Jobs>(config, setting, findings);
}

}  // namespace sim
