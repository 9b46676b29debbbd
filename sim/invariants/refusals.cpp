// A credential of the runner itself that is refused (the model's key, the App's JWT) costs one job: the runner says so,
// takes none but one at a time to look again, after 1, 2, 4 ... 60 s, and says so when it is accepted.
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
using core::FailureKind;
using core::format_duration;
using core::SteadyTime;

constexpr Duration kFirstWait = std::chrono::seconds(1);
constexpr Duration kLongestWait = std::chrono::seconds(60);
/// By how much the words of a real machine may come late.
constexpr Duration kLate = std::chrono::milliseconds(100);

bool can_refuse(std::string_view api) {
  return api == core::api::kChat || api == core::api::kToken;
}

/// No waiting and no other job cures it.
bool refuses(std::string_view api, std::optional<FailureKind> failure, std::optional<int> status) {
  if (failure == FailureKind::Unauthorized) return can_refuse(api);
  return api == core::api::kChat && (status == 402 || (status == 429 && failure == FailureKind::ClientError));
}

class Refusals final : public Invariant {
 public:
  Refusals(const Setting& setting, Findings& findings) : Invariant(findings), exact_(setting.exact) {}

  std::string_view name() const override { return "refusals"; }

  void on_call(const Event& event, const CallState& before) override {
    Runner& runner = runner_of(event);
    check_told(event, runner);
    if (event.kind == EventKind::CallStarted) return check_at_rest(event, runner);
    if (!can_refuse(event.api)) return;
    if (event.kind == EventKind::CallFailed && refuses(event.api, event.failure, event.status)) {
      runner.heard.emplace(event.api);
    } else if (event.kind == EventKind::CallSucceeded || (event.kind == EventKind::CallFailed && event.status)) {
      on_answered(event, runner);
    }
    if (event.kind != EventKind::CallGaveUp || event.reason == core::GiveUpReason::Cancelled) return;
    if (before.phase != CallState::Phase::Failed || !refuses(event.api, before.failure, before.status)) return;
    runner.met.emplace(event.job);
    if (event.api == core::api::kToken) runner.token_refused_at = event.at;
  }

  void on_event(const Event& event) override {
    if (event.runner.empty()) return;
    Runner& runner = runner_of(event);
    check_told(event, runner);
    switch (event.kind) {
      case EventKind::WorkerStarted:
      case EventKind::WorkerCrashed:
        runner = {};
        return;
      case EventKind::CredentialRefused:
        return on_refused(event, runner);
      case EventKind::CredentialAccepted:
        return on_accepted(event, runner);
      case EventKind::JobStarted:
        runner.met.erase(std::string(event.job));
        return on_start(event, runner);
      case EventKind::ToolFailed:
        // One token is asked for by all jobs that need it.
        if (exact_ && runner.token_refused_at == event.at) runner.met.emplace(event.job);
        return;
      case EventKind::JobFailed:
        if (!core::is_failed_by_recovery(event)) on_failed(event, runner);
        break;
      default:
        break;
    }
    if (core::ends_a_run(event)) {
      runner.met.erase(std::string(event.job));
      runner.looking.erase(std::string(event.job));
    }
  }

 private:
  struct Runner {
    std::set<std::string, std::less<>> heard;                 ///< APIs whose last answer was a refusal.
    std::set<std::string, std::less<>> refused;               ///< Those of which the runner has said so.
    std::map<std::string, SteadyTime, std::less<>> accepted;  ///< And which have given another answer since.
    std::set<std::string, std::less<>> met;                   ///< Jobs whose runs ended in a refusal.
    std::optional<SteadyTime> token_refused_at;
    SteadyTime began;  ///< The pause.
    SteadyTime next_look;
    Duration wait{};
    std::set<std::string, std::less<>> looking;  ///< Jobs begun during the pause.
    std::int64_t may_fail = 0;                   ///< Jobs: one for each pause.
  };

  Runner& runner_of(const Event& event) {
    const auto found = runners_.find(event.runner);
    return found != runners_.end() ? found->second : runners_.emplace(event.runner, Runner{}).first->second;
  }

  Duration slack() const { return exact_ ? Duration::zero() : kLate; }

  static void on_answered(const Event& event, Runner& runner) {
    if (const auto heard = runner.heard.find(event.api); heard != runner.heard.end()) {
      // The refusal was not the last word when the job came to its end.
      if (!runner.refused.contains(event.api)) ++runner.may_fail;
      runner.heard.erase(heard);
    }
    if (runner.refused.contains(event.api)) runner.accepted.emplace(event.api, event.at);
  }

  void check_told(const Event& event, Runner& runner) {
    if (runner.accepted.empty() || event.kind == EventKind::CredentialAccepted) return;
    const auto& [api, at] = *runner.accepted.begin();
    if (event.at <= at + slack()) return;
    violated(event.job, at, fmt::format("{} accepts the credential of {}, which does not say so", api, event.runner));
    runner.refused.erase(api);
    runner.accepted.erase(runner.accepted.begin());
  }

  void on_refused(const Event& event, Runner& runner) {
    if (!runner.heard.contains(event.api)) {
      violated({}, event.at, fmt::format("{} is said to refuse a credential, and no answer of it does", event.api));
    }
    const Duration wait = runner.refused.empty() ? kFirstWait : std::min(2 * runner.wait, kLongestWait);
    if (event.delay != wait) {
      violated({}, event.at,
               fmt::format("the next look at {} is in {}, not in {}", event.api,
                           format_duration(event.delay.value_or(Duration::zero())), format_duration(wait)));
    }
    if (runner.refused.empty()) {
      ++runner.may_fail;
      runner.began = event.at;
      runner.looking.clear();
    }
    runner.wait = wait;
    runner.next_look = core::saturating_add(event.at, wait);
    runner.refused.emplace(event.api);
  }

  void on_accepted(const Event& event, Runner& runner) {
    if (runner.accepted.erase(std::string(event.api)) == 0) {
      violated({}, event.at, fmt::format("{} is said to accept a credential, and no answer of it does", event.api));
    }
    runner.refused.erase(std::string(event.api));
  }

  void on_start(const Event& event, Runner& runner) {
    if (runner.refused.empty()) return;
    if (event.at + slack() < runner.next_look) {
      violated(event.job, event.at,
               fmt::format("is begun {} before the next look at {}", format_duration(runner.next_look - event.at),
                           *runner.refused.begin()));
    }
    if (!runner.looking.empty()) {
      violated(event.job, event.at,
               fmt::format("is begun beside {}, while {} refuses the credential", *runner.looking.begin(),
                           *runner.refused.begin()));
    }
    runner.looking.emplace(event.job);
  }

  /// What ran when the pause began is given back.
  void check_at_rest(const Event& event, const Runner& runner) {
    const bool works = event.api == core::api::kChat || core::is_of_tool(event.api);
    if (runner.refused.empty() || !works || runner.looking.contains(event.job)) return;
    if (event.at <= runner.began + slack()) return;
    violated(event.job, event.at, fmt::format("goes on while {} refuses the credential", *runner.refused.begin()));
  }

  void on_failed(const Event& event, Runner& runner) {
    if (event.reason != core::JobFailReason::NotRetryable || !runner.met.contains(event.job)) return;
    if (--runner.may_fail >= 0) return;
    runner.may_fail = 0;
    violated(event.job, event.at, "fails for a refused credential of the runner, for which it should only wait");
  }

  const bool exact_;
  std::map<std::string, Runner, std::less<>> runners_;
};

}  // namespace

InvariantPointer make_refusals_invariant(const Setting& setting, Findings& findings) {
  return std::make_unique<Refusals>(setting, findings);
}

}  // namespace sim
