// A job's deadline bounds what is done for it: no call begins, goes on or is waited for beyond it, and nothing is given
// up for it before its time. A token is fetched for all jobs that need it, whichever asked first, and what is asked of
// Redis records how jobs end: neither is bounded.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>

#include "core/api/api.h"
#include "core/time/text.h"
#include "sim/invariants/bounds.h"
#include "sim/invariants/families.h"
#include "sim/invariants/held_back.h"
#include "sim/invariants/job_maps.h"

namespace sim {

namespace {

using core::Duration;
using core::Event;
using core::EventKind;
using core::format_duration;
using core::saturating_add;
using core::SteadyTime;

class DeadlineKept final : public Invariant {
 public:
  DeadlineKept(const core::Config& config, const Setting& setting, Findings& findings)
      : Invariant(findings), config_(config), is_exact_(setting.exact) {}

  std::string_view name() const override { return "deadline"; }

  void on_event(const Event& event) override {
    switch (event.kind) {
      case EventKind::JobStarted:
        forget_run(runs_, event.runner, event.job);
        if (event.deadline) known_of(runs_, event.runner, event.job) = {saturating_add(event.at, *event.deadline)};
        return;
      case EventKind::WorkerStarted:
      case EventKind::WorkerCrashed:
        std::erase_if(runs_, [&event](const auto& each) { return each.first.first == event.runner; });
        return;
      case EventKind::WorkerPaused:
        may_be_late_ = true;
        return;
      case EventKind::AgentFinished:
        if (Run* run = run_of(event)) run->finished = event.at;
        return;
      case EventKind::JobRequeued:
      case EventKind::JobReleased:
        // A runner that stops gives a run back that has not finished, and waits for what that has sent.
        if (event.kind == EventKind::JobReleased && !has_finished(event)) return;
        // Redis counts microseconds.
        if (event.delay) check_wait(event, "comes back", std::chrono::microseconds(1));
        return;
      case EventKind::JobFailed:
        if (event.reason == core::JobFailReason::Deadline) check_failed(event);
        return;
      default:
        return;
    }
  }

  void on_call(const Event& event, const CallState& before) override {
    const bool is_token = event.api == core::api::kToken;
    const bool is_bounded = !core::is_of(core::Service::Redis, event.api) && !is_token;
    if (is_token && event.kind == EventKind::CallGaveUp) no_token_.emplace(event.runner);
    if (!is_bounded) {
      if (event.kind == EventKind::CallGaveUp && event.reason == core::GiveUpReason::Deadline) {
        violated(event.job, event.at, fmt::format("{} is given up for a deadline; it has none", event.api));
      }
      return;
    }
    switch (event.kind) {
      case EventKind::CallStarted:
        return check_time(event, "begins", Duration::zero());
      case EventKind::CallSucceeded:
      case EventKind::CallFailed:
        // An answer at the very deadline comes in time.
        return check_time(event, "ends", Duration(1));
      case EventKind::CallRetry:
        // A wait for a limit may be shorter than what is known of the limit.
        if (!waits_for_others()) check_wait(event, "is called again", Duration::zero());
        return;
      case EventKind::CallGaveUp:
        return check_give_up(event, before);
      default:
        return;
    }
  }

  void on_job_over(std::string_view runner, std::string_view job) override { forget_run(runs_, runner, job); }

 private:
  struct Run {
    SteadyTime deadline;
    bool gave_up = false;                ///< A call, for whatever reason.
    std::optional<SteadyTime> finished;  ///< When its agent did.
  };

  /// On a real machine an event is stamped a little after what it tells of, and timers fire late.
  static constexpr Duration kStampedLate = std::chrono::milliseconds(1), kFiresLate = std::chrono::seconds(1);

  /// How long a limit, a circuit or another guard is waited for nobody knows.
  bool waits_for_others() const {
    return config_.limits.adaptive || config_.breaker.enabled || has_guards_that_hold_back(config_);
  }

  void check_time(const Event& event, std::string_view what, Duration grace) {
    const Run* run = run_of(event);
    if (run == nullptr || may_be_late_) return;
    const Duration late = event.at - run->deadline;
    if (late >= (is_exact_ ? grace : kFiresLate)) {
      violated(event.job, event.at,
               fmt::format("{} {} {} after the job's deadline", event.api, what, format_duration(late)));
    }
  }

  void check_wait(const Event& event, std::string_view what, Duration grace) {
    const Run* run = run_of(event);
    if (run == nullptr) return;
    // Redis may take its time to answer, and counts from when it was asked.
    const SteadyTime since = event.api.empty() ? run->finished.value_or(event.at) : event.at;
    const SteadyTime due = saturating_add(since, *event.delay - (is_exact_ ? grace : kStampedLate));
    if (*event.delay > Duration::zero() && due >= run->deadline) {
      violated(event.job, event.at,
               fmt::format("{} {} after {}, when its deadline has come", event.api.empty() ? "it" : event.api, what,
                           format_duration(*event.delay)));
    }
  }

  void check_give_up(const Event& event, const CallState& before) {
    Run* run = run_of(event);
    if (run != nullptr) run->gave_up = true;
    if (event.reason != core::GiveUpReason::Deadline) return;
    if (run == nullptr) {
      return violated(event.job, event.at, fmt::format("{} is given up for a deadline; it has none", event.api));
    }
    if (saturating_add(event.at, longest_wait(event, before)) >= run->deadline) return;
    violated(event.job, event.at,
             fmt::format("{} is given up for a deadline that is {} away, and would wait for {} at the most", event.api,
                         format_duration(run->deadline - event.at), format_duration(longest_wait(event, before))));
  }

  /// Before the attempt that would have been next.
  Duration longest_wait(const Event& event, const CallState& before) const {
    if (waits_for_others()) return Duration::max();
    const core::RetryPolicy* policy = policy_of(config_, event.api);
    Duration longest =
        event.api == core::api::kChat ? config_.llm.min_interval * config_.jobs.concurrency : Duration::zero();
    if (before.phase != CallState::Phase::Failed || policy == nullptr) return longest;
    longest = std::max(longest, backoff_bounds(policy->backoff, before.attempt, before.previous_delay).high);
    if (before.hint) longest = std::max(longest, hint_bounds(policy->backoff.jitter, *before.hint).high);
    // Reading 21: what a new token is tried again after.
    const auto settling = std::chrono::seconds(std::uint64_t{1} << (std::clamp(before.attempt, 1U, 32U) - 1));
    return std::max<Duration>(longest, settling);
  }

  /// In time only where a call was given up: for the deadline, or for what would delay the job beyond it.
  void check_failed(const Event& event) {
    const Run* run = run_of(event);
    if (run == nullptr) return violated(event.job, event.at, "fails for a deadline; it has none");
    const bool may_be_delayed = run->gave_up || no_token_.contains(event.runner) || waits_for_others();
    if (event.at >= run->deadline || may_be_delayed) return;
    violated(event.job, event.at,
             fmt::format("fails for a deadline that is {} away, and nothing delays it",
                         format_duration(run->deadline - event.at)));
  }

  bool has_finished(const Event& event) {
    const Run* run = run_of(event);
    return run != nullptr && run->finished.has_value();
  }

  /// Null where its job has no deadline.
  Run* run_of(const Event& event) {
    const auto found = runs_.find(RunKeyView(event.runner, event.job));
    return found == runs_.end() ? nullptr : &found->second;
  }

  const core::Config& config_;
  const bool is_exact_;
  bool may_be_late_ = false;  ///< A runner stood still: what came meanwhile it reads late.
  RunMap<Run> runs_;
  std::set<std::string, std::less<>> no_token_;  ///< Runners that could not get one, which delays every job.
};

}  // namespace

InvariantPointer make_deadline_invariant(const core::Config& config, const Setting& setting, Findings& findings) {
  return std::make_unique<DeadlineKept>(config, setting, findings);
}

}  // namespace sim
