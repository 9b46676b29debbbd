// Never more attempts than allowed at any layer, nothing retried that must not be, and every reason that is given true.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "core/api/api.h"
#include "core/time/text.h"
#include "sim/invariants/curable.h"
#include "sim/invariants/families.h"
#include "sim/invariants/held_back.h"
#include "sim/invariants/job_maps.h"

namespace sim {

namespace {

using core::Event;
using core::EventKind;
using core::FailureKind;
using core::GiveUpReason;
using Phase = CallState::Phase;

/// Redis' own failures are all worth another try; somebody repairs it.
bool is_curable(std::string_view api, FailureKind failure) {
  return core::is_of(core::Service::Redis, api) || sim::is_curable(failure);
}

/// Calls that report themselves only when something is wrong.
bool is_quiet(std::string_view api) {
  return core::is_of(core::Service::Redis, api);
}

class Attempts final : public Invariant {
 public:
  Attempts(const core::Config& config, Findings& findings) : Invariant(findings), config_(config) {}

  std::string_view name() const override { return "attempts"; }

  void on_exchange(const Exchange& exchange) override {
    if (exchange.operation != core::api::kChat.operation) return;
    known_of(limits_, exchange.runner, exchange.job) = {exchange.answered, exchange.status == 429,
                                                        exchange.names_used_up};
  }

  void on_call(const Event& event, const CallState& before) override {
    switch (event.kind) {
      case EventKind::CallStarted:
        return check_start(event, before);
      case EventKind::CallSucceeded:
        if (event.api == core::api::kToken) last_token_[std::string(event.runner)] = event.at;
        return check_end(event, before);
      case EventKind::CallFailed:
        check_end(event, before);
        return check_failure(event);
      case EventKind::CallRetry:
        return check_retry(event, before);
      case EventKind::CallGaveUp:
        return check_give_up(event, before);
      default:
        return;
    }
  }

  void on_job_over(std::string_view runner, std::string_view job) override { forget_run(limits_, runner, job); }

 private:
  void fail(const Event& event, std::string_view what) {
    violated(event.job, event.at, fmt::format("{} {}", event.api, what));
  }

  std::optional<std::uint32_t> most(const Event& event) const {
    const core::RetryPolicy* policy = policy_of(config_, event.api);
    // Who puts jobs in is no worker, and has a bound of its own.
    if (policy == nullptr || event.api == core::api::kEnqueue) return std::nullopt;
    return core::is_look_up(event.api) ? std::optional<std::uint32_t>(1) : policy->attempts;
  }

  void check_start(const Event& event, const CallState& before) {
    const std::uint32_t attempt = event.attempt.value_or(0);
    const auto allowed = most(event);
    if (allowed && attempt > *allowed) fail(event, fmt::format("begins attempt {} of {}", attempt, *allowed));
    if (before.phase == Phase::Waiting) {
      if (attempt != before.attempt)
        fail(event, fmt::format("begins attempt {} after announcing {}", attempt, before.attempt));
    } else if (is_made_again(attempt, before)) {
      return;
    } else if (before.phase != Phase::None) {
      fail(event, fmt::format("begins attempt {} while attempt {} has not ended", attempt, before.attempt));
    } else if (attempt != 1) {
      fail(event, fmt::format("begins attempt {} without a retry", attempt));
    }
  }

  /// Reading 26: an attempt that a limit refused is not counted, where calls wait for limits.
  bool is_made_again(std::uint32_t attempt, const CallState& before) const {
    return config_.limits.adaptive && before.phase == Phase::Failed && before.failure == FailureKind::RateLimited &&
           attempt == before.attempt;
  }

  /// Calls that wait for a limit say so, before the first attempt as well as again and again.
  bool is_held_back(const Event& event, const CallState& before) const {
    if (!config_.limits.adaptive || event.failure != FailureKind::RateLimited) return false;
    const std::uint32_t attempt = event.attempt.value_or(0);
    return is_made_again(attempt, before) || (before.phase == Phase::None && attempt == 1) ||
           (before.phase == Phase::Waiting && attempt == before.attempt);
  }

  /// An attempt whose wait is over may have to wait for the budget or another guard, again and again.
  bool is_held_by_guard(const Event& event, const CallState& before) const {
    if (!is_held_back_by_guard(config_, event)) return false;
    const std::uint32_t attempt = event.attempt.value_or(0);
    return is_made_again(attempt, before) || (before.phase == Phase::None && attempt == 1) ||
           (before.phase == Phase::Waiting && attempt == before.attempt);
  }

  void check_end(const Event& event, const CallState& before) {
    const std::uint32_t attempt = event.attempt.value_or(0);
    if (is_quiet(event.api)) {
      // The first failure is the first that is heard of it.
      const std::uint32_t expected = before.phase == Phase::Waiting ? before.attempt : 1;
      if (attempt != expected) fail(event, fmt::format("ends attempt {} where {} was under way", attempt, expected));
    } else if (before.phase != Phase::Started || attempt != before.attempt) {
      fail(event, fmt::format("ends attempt {}, which had not begun", attempt));
    }
  }

  void check_failure(const Event& event) {
    if (!event.failure) return fail(event, "failed and does not say how");
    if (!event.status) return;
    const int status = *event.status;
    const FailureKind failure = *event.failure;
    const bool of_a_model = event.api == core::api::kChat;
    const bool fits =
        status == 429   ? failure == FailureKind::RateLimited || failure == FailureKind::ClientError
        : status == 503 ? failure == FailureKind::Unavailable
        : status >= 500 ? failure == FailureKind::ServerError
        : status == 401 ? failure == FailureKind::Unauthorized
        : status == 403 ? failure == FailureKind::Forbidden || failure == FailureKind::RateLimited
        : status == 404 ? failure == FailureKind::NotFound
        : status == 408 ? failure == FailureKind::Timeout
        : status == 425 || (status == 409 && of_a_model) ? failure == FailureKind::Unavailable
        // GitHub may name a limit in the body.
        : status == 422 && !of_a_model ? failure == FailureKind::ClientError || failure == FailureKind::RateLimited
        : status >= 400                ? failure == FailureKind::ClientError
        : failure == FailureKind::Redirected ? status >= 300 && core::is_of(core::Service::GitHub, event.api)
                                             : true;
    if (!fits) fail(event, fmt::format("takes status {} for {}", status, name_of(failure)));
    if (of_a_model && status == 429) check_limit(event, failure);
  }

  /// Only where a quota is used up, or the account is not paid or not active, does no waiting cure a 429.
  void check_limit(const Event& event, FailureKind failure) {
    const auto limit = limits_.find(RunKeyView(event.runner, event.job));
    if (limit == limits_.end() || limit->second.at != event.at || !limit->second.is_limit) return;
    if (limit->second.is_final == (failure == FailureKind::ClientError)) return;
    fail(event, fmt::format("takes a 429 that {} for {}",
                            limit->second.is_final ? "no waiting cures" : "is of a rate limit", name_of(failure)));
  }

  void check_retry(const Event& event, const CallState& before) {
    const std::uint32_t attempt = event.attempt.value_or(0);
    // The first attempt for a token may have to wait for what an earlier call was told; backoff knows for how long.
    if (attempt == 1 && event.api == core::api::kToken && before.phase == Phase::None) return;
    if (is_held_back(event, before) || is_held_by_guard(event, before)) return;
    if (before.phase != Phase::Failed) return fail(event, "is retried without a failure");
    if (attempt != before.attempt + 1) fail(event, fmt::format("goes from attempt {} to {}", before.attempt, attempt));
    const auto allowed = most(event);
    if (allowed && attempt > *allowed) fail(event, fmt::format("announces attempt {} of {}", attempt, *allowed));
    if (is_new_token_refused(event, before.failure)) return;
    if (!is_curable(event.api, before.failure)) fail(event, fmt::format("retries {}", name_of(before.failure)));
  }

  /// Reading 21: a token that is younger than ten seconds when the wait ends may be refused because it is new. Events
  /// say when a runner got a token, not which one was refused.
  bool is_new_token_refused(const Event& event, FailureKind failure) const {
    if (failure != FailureKind::Unauthorized && failure != FailureKind::Forbidden) return false;
    if (config_.github.new_token_refused == core::NewTokenRefused::Fail) return false;
    if (failure == FailureKind::Forbidden && config_.github.rate_limited_403 == core::RateLimited403::Fail)
      return false;
    const auto last = last_token_.find(event.runner);
    if (!core::is_call_of_tool(event.api) || last == last_token_.end()) return false;
    const core::SteadyTime again = core::saturating_add(event.at, event.delay.value_or(core::Duration::zero()));
    return again - last->second < std::chrono::seconds(10) + kStampedLate;
  }

  static std::optional<core::SteadyTime> come_back(const Event& event, const CallState& before) {
    return before.hint ? std::optional(core::saturating_add(event.at, *before.hint)) : std::nullopt;
  }

  /// A tool ends by the reason for which there is no other token. Where GitHub said when it may be asked for one again,
  /// that holds for those who need it meanwhile, too.
  bool is_for_want_of_a_token(const Event& event, const CallState& before) const {
    const auto tokens = token_gave_up_.find(event.runner);
    return tokens != token_gave_up_.end() && std::ranges::any_of(tokens->second, [&](const NoToken& token) {
             const bool is_told_again = token.until && token.until == come_back(event, before);
             // Why it was given up then, or that the rest of the wait is too long to sleep through.
             return (token.at == event.at && token.reason == event.reason) ||
                    (is_told_again && event.reason.as<GiveUpReason>() == GiveUpReason::RetryAfterTooLong);
           });
  }

  void check_give_up(const Event& event, const CallState& before) {
    const auto allowed = most(event);
    const core::Reason& reason = event.reason;
    if (event.api == core::api::kToken) {
      std::vector<NoToken>& tokens = token_gave_up_[std::string(event.runner)];
      std::erase_if(tokens, [&](const NoToken& token) { return token.at < event.at && token.until <= event.at; });
      tokens.push_back({event.at, reason, come_back(event, before)});
    }
    if (core::is_call_of_tool(event.api) && is_for_want_of_a_token(event, before)) return;
    if (reason == GiveUpReason::Cancelled) return;  // A lost lease or a stop: its cause lies outside the call.
    if (reason == GiveUpReason::Limited && config_.limits.adaptive) {
      const bool is_limited = before.phase != Phase::Failed || before.failure == FailureKind::RateLimited;
      if (before.phase == Phase::Started || !is_limited) fail(event, "is given up as limited, and no limit refused it");
      return;
    }
    // See the invariants of these names.
    if (reason == GiveUpReason::Deadline) return;
    if (reason == GiveUpReason::CircuitOpen && config_.breaker.enabled) return;
    if (before.phase != Phase::Failed)
      return fail(event, fmt::format("is given up ({}) without a failure", reason.name()));
    if (event.attempts.value_or(0) != before.attempt) {
      fail(event, fmt::format("is given up after {} attempts; it made {}", event.attempts.value_or(0), before.attempt));
    }
    const core::RetryPolicy* policy = policy_of(config_, event.api);
    bool is_true = true;
    const bool beyond_ceiling = before.hint && *before.hint > config_.retry_after_ceiling;
    if (reason == GiveUpReason::Exhausted) {
      is_true = is_curable(event.api, before.failure) && (!allowed || before.attempt == *allowed) && !beyond_ceiling;
    } else if (reason == GiveUpReason::NotRetryable) {
      // A server may forbid a retry that the status alone would allow; only one that answered can.
      is_true = !is_curable(event.api, before.failure) || before.status.has_value();
    } else if (reason == GiveUpReason::RetryAfterTooLong) {
      is_true = beyond_ceiling || (before.hint && policy != nullptr && *before.hint > policy->longest_hint());
    } else if (reason == GiveUpReason::OutcomeUnknown) {
      is_true = core::is_of_tool(event.api);
    }
    if (!is_true) {
      fail(event, fmt::format("is given up as {} after attempt {} ended with {}", reason.name(), before.attempt,
                              name_of(before.failure)));
    }
  }

  /// On a real machine an event is stamped a little after what it tells of.
  static constexpr core::Duration kStampedLate = std::chrono::milliseconds(1);

  /// A model's last answer.
  struct Limit {
    core::SteadyTime at;
    bool is_limit = false;  ///< Status 429.
    bool is_final = false;
  };

  /// A call for a token that was given up.
  struct NoToken {
    core::SteadyTime at;
    core::Reason reason;
    std::optional<core::SteadyTime> until;  ///< GitHub does not want to be asked before.
  };

  const core::Config& config_;
  RunMap<Limit> limits_;
  std::map<std::string, core::SteadyTime, std::less<>> last_token_;         ///< By runner: when one was got last.
  std::map<std::string, std::vector<NoToken>, std::less<>> token_gave_up_;  ///< By runner: of its installations.
};

}  // namespace

InvariantPointer make_attempts_invariant(const core::Config& config, Findings& findings) {
  return std::make_unique<Attempts>(config, findings);
}

}  // namespace sim
