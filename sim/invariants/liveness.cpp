// While a job is open and a worker is up, something happens within a bound that is computed from the configuration and
// counted since the last progress or the end of the last wait that was announced.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

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

/// An attempt takes its timeout at most; a job whose worker is gone is recovered when its lease ends; and whoever has
/// to reach Redis for any of this may have to wait and to try again.
Duration longest_silence(const core::Config& config) {
  const Duration attempt =
      std::max({config.llm.timeout, config.github.token.timeout, config.longest_timeout_of_tools()});
  return attempt + config.llm.min_interval + config.jobs.lease + longest_redis_wait(config) * 2;
}

class Liveness final : public Invariant {
 public:
  Liveness(const core::Config& config, const Setting& setting, Findings& findings)
      : Invariant(findings), bound_(longest_silence(config)), faults_end_(setting.faults_end) {}

  std::string_view name() const override { return "liveness"; }

  void on_call(const Event& event, const CallState&) override {
    // Trouble with Redis that goes on and on is no progress.
    if (event.kind == EventKind::CallRetry) announced_ = std::max(announced_, end_of_wait(event));
    if (!core::is_of(core::Service::Redis, event.api)) progress(event.at);
  }

  void on_disturbance(const Disturbance& disturbance) override {
    if (faults_end_) faults_end_ = std::max(*faults_end_, disturbance.until);
  }

  void on_event(const Event& event) override {
    progress(event.at);
    switch (event.kind) {
      case EventKind::JobEnqueued:
        // The client may hear of it after the job's end.
        if (!ended_.contains(event.job)) open_.insert(std::string(event.job));
        return;
      case EventKind::JobCompleted:
      case EventKind::JobFailed:
        return close(event.job);
      case EventKind::JobRequeued:
      case EventKind::JobReleased:
      case EventKind::CredentialRefused:
        announced_ = std::max(announced_, end_of_wait(event));
        return;
      case EventKind::JobStarted:
        started_[std::string(event.job)] = event.at;
        return reopen(event.job);
      case EventKind::OperatorPause:
        is_paused_ = true;
        return;
      case EventKind::OperatorResume:
        is_paused_ = false;
        return;
      case EventKind::OperatorDrop:
        close(event.job);
        ended_.erase(std::string(event.job));
        return;
      case EventKind::OperatorRetry:
        // The operator may hear of it after the beginning, and even the end, of the run that it has brought about.
        if (const auto started = started_.find(event.job); started == started_.end() || started->second != event.at) {
          reopen(event.job);
        }
        return;
      case EventKind::WorkerStarted:
      case EventKind::WorkerResumed:
        up_.insert(std::string(event.runner));
        return;
      case EventKind::WorkerStopped:
      case EventKind::WorkerCrashed:
      case EventKind::WorkerPaused:
        up_.erase(std::string(event.runner));
        return;
      case EventKind::RedisRestarted:
        // Jobs may be gone, and others be open again.
        lost_writes_ |= event.lost.has_value();
        return;
      default:
        return;
    }
  }

  /// A runner may die before it tells that it put the job off or ended it. Redis knows.
  void on_queue_step(const QueueStep& step) override {
    if (step.after.state == "completed" || step.after.state == "failed") close(step.job);
    if (!step.after.due_us) return;
    const Duration wait = std::chrono::microseconds(*step.after.due_us - step.now_us);
    announced_ = std::max(announced_, core::saturating_add(step.at, wait));
  }

  void at_end(SteadyTime now, RunEnd) override { progress(now); }

  void on_job_over(std::string_view, std::string_view job) override {
    if (const auto ended = ended_.find(job); ended != ended_.end()) ended_.erase(ended);
    if (const auto started = started_.find(job); started != started_.end()) started_.erase(started);
  }

 private:
  static SteadyTime end_of_wait(const Event& event) {
    return core::saturating_add(event.at, event.delay.value_or(Duration::zero()));
  }

  void close(std::string_view job) {
    if (const auto open = open_.find(job); open != open_.end()) open_.erase(open);
    ended_.emplace(job);
  }

  /// One that had ended is run anew.
  void reopen(std::string_view job) {
    const auto ended = ended_.find(job);
    if (ended == ended_.end()) return;
    ended_.erase(ended);
    open_.insert(std::string(job));
  }

  void progress(SteadyTime now) {
    if (faults_end_ && !lost_writes_ && !is_paused_ && !open_.empty() && !up_.empty()) {
      const SteadyTime since = std::max({last_, announced_, *faults_end_});
      if (now > core::saturating_add(since, bound_)) {
        violated(*open_.begin(), now,
                 fmt::format("nothing happened for {} while the job was open and {} was up; at most {} are explained",
                             format_duration(now - since), *up_.begin(), format_duration(bound_)));
      }
    }
    last_ = std::max(last_, now);
  }

  const Duration bound_;
  std::optional<SteadyTime> faults_end_;
  SteadyTime last_{};
  SteadyTime announced_{};
  std::set<std::string, std::less<>> open_;  ///< Jobs.
  JobSet ended_;
  JobMap<SteadyTime> started_;             ///< A job's last run.
  std::set<std::string, std::less<>> up_;  ///< Runners.
  bool is_paused_ = false;                 ///< By an operator.
  bool lost_writes_ = false;
};

}  // namespace

InvariantPointer make_liveness_invariant(const core::Config& config, const Setting& setting, Findings& findings) {
  return std::make_unique<Liveness>(config, setting, findings);
}

}  // namespace sim
