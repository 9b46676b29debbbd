// Time never goes back, and nothing rests while work is due. The latter only where virtual time is exact.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "core/api/api.h"
#include "core/events/run_end.h"
#include "core/time/text.h"
#include "sim/invariants/families.h"

namespace sim {

namespace {

using core::Duration;
using core::Event;
using core::EventKind;
using core::format_duration;
using core::SteadyTime;

/// The queue counts microseconds, rounded up.
constexpr Duration kGrain = std::chrono::microseconds(1);

class Time final : public Invariant {
 public:
  Time(const core::Config& config, const Setting& setting, Findings& findings)
      : Invariant(findings),
        config_(config),
        setting_(setting),
        settling_(config.jobs.lease + longest_redis_wait(config)) {}

  std::string_view name() const override { return "time"; }

  void on_call(const Event& event, const CallState& before) override {
    check_order(event);
    // The LLM's attempts may have to wait for their interval as well.
    const bool may_be_held =
        event.api == core::api::kChat || core::is_of(core::Service::Redis, event.api) || config_.limits.adaptive;
    const bool after_wait = event.kind == EventKind::CallStarted && before.phase == CallState::Phase::Waiting;
    if (!setting_.exact || may_be_held || !after_wait) return;
    const SteadyTime due = core::saturating_add(before.since, before.delay);
    const auto runner = runners_.find(event.runner);
    const bool stood_still = runner != runners_.end() && runner->second.idle_since_pause == event.at;
    if (event.at > due && !stood_still) {
      violated(
          event.job, event.at,
          fmt::format("{} is called again {} after its wait was over", event.api, format_duration(event.at - due)));
    }
  }

  void on_disturbance(const Disturbance& disturbance) override {
    disturbed_until_ = std::max(disturbed_until_.value_or(disturbance.until), disturbance.until);
    const auto runner = runners_.find(disturbance.stopping);
    if (runner != runners_.end()) runner->second.takes_jobs = false;
  }

  void on_event(const Event& event) override {
    check_order(event);
    switch (event.kind) {
      case EventKind::WorkerPaused:
        runners_[std::string(event.runner)].is_paused = true;
        return;
      case EventKind::WorkerResumed: {
        Runner& runner = runners_[std::string(event.runner)];
        runner.is_paused = false;
        runner.idle_since_pause = event.at;
        return;
      }
      case EventKind::WorkerStarted:
        runners_[std::string(event.runner)] = {.idle_since = event.at};
        return;
      case EventKind::WorkerStopped:
      case EventKind::WorkerCrashed:
        runners_.erase(std::string(event.runner));
        return;
      case EventKind::CredentialRefused:
        runners_[std::string(event.runner)].refused_by.emplace(event.api);
        return;
      case EventKind::CredentialAccepted: {
        Runner& runner = runners_[std::string(event.runner)];
        runner.refused_by.erase(std::string(event.api));
        runner.idle_since = event.at;
        return;
      }
      case EventKind::OperatorPause:
        is_paused_ = true;
        return;
      case EventKind::OperatorResume:
        is_paused_ = false;
        for (auto& [job, due] : due_) due = std::max(due, event.at);
        return;
      case EventKind::OperatorRetry:
        retried_.insert_or_assign(std::string(event.job), event.at);
        return;
      case EventKind::RedisRestarted:
        // With the operator's word Redis may have lost all that followed: the job waits for its earlier retry again.
        if (!event.lost) return;
        for (const auto& [job, at] : retried_) {
          if (at >= event.at - *event.lost) due_.erase(job);
        }
        return;
      case EventKind::JobRequeued:
      case EventKind::JobReleased:
        // The runner may hear that Redis has it when another has begun it already.
        if (const auto last = begun_by_.find(event.job); last != begun_by_.end() && last->second == event.runner) {
          due_[std::string(event.job)] = core::saturating_add(event.at, event.delay.value_or(Duration::zero()));
        }
        return end_run(event);
      case EventKind::JobFailed:
        // Where Redis lost the re-queue, the job may have gone on as if it had never been put off.
        if (const auto due = due_.find(event.job); due != due_.end()) due_.erase(due);
        begun_by_.erase(std::string(event.job));
        return end_run(event);
      case EventKind::JobCompleted:
        begun_by_.erase(std::string(event.job));
        return end_run(event);
      case EventKind::LeaseLost:
        return end_run(event);
      case EventKind::JobStarted:
        check_rest(event);
        return begin_run(event);
      default:
        return;
    }
  }

  /// A job is only put in where it was not there any more: Redis had lost it, and its due time with it. Its run may
  /// begin before the client hears of it.
  void on_queue_step(const QueueStep& step) override {
    if (step.script != "enqueue" || step.after.state != "waiting") return;
    if (const auto due = due_.find(step.job); due != due_.end()) due_.erase(due);
  }

 private:
  struct Runner {
    std::uint32_t running = 0;
    SteadyTime idle_since;
    bool takes_jobs = true;
    bool is_paused = false;
    std::set<std::string> refused_by;            ///< The APIs that refuse its credential: it takes no job.
    std::optional<SteadyTime> idle_since_pause;  ///< When it went on after it had stood still.
  };

  void check_order(const Event& event) {
    if (event.at < last_) {
      violated(event.job, event.at,
               fmt::format("{} is {} earlier than the event before it", core::name_of(event.kind),
                           format_duration(last_ - event.at)));
    }
    last_ = std::max(last_, event.at);
  }

  void begin_run(const Event& event) {
    ++runners_[std::string(event.runner)].running;
    begun_by_[std::string(event.job)] = event.runner;
  }

  void end_run(const Event& event) {
    if (!core::ends_a_run(event)) return;
    const auto runner = runners_.find(event.runner);
    if (runner == runners_.end() || runner->second.running == 0) return;
    if (runner->second.running == config_.jobs.concurrency) runner->second.idle_since = event.at;
    --runner->second.running;
  }

  /// A delayed job that is due is taken at that instant, if anybody is idle.
  void check_rest(const Event& event) {
    const auto due = due_.find(event.job);
    if (due == due_.end()) return;
    const SteadyTime when = due->second;
    due_.erase(due);
    // Whoever resumes the queue may hear of it after those who take the jobs.
    if (is_paused_ || !setting_.exact || !setting_.disturbances_told || event.at <= when + kGrain) return;
    // What a disturbance left behind - a dead worker's lease, a worker that rests from Redis - takes its time.
    if (disturbed_until_ && when <= core::saturating_add(*disturbed_until_, settling_)) return;
    for (const auto& [name, runner] : runners_) {
      if (!runner.takes_jobs || runner.is_paused || !runner.refused_by.empty()) continue;
      if (runner.idle_since_pause.value_or(when) > when) continue;
      if (runner.running >= config_.jobs.concurrency || runner.idle_since > when) continue;
      return violated(
          event.job, event.at,
          fmt::format("is started {} after it was due, while {} was idle", format_duration(event.at - when), name));
    }
  }

  const core::Config& config_;
  const Setting setting_;
  /// One lease and the longest wait of a worker for Redis: after a disturbance nothing is promised for that long.
  const Duration settling_;
  std::optional<SteadyTime> disturbed_until_;
  bool is_paused_ = false;  ///< By an operator.
  SteadyTime last_ = SteadyTime::min();
  std::map<std::string, Runner, std::less<>> runners_;
  std::map<std::string, SteadyTime, std::less<>> due_;        ///< Of re-queued jobs.
  std::map<std::string, SteadyTime> retried_;                 ///< When an operator has brought a job back last.
  std::map<std::string, std::string, std::less<>> begun_by_;  ///< By job: the runner of its last run.
};

}  // namespace

InvariantPointer make_time_invariant(const core::Config& config, const Setting& setting, Findings& findings) {
  return std::make_unique<Time>(config, setting, findings);
}

}  // namespace sim
