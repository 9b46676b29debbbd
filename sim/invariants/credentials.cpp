// Installation tokens are used as long as they are good and no longer: one that is so new that GitHub may not know it
// yet is tried again (reading 21), one that was refused for good is not given to the next job, none is minted while a
// good one is there, and nobody takes a refusal for what was none.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "core/api/api.h"
#include "core/time/text.h"
#include "sim/invariants/families.h"
#include "sim/invariants/pauses.h"
#include "sim/invariants/tokens.h"

namespace sim {

namespace {

using core::Duration;
using core::Event;
using core::EventKind;
using core::FailureKind;
using core::format_duration;
using core::SteadyTime;

constexpr Duration kNew = std::chrono::seconds(10);
/// With five minutes and a second left of its hour a token may be replaced.
constexpr Duration kKept = std::chrono::minutes(54);
/// More installations than this may push one another out of a runner's memory.
constexpr std::size_t kInstallations = 1000;

Duration settling_wait(std::uint32_t attempt) {
  return std::chrono::seconds(std::uint64_t{1} << (std::min<std::uint32_t>(attempt, 5) - 1));
}

bool is_refusal(FailureKind failure) {
  return failure == FailureKind::Unauthorized || failure == FailureKind::Forbidden;
}

class Credentials final : public Invariant {
 public:
  Credentials(const core::Config& config, const Setting& setting, Findings& findings)
      : Invariant(findings), config_(config), watched_(setting.servers_watched) {}

  std::string_view name() const override { return "credentials"; }

  void on_event(const Event& event) override {
    if (event.kind == EventKind::ToolStarted) tools_[key_of(event)] = event.at;
    pauses_.on_event(event);
    // With its process a runner's tokens are gone.
    if (event.kind == EventKind::WorkerStarted) {
      std::erase_if(kept_, [&](const auto& entry) { return entry.first.first == event.runner; });
    }
  }

  void on_clock_shift(std::string_view, core::Duration) override {
    tokens_.on_clock_shift();
    kept_.clear();
  }

  void on_exchange(const Exchange& exchange) override {
    if (exchange.status == 401) refusals_[std::string(exchange.runner)].insert(exchange.answered);
    if (!exchange.minted.empty()) check_mint(exchange);
    tokens_.on_exchange(exchange);
    const core::Api* api = core::find_github_operation(exchange.operation);
    if (api == nullptr || api->section != core::ApiSection::Tools) return;
    last_[{std::string(exchange.runner), std::string(exchange.job)}] = {
        std::string(exchange.credential), exchange.answered, exchange.status, exchange.forbids_retry};
    const auto given_up = given_up_.find(exchange.credential);
    const auto tool = tools_.find(std::pair(std::string(exchange.runner), std::string(exchange.job)));
    if (given_up == given_up_.end() || tool == tools_.end() || tool->second <= given_up->second) return;
    violated(exchange.job, exchange.sent, "a token is sent that was refused for good before the tool began");
  }

  /// A token or its refusal may come later than it was said to, or never: which one the runner has is not known.
  void on_answer_held_back(std::string_view runner, std::string_view /*operation*/, std::string_view job) override {
    std::erase_if(kept_, [runner](const auto& entry) { return entry.first.first == runner; });
    last_.erase({std::string(runner), std::string(job)});
    held_back_.emplace(runner);
  }

  void on_call(const Event& event, const CallState& before) override {
    if (!watched_ || !core::is_of(core::Service::GitHub, event.api)) return;
    if (event.api == core::api::kToken && event.kind == EventKind::CallStarted) {
      shifts_before_[key_of(event)] = tokens_.shifts();
    }
    if (event.api == core::api::kToken && event.kind == EventKind::CallSucceeded) tokens_.on_minted(event);
    if (event.kind == EventKind::CallFailed && event.status == 401) check_refused(event);
    if (!core::is_call_of_tool(event.api) || before.phase != CallState::Phase::Failed) return;
    if (!is_refusal(before.failure)) return;
    const auto last = last_.find(key_of(event));
    // What failed may have been the minting of another token.
    if (last == last_.end() || last->second.status != before.status) return;
    if (last->second.answered != before.since && !came_in_pause(event.runner, last->second.answered, before.since)) {
      return;
    }
    const KnownToken* token = tokens_.find(last->second.credential);
    if (token == nullptr) return;
    if (event.kind == EventKind::CallRetry) check_retry(event, *token);
    if (event.kind == EventKind::CallGaveUp) check_give_up(event, before, last->second, *token);
  }

  void on_job_over(std::string_view runner, std::string_view job) override {
    const Key key(runner, job);
    shifts_before_.erase(key);
    last_.erase(key);
    tools_.erase(key);
  }

 private:
  using Key = std::pair<std::string, std::string>;  ///< Runner and job.
  struct Sent {
    std::string credential;
    SteadyTime answered;
    std::optional<int> status;
    bool forbids_retry = false;
  };

  static Key key_of(const Event& event) { return {std::string(event.runner), std::string(event.job)}; }

  /// Whether what was answered at that time is read when the process goes on.
  bool came_in_pause(std::string_view runner, SteadyTime answered, SteadyTime read) const {
    const auto paused_at = pauses_.begin_of_pause_until(read, runner);
    return paused_at && *paused_at <= answered && answered <= read;
  }

  void check_mint(const Exchange& exchange) {
    const std::string installation(installation_of(exchange.url));
    std::pair key(std::string(exchange.runner), installation);
    const auto known = kept_.find(key);
    if (known != kept_.end() && kept_.size() <= kInstallations) {
      const KnownToken* token = tokens_.find(known->second);
      const bool is_refused = given_up_.contains(known->second) || (token != nullptr && token->refused_at);
      const bool is_good = token != nullptr && !is_refused && exchange.sent - token->born < kKept;
      if (is_good) {
        violated(exchange.job, exchange.sent,
                 fmt::format("a token is minted for installation {}, and the one of {} ago is good", installation,
                             format_duration(exchange.sent - token->born)));
      }
    }
    // By a clock that was set while it was asked for it may look as if it had run out.
    const auto shifts_before = shifts_before_.find(std::pair(std::string(exchange.runner), std::string(exchange.job)));
    if (shifts_before != shifts_before_.end() && shifts_before->second != tokens_.shifts()) {
      kept_.erase(key);
    } else {
      kept_[std::move(key)] = exchange.minted;
    }
  }

  void check_refused(const Event& event) {
    if (held_back_.contains(event.runner)) return;  // A refusal of before may arrive at any time.
    const auto refusals = refusals_.find(event.runner);
    if (refusals != refusals_.end()) {
      // What came while the process stood still it hears of when it goes on.
      const SteadyTime since = pauses_.begin_of_pause_until(event.at, event.runner).value_or(event.at);
      const auto first = refusals->second.lower_bound(since);
      if (first != refusals->second.end() && *first <= event.at) return;
    }
    violated(event.job, event.at, fmt::format("{} is said to be refused, and nobody answered 401", event.api));
  }

  void check_retry(const Event& event, const KnownToken& token) {
    const Duration age = event.at - token.heard + event.delay.value_or(Duration::zero());
    if (age < kNew) return;
    violated(event.job, event.at,
             fmt::format("a refused token is tried again when it is {} old", format_duration(age)));
  }

  void check_give_up(const Event& event, const CallState& before, const Sent& sent, const KnownToken& token) {
    // It may be asked for again, but not by this job now.
    const bool has_no_time = event.reason == core::GiveUpReason::Deadline ||
                             event.reason == core::GiveUpReason::Limited ||
                             event.reason == core::GiveUpReason::CircuitOpen;
    if (event.reason == core::GiveUpReason::Cancelled || has_no_time) return;
    const Duration age = event.at - token.heard;
    const bool is_strict = config_.github.new_token_refused == core::NewTokenRefused::Fail;
    const bool is_final =
        sent.forbids_retry || is_strict ||
        (before.failure == FailureKind::Forbidden && config_.github.rate_limited_403 == core::RateLimited403::Fail);
    if (!is_final && (before.failure == FailureKind::Unauthorized || age < kNew)) {
      given_up_.try_emplace(sent.credential, event.at);
    }
    const core::RetryPolicy& policy = config_.retry_of(*core::find_api(event.api));
    const bool may_go_on = !policy.attempts || before.attempt < *policy.attempts;
    if (is_final || !may_go_on || age + settling_wait(before.attempt) >= kNew) return;
    violated(event.job, event.at,
             fmt::format("a token is given up that is {} old: GitHub may not know it yet", format_duration(age)));
  }

  const core::Config& config_;
  const bool watched_;
  TokenBook tokens_;
  std::map<std::pair<std::string, std::string>, std::string> kept_;  ///< By runner and installation: the last token.
  std::map<Key, std::uint64_t> shifts_before_;               ///< Of the clocks, when a token was asked for last.
  std::map<Key, Sent> last_;                                 ///< The last request of a tool.
  std::map<Key, SteadyTime> tools_;                          ///< When the tool began last.
  std::map<std::string, SteadyTime, std::less<>> given_up_;  ///< By token.
  std::map<std::string, std::set<SteadyTime>, std::less<>> refusals_;  ///< By runner: when a 401 arrived.
  Pauses pauses_;
  std::set<std::string, std::less<>> held_back_;  ///< Runners that a partition kept an answer from.
};

}  // namespace

InvariantPointer make_credentials_invariant(const core::Config& config, const Setting& setting, Findings& findings) {
  return std::make_unique<Credentials>(config, setting, findings);
}

}  // namespace sim
