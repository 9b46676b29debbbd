// Where calls wait for limits (config.limits.adaptive): what a limiter has refused holds back every call of that
// credential in that runner, and being limited costs a job none of its re-queues (reading 26). Where runners tell one
// another (config.limits.shared), the model's refusals hold back all of them, as long as Redis is left alone.
#include <fmt/format.h>

#include <string>
#include <utility>

#include "core/api/api.h"
#include "core/time/text.h"
#include "sim/invariants/clocks.h"
#include "sim/invariants/families.h"
#include "sim/invariants/job_maps.h"

namespace sim {

namespace {

using core::Event;
using core::EventKind;
using core::format_duration;
using core::SteadyTime;

/// Headers name whole seconds, and a moment is read against a Date that does.
constexpr core::Duration kWholeSeconds = std::chrono::seconds(2);

class LimitsKept final : public Invariant {
 public:
  LimitsKept(const core::Config& config, Findings& findings) : Invariant(findings), config_(config) {}

  std::string_view name() const override { return "limits"; }

  void on_event(const Event& event) override {
    if (!config_.limits.adaptive) return;
    const bool has_forgotten = event.kind == EventKind::WorkerStarted || event.kind == EventKind::WorkerCrashed;
    if (has_forgotten || event.kind == EventKind::WorkerPaused) forget(event.runner);
    if (event.kind == EventKind::JobRequeued && event.reason == core::RequeueReason::RateLimited) {
      violated(event.job, event.at, "is re-queued for being limited, which spends a retry");
    }
  }

  /// An answer that nobody waits for any more is not heard.
  void on_call(const Event& event, const CallState&) override {
    if (event.kind != EventKind::CallGaveUp || event.reason != core::GiveUpReason::Cancelled) return;
    std::erase_if(holds_, [&event](const auto& each) {
      const auto& [key, hold] = each;
      return key.first == event.runner && hold.job == event.job && hold.told >= event.at;
    });
  }

  void on_disturbance(const Disturbance&) override { may_not_hear_ = true; }
  void on_redis_answered(const RedisCall& call) override { may_not_hear_ |= !call.answered() || call.at > call.sent; }

  void on_job_over(std::string_view runner, std::string_view job) override { forget_run(led_on_, runner, job); }

  void on_clock_shift(std::string_view runner, core::Duration by) override { clocks_.on_clock_shift(runner, by); }

  void on_answer_held_back(std::string_view runner, std::string_view, std::string_view) override { forget(runner); }

  void on_exchange(const Exchange& exchange) override {
    if (!config_.limits.adaptive || exchange.runner.empty()) return;
    // The attempt that a redirect leads on (reading 24), or that makes its JWT anew, had begun before.
    SteadyTime& led_on_at = known_of(led_on_, exchange.runner, exchange.job);
    const bool is_led_on = std::exchange(led_on_at, SteadyTime::min()) == exchange.sent;
    const int status = exchange.status.value_or(0);
    const bool is_jwt_refused = status == 401 && exchange.operation == core::api::kToken.operation;
    if ((status >= 300 && status <= 399) || is_jwt_refused) led_on_at = exchange.answered;
    const std::pair key(std::string(exchange.runner), account_of(exchange));
    const auto hold = holds_.find(key);
    if (!is_led_on && hold != holds_.end() && exchange.sent > hold->second.told &&
        core::saturating_add(exchange.sent, kWholeSeconds) < hold->second.until) {
      violated(exchange.job, exchange.sent,
               fmt::format("{} is called {} before the service wants to be, which {} was told", exchange.operation,
                           format_duration(hold->second.until - exchange.sent), exchange.runner));
      holds_.erase(hold);
    }
    check_others(exchange);
    if (!is_limit(exchange) || clocks_.may_disbelieve(exchange.runner)) return;
    const SteadyTime until = core::saturating_add(exchange.answered, *exchange.asked_to_wait);
    Hold& held = holds_[key];
    if (until > held.until) held = {exchange.answered, until, std::string(exchange.job)};
  }

 private:
  void check_others(const Exchange& exchange) {
    if (!config_.limits.shared || may_not_hear_ || exchange.operation != core::api::kChat.operation) return;
    for (const auto& [key, hold] : holds_) {
      if (key.second != exchange.operation || key.first == exchange.runner || exchange.sent <= hold.told) continue;
      if (core::saturating_add(exchange.sent, kWholeSeconds) >= hold.until) continue;
      return violated(
          exchange.job, exchange.sent,
          fmt::format("{} is called {} before the service wants to be, which {} was told and has not told {}",
                      exchange.operation, format_duration(hold.until - exchange.sent), key.first, exchange.runner));
    }
  }

  struct Hold {
    SteadyTime told, until;
    std::string job;
  };

  /// The model's key, the App, or an installation by its token; its searches of code count by themselves.
  static std::string account_of(const Exchange& exchange) {
    const bool is_own =
        exchange.operation == core::api::kChat.operation || exchange.operation == core::api::kToken.operation;
    if (is_own) return std::string(exchange.operation);
    const core::Api* api = core::find_github_operation(exchange.operation);
    const bool is_search = api != nullptr && api->limit == core::ApiLimit::CodeSearch;
    return (is_search ? "search " : "") + std::string(exchange.credential);
  }

  bool is_limit(const Exchange& exchange) const {
    if (!exchange.asked_to_wait || exchange.has_rule_body || exchange.forbids_retry) return false;
    if (*exchange.asked_to_wait > config_.retry_after_ceiling) return false;
    const bool of_github = exchange.operation != core::api::kChat.operation;
    const bool by_403 =
        of_github && exchange.status == 403 && config_.github.rate_limited_403 == core::RateLimited403::Retry;
    return by_403 || (exchange.status == 429 && !exchange.names_used_up);
  }

  void forget(std::string_view runner) {
    std::erase_if(holds_, [runner](const auto& each) { return each.first.first == runner; });
  }

  const core::Config& config_;
  ClockShifts clocks_;
  RunMap<SteadyTime> led_on_;  ///< When a run was last answered so that its attempt goes on.
  bool may_not_hear_ = false;  ///< A runner of what others tell it.
  std::map<std::pair<std::string, std::string>, Hold> holds_;  ///< By runner and account.
};

}  // namespace

InvariantPointer make_limits_invariant(const core::Config& config, Findings& findings) {
  return std::make_unique<LimitsKept>(config, findings);
}

}  // namespace sim
