// Every wait lies within the bounds of its policy, its jitter and its ordinal; what a server asked for is never
// undercut.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "core/api/api.h"
#include "core/events/run_end.h"
#include "core/time/text.h"
#include "sim/invariants/bounds.h"
#include "sim/invariants/clocks.h"
#include "sim/invariants/families.h"
#include "sim/invariants/held_back.h"
#include "sim/invariants/job_maps.h"

namespace sim {

namespace {

using core::Duration;
using core::Event;
using core::EventKind;
using core::format_duration;
using core::SteadyTime;

std::string_view source_of(const Event& event) {
  return event.source ? core::name_of(*event.source) : std::string_view("no source");
}

class Backoff final : public Invariant {
 public:
  Backoff(const core::Config& config, Findings& findings) : Invariant(findings), config_(config) {}

  std::string_view name() const override { return "backoff"; }

  void on_call(const Event& event, const CallState& before) override {
    switch (event.kind) {
      case EventKind::CallRetry:
        return check_wait(event, before);
      case EventKind::CallStarted:
        return check_start(event, before);
      case EventKind::CallGaveUp:
        return note_end(event, before);
      default:
        return;
    }
  }

  void on_event(const Event& event) override {
    switch (event.kind) {
      case EventKind::JobRequeued:
        put_off(event);
        return check_requeue(event);
      case EventKind::JobFailed:
        // The runner may have re-queued the job before that, and hear of it only later.
        if (core::is_cancelled(event)) return;
        // It comes back only where somebody puts it in again, who may have seen to what the server waits for.
        std::erase_if(quiet_, [&](const auto& entry) { return std::get<0>(entry.first) == event.job; });
        check_failed(event);
        hints_.erase(std::string(event.job));
        untold_.erase(std::string(event.job));
        return;
      case EventKind::JobStarted:
        known_of(begun_, event.runner, event.job) = ++starts_;
        if (auto ended = hints_.extract(std::string(event.job))) untold_.insert_or_assign(ended.key(), ended.mapped());
        runs_[std::string(event.job)] = event.attempt.value_or(1);
        return;
      case EventKind::RedisRestarted:
        // A re-queue may be forgotten, and with it what the job was put off for.
        lost_writes_ |= event.lost.has_value();
        return;
      // What a process was told dies with it, and a run that lost its lease, or was cut off, is no longer anybody's.
      case EventKind::WorkerCrashed:
        refusals_.erase(std::string(event.runner));
        std::erase_if(quiet_, [&](const auto& entry) { return std::get<2>(entry.first) == event.runner; });
        return;
      case EventKind::LeaseLost:
      case EventKind::JobReleased:
      case EventKind::JobRecovered:
      case EventKind::JobEnqueued:
      case EventKind::OperatorRetry:
        return forget(event.job);
      default:
        return;
    }
  }

  /// An operator does not wait for what a server asked for, and a job that is put in by the id of a dropped one is
  /// another.
  void on_queue_step(const QueueStep& step) override {
    if (step.script == "revive" || step.script == "drop") forget(step.job);
  }

  void on_exchange(const Exchange& exchange) override {
    if (exchange.job.empty() || lost_writes_) return;
    const SteadyTime until = quiet_until(exchange);
    if (exchange.sent < until) {
      violated(exchange.job, exchange.sent,
               fmt::format("{} is called {} before the time that the server asked for", exchange.operation,
                           format_duration(until - exchange.sent)));
    }
    // On any other status there is nothing to come back for.
    const int status = exchange.status.value_or(0);
    const bool is_limit_by_403 = status == 403 && config_.github.rate_limited_403 != core::RateLimited403::Fail;
    const bool may_come_back = is_limit_by_403 || status == 408 || status == 409 || status == 422 || status == 425 ||
                               status == 429 || status >= 500;
    if (!exchange.asked_to_wait || !may_come_back) return;
    quiet_.insert_or_assign(QuietKey(exchange.job, exchange.operation, exchange.runner),
                            Quiet{.until = core::saturating_add(exchange.answered, *exchange.asked_to_wait),
                                  .wait = *exchange.asked_to_wait,
                                  .put_off_after = {}});
  }

  void on_clock_shift(std::string_view runner, Duration by) override { clocks_.on_clock_shift(runner, by); }

  /// Whether the runner ever hears of the wait is not known here; its events tell what it made of it.
  void on_answer_held_back(std::string_view runner, std::string_view operation, std::string_view job) override {
    const auto told = quiet_.find(QuietKeyView(job, operation, runner));
    if (told != quiet_.end()) quiet_.erase(told);
  }

  void on_job_over(std::string_view runner, std::string_view job) override {
    const std::string id(job);
    hints_.erase(id);
    untold_.erase(id);
    runs_.erase(id);
    forget_run(begun_, runner, job);
  }

 private:
  using QuietKey = std::tuple<std::string, std::string, std::string>;  ///< Job, operation, the runner that was told.
  using QuietKeyView = std::tuple<std::string_view, std::string_view, std::string_view>;
  /// A server's wish not to be called.
  struct Quiet {
    SteadyTime until;
    Duration wait{};
    std::optional<std::uint64_t> put_off_after;  ///< That many starts of jobs, by a re-queue of the job.
  };
  /// What the call of a job that was given up last was told.
  struct Hint {
    Duration delay{};
    SteadyTime told;
    bool of_token = false;

    /// A token's refusal may be heard later by a run that asks for the same token: it waits for what is left.
    Duration left(SteadyTime now) const { return of_token ? std::max(delay - (now - told), Duration::zero()) : delay; }
  };
  struct ByText {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return QuietKeyView(a) < QuietKeyView(b);
    }
  };

  void forget(std::string_view job) {
    std::erase_if(quiet_, [job](const auto& entry) { return std::get<0>(entry.first) == job; });
  }

  /// Another process may run the job anew, knowing nothing; a re-queue puts off every run that begins after it. What is
  /// left of an earlier run, on a process that stood still or as a token that is still being minted, hears nothing of
  /// it.
  SteadyTime quiet_until(const Exchange& exchange) const {
    SteadyTime until = SteadyTime::min();
    const auto begun = begun_.find(RunKeyView(exchange.runner, exchange.job));
    for (auto entry = quiet_.lower_bound(QuietKeyView(exchange.job, exchange.operation, {})); entry != quiet_.end();
         ++entry) {
      const auto& [job, operation, runner] = entry->first;
      if (job != exchange.job || operation != exchange.operation) break;
      const Quiet& quiet = entry->second;
      const bool is_put_off = quiet.put_off_after && begun != begun_.end() && begun->second > *quiet.put_off_after;
      // A moment so far ahead was read by the own clock then.
      if (quiet.wait > kSurelyBelieved && clocks_.may_disbelieve(runner)) continue;
      if (is_put_off || runner == exchange.runner) until = std::max(until, quiet.until);
    }
    return until;
  }

  /// By what the runner was told that puts it off; an older run's may have been told more. The queue keeps time in
  /// microseconds of Redis' clock: what it puts off may come that much early.
  void put_off(const Event& event) {
    for (auto entry = quiet_.lower_bound(QuietKeyView(event.job, {}, {})); entry != quiet_.end(); ++entry) {
      if (std::get<0>(entry->first) != event.job) return;
      if (std::get<2>(entry->first) != event.runner) continue;
      entry->second.until -= std::chrono::microseconds(1);
      entry->second.put_off_after = starts_;
    }
  }

  void check_wait(const Event& event, const CallState& before) {
    const core::RetryPolicy* policy = policy_of(config_, event.api);
    if (policy == nullptr || !event.delay || !event.attempt) return;
    // What a limit holds back waits for as long as was learnt of it; the invariant `limits` judges that.
    if (config_.limits.adaptive && event.failure == core::FailureKind::RateLimited) return;
    if (is_held_back_by_guard(config_, event)) return;
    if (*event.attempt < 2) return check_postponement(event, *policy);
    const std::uint32_t ordinal = *event.attempt - 1;
    const Duration delay = *event.delay;
    const bool hinted = before.hint.has_value();
    if (hinted != (event.source != core::DelaySource::Backoff)) {
      return violated(event.job, event.at,
                      fmt::format("{} waits by {}, and the failure {}", event.api, source_of(event),
                                  hinted ? "asked for a wait of its own" : "asked for no wait"));
    }
    if (is_refusal(before.failure) && core::is_of(core::Service::GitHub, event.api))
      return check_settling(event, ordinal);
    const Bounds bounds = hinted ? hint_bounds(policy->backoff.jitter, *before.hint)
                                 : backoff_bounds(policy->backoff, ordinal, before.previous_delay);
    if (!bounds.contain(delay)) {
      violated(event.job, event.at,
               fmt::format("{} waits {} before attempt {}, outside {} to {}", event.api, format_duration(delay),
                           *event.attempt, format_duration(bounds.low), format_duration(bounds.high)));
    }
    if (!hinted) note_draw(event, policy->backoff, bounds);
    if (hinted) note_jitter(event, policy->backoff.jitter, bounds);
    if (!hinted) note_growth(event, policy->backoff, before.previous_delay);
    if (hinted && *before.hint > policy->longest_hint()) {
      violated(event.job, event.at,
               fmt::format("{} waits for a hint of {}, longer than the {} that it may sleep through", event.api,
                           format_duration(*before.hint), format_duration(policy->longest_hint())));
    }
  }

  static bool is_refusal(core::FailureKind failure) {
    return failure == core::FailureKind::Unauthorized || failure == core::FailureKind::Forbidden;
  }

  /// Reading 21: exactly 2^(n-1) s before the n-th retry, whatever the policy.
  void check_settling(const Event& event, std::uint32_t ordinal) {
    const Duration due = std::chrono::seconds(std::uint64_t{1} << (std::min<std::uint32_t>(ordinal, 32) - 1));
    if (*event.delay == due) return;
    violated(event.job, event.at,
             fmt::format("{} waits {} before attempt {} for a token that is new; {} is due", event.api,
                         format_duration(*event.delay), *event.attempt, format_duration(due)));
  }

  /// A first attempt waits for exactly the rest of what an earlier call of that runner, which gave up, was told.
  void check_postponement(const Event& event, const core::RetryPolicy& policy) {
    const SteadyTime until = core::saturating_add(event.at, *event.delay);
    const auto refusals = refusals_.find(event.runner);
    const bool was_told = refusals != refusals_.end() && refusals->second.contains(until);
    if (event.api != core::api::kToken || event.source == core::DelaySource::Backoff || !was_told) {
      violated(event.job, event.at,
               fmt::format("{} waits {} before attempt 1, and no earlier call was told to come back at {}", event.api,
                           format_duration(*event.delay), format_duration(until.time_since_epoch())));
    }
    if (*event.delay > policy.longest_hint()) {
      violated(event.job, event.at,
               fmt::format("{} waits {} before attempt 1, longer than the {} that it may sleep through", event.api,
                           format_duration(*event.delay), format_duration(policy.longest_hint())));
    }
  }

  /// A wait of the decorrelated jitter may be short after a long one, but not each time: one that forgets the last
  /// never goes beyond three times the first. How likely that is of one that does not is multiplied, until it is no
  /// accident.
  void note_growth(const Event& event, const core::BackoffPolicy& policy, Duration previous) {
    constexpr std::uint64_t kCertain = 10'000'000'000;
    const std::uint64_t first = static_cast<std::uint64_t>(policy.initial_delay.count());
    if (policy.jitter.kind != core::JitterKind::Decorrelated || policy.max_delay <= policy.initial_delay * 3) return;
    std::uint64_t& chance = chances_of_no_growth_.try_emplace(std::string(event.api), kCertain).first->second;
    if (*event.delay > policy.initial_delay * 3) chance = kCertain;
    const auto before = static_cast<std::uint64_t>(std::min(previous, policy.initial_delay * 3).count());
    if (chance == 0 || before <= first) return;
    // Drawn from `first` to `3 * before`: the part of it up to `3 * first`, in thousandths.
    chance = chance * (2'000 * first / (3 * before - first)) / 1'000;
    if (chance != 0) return;
    violated(event.job, event.at, fmt::format("the decorrelated waits of {} never grow", event.api));
  }

  /// Jitter is drawn on what a server asked for, too, or all who were told the same come back at once.
  void note_jitter(const Event& event, const core::Jitter& jitter, const Bounds& bounds) {
    constexpr std::uint32_t kTooOften = 3;
    if (jitter.kind == core::JitterKind::None || *event.delay != bounds.low) return;
    if (bounds.high - bounds.low < std::chrono::milliseconds(1)) return;
    if (++as_told_[std::string(event.api)] != kTooOften) return;
    violated(
        event.job, event.at,
        fmt::format("{} waits of {} are exactly what the server asked for: no jitter is added", kTooOften, event.api));
  }

  /// A draw is exactly the cap once in a blue moon, unless the cap was put over what was drawn: then those who wait for
  /// it all come back at once. Decorrelated jitter is defined that way.
  void note_draw(const Event& event, const core::BackoffPolicy& policy, const Bounds& bounds) {
    constexpr std::uint32_t kTooOften = 3;
    const core::JitterKind kind = policy.jitter.kind;
    if (kind == core::JitterKind::None || kind == core::JitterKind::Decorrelated) return;
    if (*event.delay != policy.max_delay || bounds.high - bounds.low < std::chrono::milliseconds(1)) return;
    if (++at_the_cap_[std::string(event.api)] != kTooOften) return;
    violated(event.job, event.at,
             fmt::format("{} drawn waits{}{} are exactly the cap of {}: they cluster there", kTooOften,
                         event.api.empty() ? " of jobs" : " of ", event.api, format_duration(policy.max_delay)));
  }

  void check_start(const Event& event, const CallState& before) {
    if (before.phase != CallState::Phase::Waiting) return;
    // How long a limit holds back is a guess.
    if (before.is_held && (config_.limits.adaptive || has_guards_that_hold_back(config_))) return;
    const SteadyTime due = core::saturating_add(before.since, before.delay);
    if (event.at < due) {
      violated(
          event.job, event.at,
          fmt::format("{} is called again {} before its wait is over", event.api, format_duration(due - event.at)));
    }
  }

  /// The call that was given up last is what the job is re-queued for, unless its run was over already. What the worker
  /// asks of the queue is no part of a run.
  void note_end(const Event& event, const CallState& before) {
    if (event.reason == core::GiveUpReason::Cancelled || core::is_of(core::Service::Redis, event.api)) return;
    if (event.api == core::api::kToken && before.hint) {
      refusals_[std::string(event.runner)].insert(core::saturating_add(event.at, *before.hint));
    }
    if (before.hint) {
      const bool of_token = event.api == core::api::kToken;
      hints_[std::string(event.job)] = {*before.hint, event.at, of_token};
      if (of_token) token_hint_ = std::max(token_hint_, *before.hint);
    } else {
      hints_.erase(std::string(event.job));
    }
  }

  /// A job fails for a wait that is too long exactly where the server asked for one beyond the ceiling.
  void check_failed(const Event& event) {
    const auto run = runs_.find(event.job);
    if (lost_writes_ || run == runs_.end()) return;
    const auto found = hints_.find(event.job);
    // A token is minted for all jobs that want it, and fails each of them.
    const auto untold = untold_.find(event.job);
    const Duration hint = std::max({found == hints_.end() ? Duration::zero() : found->second.delay,
                                    untold == untold_.end() ? Duration::zero() : untold->second.delay, token_hint_});
    if (event.reason == core::JobFailReason::WaitTooLong && hint <= config_.retry_after_ceiling) {
      violated(event.job, event.at,
               fmt::format("the job fails as wait_too_long, and no server asked for more than {}",
                           format_duration(config_.retry_after_ceiling)));
    }
  }

  void check_requeue(const Event& event) {
    if (!event.retry_count || !event.delay || lost_writes_) return;
    // When the answer to a re-queue was lost its event may come after the start of the next run; what it was for has
    // been forgotten by then.
    const auto run = runs_.find(event.job);
    if (run != runs_.end() && run->second > *event.retry_count) return;
    const core::BackoffPolicy& policy = config_.jobs.retry.backoff;
    const auto found = hints_.find(event.job);
    const Duration hint = found == hints_.end() ? Duration::zero() : found->second.left(event.at);
    Bounds bounds = backoff_bounds(policy, *event.retry_count, Duration::zero());
    if (hint == Duration::zero() && token_hint_ == Duration::zero()) note_draw(event, policy, bounds);
    // A token is minted for all jobs that want it, and tells each of them what the server asked for.
    const Duration likely = std::max(hint, token_hint_);
    if (hint > Duration::zero()) bounds.low = std::max(bounds.low, hint_bounds(policy.jitter, hint).low);
    if (likely > Duration::zero()) bounds.high = std::max(bounds.high, hint_bounds(policy.jitter, likely).high);
    if (hint > config_.retry_after_ceiling) {
      violated(event.job, event.at,
               fmt::format("re-queue {} is for a hint of {}, beyond the ceiling of {}", *event.retry_count,
                           format_duration(hint), format_duration(config_.retry_after_ceiling)));
    }
    // Whatever the backoff says, the queue waits ten years at most.
    constexpr Duration kLongest = std::chrono::hours(24 * 365 * 10);
    bounds.low = std::min(bounds.low, kLongest);
    bounds.high = std::min(bounds.high, kLongest) + std::chrono::microseconds(1);  // The queue counts microseconds.
    if (!bounds.contain(*event.delay)) {
      violated(event.job, event.at,
               fmt::format("re-queue {} waits {}, outside {} to {}", *event.retry_count, format_duration(*event.delay),
                           format_duration(bounds.low), format_duration(bounds.high)));
    }
  }

  const core::Config& config_;
  std::map<std::string, Hint, std::less<>> hints_;  ///< By job.
  /// By job: of a run before the last, whose runner has not told of its end; Redis' answer may be under way.
  std::map<std::string, Hint, std::less<>> untold_;
  JobMap<std::uint32_t> runs_;  ///< The number of the run begun last.
  Duration token_hint_{};
  std::map<std::string, std::set<SteadyTime>, std::less<>> refusals_;  ///< By runner: when to ask for a token again.
  std::map<std::string, std::uint32_t, std::less<>> as_told_;          ///< Waits without jitter, by API.
  std::map<std::string, std::uint32_t, std::less<>> at_the_cap_;       ///< Draws, by API; jobs' under no name.
  std::map<std::string, std::uint64_t, std::less<>>
      chances_of_no_growth_;  ///< By API, in parts of ten thousand million.
  bool lost_writes_ = false;
  ClockShifts clocks_;
  std::map<QuietKey, Quiet, ByText> quiet_;
  RunMap<std::uint64_t> begun_;  ///< When, in `starts_`.
  std::uint64_t starts_ = 0;     ///< Of jobs, so far.
};

}  // namespace

InvariantPointer make_backoff_invariant(const core::Config& config, Findings& findings) {
  return std::make_unique<Backoff>(config, findings);
}

}  // namespace sim
