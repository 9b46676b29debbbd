// Where services that fail are left alone (config.breaker): a circuit opens and closes only for a reason, while it is
// open nothing is called, when it is half open no more is than probes, and all that costs a job none of its re-queues.
// Of an operation that many credentials are used for, events do not tell whose a call is; of such a one only the
// reasons are judged.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "core/api/api.h"
#include "core/time/text.h"
#include "sim/invariants/curable.h"
#include "sim/invariants/families.h"
#include "sim/invariants/job_maps.h"

namespace sim {

namespace {

using core::Duration;
using core::Event;
using core::EventKind;
using core::format_duration;
using core::saturating_add;
using core::SteadyTime;

/// The process itself shows one credential to it, whatever the job.
bool has_one_credential(std::string_view api) {
  return api == core::api::kChat || api == core::api::kToken;
}

class Circuits final : public Invariant {
 public:
  Circuits(const core::Config& config, const Setting& setting, Findings& findings)
      : Invariant(findings), config_(config), slack_(setting.exact ? Duration::zero() : kStampedLate) {}

  std::string_view name() const override { return "circuit"; }

  void on_event(const Event& event) override {
    switch (event.kind) {
      case EventKind::WorkerStarted:
      case EventKind::WorkerCrashed:
        std::erase_if(operations_, [&](const auto& each) { return each.first.first == event.runner; });
        std::erase_if(given_up_, [&](const auto& each) { return each.first.first == event.runner; });
        return;
      case EventKind::CircuitOpened:
        return check_opened(event);
      case EventKind::CircuitClosed:
        return check_closed(event);
      case EventKind::JobStarted:
        forget_run(given_up_, event.runner, event.job);
        return;
      case EventKind::JobRequeued:
        if (given_up_.contains(RunKey(event.runner, event.job))) {
          violated(event.job, event.at, "is re-queued for a circuit that is open, which spends a retry");
        }
        return;
      default:
        return;
    }
  }

  void on_call(const Event& event, const CallState&) override {
    if (!config_.breaker.enabled || core::is_of(core::Service::Redis, event.api)) return;
    switch (event.kind) {
      case EventKind::CallStarted:
        return note_start(event);
      case EventKind::CallSucceeded:
      case EventKind::CallFailed:
        return note_end(event);
      case EventKind::CallGaveUp:
        if (event.reason == core::GiveUpReason::CircuitOpen) check_give_up(event);
        forget_run(operation_of(event).under_way, event.runner, event.job);
        return;
      default:
        return;
    }
  }

  void on_job_over(std::string_view runner, std::string_view job) override { forget_run(given_up_, runner, job); }

 private:
  /// One of a runner, over all credentials.
  struct Operation {
    std::map<std::string, SteadyTime, std::less<>> open_until;  ///< Those that are not closed, by credential.
    std::deque<SteadyTime> failed;                              ///< When attempts did, within the window.
    std::deque<std::pair<SteadyTime, bool>> ended;              ///< The same for all, and whether they count as failed.
    SteadyTime unsure_until = SteadyTime::min();                ///< Until then nobody knows what counts.
    std::optional<SteadyTime> must_open;                        ///< Since then, if it has not.
    SteadyTime changed = SteadyTime::min();
    std::optional<SteadyTime> well;  ///< When the service last answered as one that is not in trouble.
    RunMap<SteadyTime> under_way;    ///< When their attempts began.
  };

  static constexpr Duration kStampedLate = std::chrono::milliseconds(1);

  Operation& operation_of(const Event& event) {
    return operations_[{std::string(event.runner), std::string(event.api)}];
  }

  void note_start(const Event& event) {
    Operation& operation = operation_of(event);
    if (has_one_credential(event.api)) {
      check_must_open(event, operation);
      check_start(event, operation);
    }
    known_of(operation.under_way, event.runner, event.job) = event.at;
  }

  void check_start(const Event& event, const Operation& operation) {
    if (operation.open_until.empty()) return;
    const SteadyTime until = operation.open_until.begin()->second;
    if (saturating_add(event.at, slack_) < until) {
      return violated(event.job, event.at,
                      fmt::format("{} is called {} before its circuit lets a call pass", event.api,
                                  format_duration(until - event.at)));
    }
    std::uint32_t probes = 0;
    for (const auto& [run, begun] : operation.under_way) {
      // the order reaches nothing: they are counted
      if (begun >= until && event.at - begun < config_.breaker.probe_timeout) ++probes;
    }
    if (probes < config_.breaker.probes) return;
    violated(event.job, event.at, fmt::format("{} is called while {} probes are under way", event.api, probes));
  }

  void note_end(const Event& event) {
    Operation& operation = operation_of(event);
    const auto begun = operation.under_way.find(RunKeyView(event.runner, event.job));
    const bool counts = begun != operation.under_way.end() && begun->second >= operation.changed;
    forget_run(operation.under_way, event.runner, event.job);
    std::deque<SteadyTime>& failed = operation.failed;
    if (is_trouble(event)) {
      failed.push_back(event.at);
    } else {
      operation.well = event.at;
    }
    while (!failed.empty() && event.at - failed.front() > config_.breaker.window) failed.pop_front();
    if (counts && has_one_credential(event.api)) note_counted(event, operation);
  }

  /// It has to open where too large a share has failed, whichever part of the window's first tenth still counts.
  void note_counted(const Event& event, Operation& operation) {
    const core::BreakerConfig& breaker = config_.breaker;
    // A request that a job's deadline has cut off is not the service's fault.
    if (event.failure == core::FailureKind::Timeout) operation.unsure_until = saturating_add(event.at, breaker.window);
    operation.ended.emplace_back(event.at, is_trouble(event));
    while (event.at - operation.ended.front().first > breaker.window) operation.ended.pop_front();
    const bool may_be_closed =
        !operation.open_until.empty() || event.at <= operation.unsure_until || !fails_too_often(operation, event.at);
    if (may_be_closed || !is_trouble(event)) return;
    // The event that it opens comes next.
    operation.must_open = event.at;
  }

  bool fails_too_often(const Operation& operation, SteadyTime now) const {
    const core::BreakerConfig& breaker = config_.breaker;
    const Duration surely = breaker.window - breaker.window / 10 - Duration(10);
    std::uint64_t calls = 0, failures = 0;
    for (auto each = operation.ended.rbegin(); each != operation.ended.rend(); ++each) {
      ++calls;
      failures += each->second ? 1 : 0;
      const auto older = std::next(each);
      if (older != operation.ended.rend() && now - older->first < surely) continue;
      const bool is_too_often =
          calls >= breaker.minimum_calls && failures * 1'000'000 >= calls * breaker.failure_ratio.millionths;
      if (!is_too_often) return false;
    }
    return true;
  }

  void check_must_open(const Event& event, Operation& operation) {
    if (!operation.must_open) return;
    violated(event.job, event.at,
             fmt::format("{} has failed too often since {}, and its circuit is closed", event.api,
                         format_duration(operation.must_open->time_since_epoch())));
    operation.must_open.reset();
  }

  /// A limit speaks of a service that is well.
  static bool is_trouble(const Event& event) {
    return event.failure && event.failure != core::FailureKind::RateLimited && is_curable(*event.failure);
  }

  void check_opened(const Event& event) {
    Operation& operation = operation_of(event);
    const core::BreakerConfig& breaker = config_.breaker;
    const bool was_open = operation.open_until.contains(event.credential);
    const auto of_late = std::ranges::count_if(operation.failed, [&](SteadyTime at) {
      return event.at - at <= breaker.window && (!was_open || event.at - at <= slack_);
    });
    const auto wanted =
        was_open ? 1 : (std::uint64_t{breaker.minimum_calls} * breaker.failure_ratio.millionths + 999'999) / 1'000'000;
    if (!breaker.enabled || static_cast<std::uint64_t>(of_late) < wanted) {
      violated({}, event.at,
               fmt::format("the circuit of {} opens after {} failures within {}", event.api, of_late,
                           format_duration(breaker.window)));
    }
    const Duration delay = event.delay.value_or(Duration::zero());
    if (delay < std::min(breaker.open_for, breaker.longest_open)) {
      violated(
          {}, event.at,
          fmt::format("the circuit of {} opens for {}, less than is configured", event.api, format_duration(delay)));
    }
    operation.open_until.insert_or_assign(std::string(event.credential), saturating_add(event.at, delay));
    operation.changed = event.at;
    operation.ended.clear();
    operation.must_open.reset();
  }

  void check_closed(const Event& event) {
    Operation& operation = operation_of(event);
    const auto open = operation.open_until.find(event.credential);
    const bool went_well = operation.well && event.at - *operation.well <= slack_;
    if (open == operation.open_until.end() || saturating_add(event.at, slack_) < open->second || !went_well) {
      violated({}, event.at, fmt::format("the circuit of {} is closed, and no probe went well", event.api));
    }
    if (open != operation.open_until.end()) operation.open_until.erase(open);
    operation.changed = event.at;
    operation.ended.clear();
  }

  void check_give_up(const Event& event) {
    // A token is asked for by many jobs, and names the first.
    if (event.api != core::api::kToken) known_of(given_up_, event.runner, event.job) = true;
    if (has_one_credential(event.api) && operation_of(event).open_until.empty()) {
      violated(event.job, event.at, fmt::format("{} is given up for its circuit, which is closed", event.api));
    }
  }

  const core::Config& config_;
  const Duration slack_;
  std::map<std::pair<std::string, std::string>, Operation> operations_;  ///< By runner and API.
  RunMap<bool> given_up_;                                                ///< Runs in which a call was, for a circuit.
};

}  // namespace

InvariantPointer make_circuit_invariant(const core::Config& config, const Setting& setting, Findings& findings) {
  return std::make_unique<Circuits>(config, setting, findings);
}

}  // namespace sim
