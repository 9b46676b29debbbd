// A job fails only for a reason that the events of its run bear out, and fails where they leave nothing else: no run
// has more answers of the model than it has turns. What its agent made of them is not asked.
#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>
#include <string>

#include "core/api/api.h"
#include "core/events/run_end.h"
#include "core/text/enum_names.h"
#include "sim/invariants/families.h"
#include "sim/invariants/job_maps.h"

namespace sim {

namespace {

using core::Event;
using core::EventKind;
using core::GiveUpReason;
using core::JobFailReason;

/// What was heard of one run of a job.
struct Heard {
  std::uint32_t answers = 0;            ///< Of the model.
  bool called = false;                  ///< Anything at all.
  std::optional<GiveUpReason> gave_up;  ///< The last call that was given up, for another reason than being cancelled.
  bool tool_failed = false;
  bool asked_github = false;  ///< About comments.
};

class Reasons final : public Invariant {
 public:
  Reasons(const core::Config& config, Findings& findings) : Invariant(findings), config_(config) {}

  std::string_view name() const override { return "reasons"; }

  void on_call(const Event& event, const CallState&) override {
    if (core::is_of(core::Service::Redis, event.api)) return;
    const bool is_for_token = event.api == core::api::kToken;
    Heard& heard = heard_of(event);
    heard.called = true;
    heard.asked_github |= core::is_of_tool(event.api);
    if (event.kind == EventKind::CallSucceeded && event.api == core::api::kChat &&
        ++heard.answers == config_.llm.max_turns + 1) {
      violated(event.job, event.at, fmt::format("a run has more than {} answers of the model", config_.llm.max_turns));
    }
    if (event.kind == EventKind::CallGaveUp) {
      const auto reason = event.reason.as<GiveUpReason>();
      if (!reason || reason == GiveUpReason::Cancelled) return;
      // A token is fetched for all jobs that wait for it, and only the one that asked first is named.
      if (is_for_token) of_token_[std::string(event.runner)].insert(*reason);
      if (!is_for_token) heard.gave_up = reason;
    }
  }

  void on_event(const Event& event) override {
    switch (event.kind) {
      case EventKind::RedisRestarted:
        lost_writes_ |= event.lost.has_value();
        return;
      case EventKind::WorkerStarted:
      case EventKind::WorkerCrashed:
        std::erase_if(heard_, [&event](const auto& each) { return each.first.first == event.runner; });
        of_token_.erase(std::string(event.runner));
        return;
      case EventKind::JobStarted:
        heard_of(event) = {};
        failed_.erase(std::string(event.job));
        delayed_.erase(std::string(event.job));
        return;
      case EventKind::JobRequeued:
        delayed_.insert(std::string(event.job));
        return;
      case EventKind::OperatorRetry:
        if (ends_a_wait(event)) return;
        // The failure that is undone may be heard of later, when another run has begun.
        if (failed_.erase(std::string(event.job)) == 0) ++late_failures_[std::string(event.job)];
        return;
      case EventKind::ToolFailed:
        heard_of(event).tool_failed = true;
        return;
      case EventKind::JobFailed:
        if (std::uint32_t& late = late_failures_[std::string(event.job)]; late > 0) {
          --late;
          return;
        }
        failed_.emplace(event.job);
        if (!core::is_failed_by_recovery(event)) check(event, heard_of(event));
        return;
      default:
        return;
    }
  }

  /// Redis knows in which state an operator's retry found the job; the runner's word of it may come later.
  void on_queue_step(const QueueStep& step) override {
    sees_queue_ = true;
    const auto waiting = waiting_for_retry_.find(step.job);
    // One that is due may have been made ready before: the operator's word found nothing to end.
    const bool waits = waiting != waiting_for_retry_.end() && waiting->second > step.now_us;
    if (step.script == "revive" && step.after.state == "waiting" && waits) ++waits_ended_[std::string(step.job)];
    if (step.after.state == "delayed") {
      waiting_for_retry_.insert_or_assign(std::string(step.job), step.after.due_us.value_or(0));
    } else if (waiting != waiting_for_retry_.end()) {
      waiting_for_retry_.erase(waiting);
    }
  }

  void on_job_over(std::string_view runner, std::string_view job) override { forget_run(heard_, runner, job); }

 private:
  /// An operator's retry of a job that waited for its own; otherwise of one that had failed.
  bool ends_a_wait(const Event& event) {
    if (!sees_queue_) return delayed_.erase(std::string(event.job)) > 0;
    const auto found = waits_ended_.find(event.job);
    if (found == waits_ended_.end()) return false;
    if (--found->second == 0) waits_ended_.erase(found);
    return true;
  }

  Heard& heard_of(const Event& event) { return known_of(heard_, event.runner, event.job); }

  void check(const Event& event, const Heard& heard) {
    if (lost_writes_) return;
    const auto reason = event.reason.as<JobFailReason>();
    if (reason && is_borne_out(*reason, event, heard)) return;
    violated(event.job, event.at, fmt::format("fails as {}, which nothing in its run bears out", event.reason.name()));
  }

  bool is_borne_out(JobFailReason reason, const Event& event, const Heard& heard) const {
    const auto token = of_token_.find(event.runner);
    const auto gave_up_as = [&](GiveUpReason why) {
      return heard.gave_up == why || (token != of_token_.end() && token->second.contains(why));
    };
    switch (reason) {
      case JobFailReason::Exhausted:
        return gave_up_as(GiveUpReason::Exhausted) || gave_up_as(GiveUpReason::RetryAfterTooLong) ||
               gave_up_as(GiveUpReason::Deadline) || gave_up_as(GiveUpReason::CircuitOpen);
      case JobFailReason::NotRetryable:
        return gave_up_as(GiveUpReason::NotRetryable);
      case JobFailReason::OutcomeUnknown:
        // A journal that cannot be read fails the tool before it calls anything.
        return gave_up_as(GiveUpReason::OutcomeUnknown) || (heard.tool_failed && !heard.asked_github);
      case JobFailReason::Malformed:
      case JobFailReason::TooLarge:
        return !heard.called;
      case JobFailReason::JournalFull:
        return heard.tool_failed;
      case JobFailReason::TurnsExceeded:
        return heard.answers >= config_.llm.max_turns;
      case JobFailReason::IncompleteAnswer:
      case JobFailReason::FilteredAnswer:
        return heard.answers >= 2;
      case JobFailReason::Deadline:
        return true;  // The invariant `deadline` asks for more.
      case JobFailReason::WaitTooLong:
        return gave_up_as(GiveUpReason::RetryAfterTooLong);
      case JobFailReason::Cancelled:
      case JobFailReason::RecoveredTooOften:
        return true;
    }
    return false;
  }

  const core::Config& config_;
  bool lost_writes_ = false;
  std::set<std::string, std::less<>> failed_;   ///< Jobs whose last word is that they failed.
  std::set<std::string, std::less<>> delayed_;  ///< The same of those that were re-queued.
  bool sees_queue_ = false;
  std::map<std::string, std::int64_t, std::less<>> waiting_for_retry_;  ///< In Redis: when it is due, in microseconds.
  std::map<std::string, std::uint32_t, std::less<>> waits_ended_;  ///< By job: by an operator who is yet to hear of it.
  std::map<std::string, std::uint32_t> late_failures_;  ///< By job: undone by an operator, and not heard of yet.
  RunMap<Heard> heard_;
  std::map<std::string, std::set<GiveUpReason>, std::less<>> of_token_;  ///< Why tokens were given up, by runner.
};

}  // namespace

InvariantPointer make_reasons_invariant(const core::Config& config, Findings& findings) {
  return std::make_unique<Reasons>(config, findings);
}

}  // namespace sim
