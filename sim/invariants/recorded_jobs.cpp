#include "sim/invariants/recorded_jobs.h"

#include <fmt/format.h>

#include <utility>

namespace sim {

namespace {

bool is_known_state(std::string_view state) {
  return state.empty() || state == "running" || state == "waiting" || state == "delayed" || state == "completed" ||
         state == "failed";
}

}  // namespace

JobTurn RecordedJobs::on_step(const QueueStep& step) {
  sees_queue_ = true;
  check_place(step);
  const auto found = jobs_.find(step.job);
  if (found == jobs_.end()) {
    jobs_.emplace(std::string(step.job), after(step, Recorded{.counted = !lost_writes_}));
    return step.script == "revive" && step.after.state == "waiting" ? JobTurn::PutBack : JobTurn::None;
  }
  Recorded& before = found->second;
  if (step.script == "drop" && step.after.state.empty()) return on_dropped(step, before);
  if (step.script == "cancel") check_cancel(step, before);
  JobTurn turn = check_new_life(step, before);
  if (step.script == "claim") check_claim(step, before);
  if (step.script == "recover") check_recovery(step, before);
  check_owner(step, before);
  check_retries(step, before);
  if (step.script == "release" && took_effect(step, before)) turn = JobTurn::GivenBack;
  before = after(step, before);
  return turn;
}

JobTurn RecordedJobs::on_dropped(const QueueStep& step, Recorded& before) {
  if (before.state.empty()) return JobTurn::None;
  const bool had_ended = before.state == "completed" || before.state == "failed";
  if (!had_ended) fail(step, fmt::format("is dropped while it is {}", before.state));
  before = Recorded{.is_dropped = true};
  return JobTurn::Dropped;
}

void RecordedJobs::check_cancel(const QueueStep& step, const Recorded& before) {
  const bool had_ended = before.state.empty() || before.state == "completed" || before.state == "failed";
  const std::string_view expected = had_ended ? std::string_view(before.state) : std::string_view("failed");
  if (step.after.state != expected) {
    fail(step, fmt::format("cancel left it {} when it was {}", step.after.state, before.state));
  }
}

void RecordedJobs::forget() {
  lost_writes_ = true;
  jobs_.clear();
}

bool RecordedJobs::is_running(std::string_view job) const {
  const auto found = jobs_.find(job);
  return found != jobs_.end() && found->second.state == "running";
}

bool RecordedJobs::may_be_requeued(std::string_view job, std::int64_t times) const {
  const auto found = jobs_.find(job);
  return lost_writes_ || found == jobs_.end() || found->second.retries >= times;
}

bool RecordedJobs::may_be_recovered_too_often(std::string_view job) const {
  const auto found = jobs_.find(job);
  return lost_writes_ || found == jobs_.end() || found->second.recovered_too_often;
}

void RecordedJobs::fail(const QueueStep& step, std::string message) {
  findings_.add("jobs", step.job, step.at, std::move(message));
}

RecordedJobs::Recorded RecordedJobs::after(const QueueStep& step, const Recorded& before) {
  const JobRecord& now = step.after;
  const bool has_ended = now.state == "completed" && before.state != "completed";
  return {std::string(now.state),
          std::string(now.owner),
          now.due_us,
          now.lease_us,
          now.retries,
          recoveries_after(step, before),
          before.counted || is_counted_anew(step, before),
          before.recovered_too_often || (is_recovery(step, before) && now.state == "failed"),
          before.is_dropped,
          has_ended ? step.at : before.ended_at};
}

void RecordedJobs::check_place(const QueueStep& step) {
  const JobRecord& now = step.after;
  const bool delayed = now.due_us.has_value();
  const bool leased = now.lease_us.has_value();
  const bool owned = !now.owner.empty();
  const bool running = now.state == "running";
  if (!is_known_state(now.state)) return fail(step, fmt::format("{} left it {}", step.script, now.state));
  if (delayed != (now.state == "delayed") || leased != running || owned != running) {
    fail(step, fmt::format("{} left it {}, {}among the delayed, {}leased and {}owned", step.script,
                           now.state.empty() ? "nowhere" : now.state, delayed ? "" : "not ", leased ? "" : "not ",
                           owned ? "" : "not "));
  }
}

/// A job that had ended is to be run anew: because an operator has said so, or because it was put in again long after.
JobTurn RecordedJobs::check_new_life(const QueueStep& step, Recorded& before) {
  const bool failed = before.state == "failed";
  if (step.script == "enqueue" && before.is_dropped && step.after.state == "waiting") {
    before = Recorded{.state = "waiting"};
    return JobTurn::PutInAnew;
  }
  if (step.after.state != "waiting" || (!failed && before.state != "completed")) return JobTurn::None;
  JobTurn turn = JobTurn::None;
  if (step.script == "revive" && failed) {
    turn = JobTurn::Revived;
  } else if (step.script == "enqueue" && !failed && step.at - before.ended_at >= kRetention) {
    turn = JobTurn::PutInAnew;
  } else {
    fail(step, fmt::format("{} puts it in anew though it had {}", step.script, before.state));
  }
  before = Recorded{.state = "waiting"};
  return turn;
}

/// A repetition changes nothing. That a due job was made ready meanwhile is no work of the script.
bool RecordedJobs::took_effect(const QueueStep& step, const Recorded& before) {
  const JobRecord& now = step.after;
  if (step.script == "complete") return now.state == "completed" && before.state != "completed";
  if (step.script == "fail") return now.state == "failed" && before.state != "failed";
  if (step.script == "release") return before.state == "running" && now.state != "running";
  return step.script == "requeue" && now.retries != before.retries;
}

void RecordedJobs::check_owner(const QueueStep& step, const Recorded& before) {
  if (!took_effect(step, before) || before.owner == step.token) return;
  fail(step, fmt::format("{} by somebody else than its owner took effect", step.script));
}

void RecordedJobs::check_retries(const QueueStep& step, const Recorded& before) {
  const JobRecord& now = step.after;
  const bool is_spent = step.script == "requeue" && before.owner == step.token;
  const std::int64_t retries = before.retries + (is_spent ? 1 : 0);
  if (now.retries != retries) {
    fail(step, fmt::format("{} took its retry count from {} to {}", step.script, before.retries, now.retries));
  }
  if (is_spent && now.state != "delayed") fail(step, fmt::format("requeue by its owner left it {}", now.state));
}

void RecordedJobs::check_claim(const QueueStep& step, const Recorded& before) {
  if (step.after.owner != step.token || before.owner == step.token) return;
  if (before.state == "running") fail(step, "is claimed while it has an owner");
  if (before.state == "completed" || before.state == "failed") fail(step, "is claimed after its end");
  if (before.state == "delayed" && before.due_us && *before.due_us > step.now_us) {
    fail(step, fmt::format("is claimed {}us before it is due", *before.due_us - step.now_us));
  }
}

/// Whether the job was taken from its owner by this step of `recover`.
bool RecordedJobs::is_recovery(const QueueStep& step, const Recorded& before) {
  return step.script == "recover" && before.state == "running" && step.after.state != "running";
}

bool RecordedJobs::is_counted_anew(const QueueStep& step, const Recorded& before) {
  return (step.script == "requeue" && before.owner == step.token) ||
         (step.script == "revive" && before.state == "failed");
}

std::uint32_t RecordedJobs::recoveries_after(const QueueStep& step, const Recorded& before) {
  if (is_recovery(step, before)) return before.recoveries + 1;
  return is_counted_anew(step, before) ? 0 : before.recoveries;
}

void RecordedJobs::check_recovery(const QueueStep& step, const Recorded& before) {
  if (!is_recovery(step, before)) return;
  const std::uint32_t recoveries = before.recoveries + 1;
  const bool too_often = recoveries > config_.jobs.recoveries;
  if (before.counted && too_often != (step.after.state == "failed")) {
    fail(step, fmt::format("recovery {} since it was put in, revived or re-queued left it {}; {} are allowed",
                           recoveries, step.after.state, config_.jobs.recoveries));
  }
  if (before.lease_us && *before.lease_us > step.now_us) {
    fail(step, fmt::format("is recovered {}us before its lease ends", *before.lease_us - step.now_us));
  }
}

}  // namespace sim
