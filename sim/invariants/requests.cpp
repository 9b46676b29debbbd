// What the core sends is right: a service refuses nothing of its own accord. What a rule answers, a limiter among them,
// says nothing about the request; neither does what only the words of a job or of the model can have brought about.
// Each conversation that is sent to a model is one that every service accepts, whether or not the fakes do.
#include <fmt/format.h>

#include <map>
#include <set>
#include <string>

#include "core/api/api.h"
#include "core/time/text.h"
#include "sim/invariants/clocks.h"
#include "sim/invariants/conversation.h"
#include "sim/invariants/families.h"
#include "sim/invariants/job_maps.h"
#include "sim/invariants/pauses.h"
#include "sim/invariants/tokens.h"

namespace sim {

namespace {

using core::Duration;
using core::Event;
using core::EventKind;
using core::SteadyTime;

/// GitHub's tokens live for an hour from the second in which they were made.
constexpr Duration kTokenLifetime = std::chrono::hours(1) - std::chrono::seconds(1);

class Requests final : public Invariant {
 public:
  explicit Requests(Findings& findings) : Invariant(findings) {}

  std::string_view name() const override { return "requests"; }

  void on_event(const Event& event) override {
    // A new process knows nothing of the service's clock.
    if (event.kind == EventKind::WorkerStarted) jwt_refused_.erase(std::string(event.runner));
    pauses_.on_event(event);
  }

  /// A JWT that is refused for its time is made anew, by the clock that the refusal tells, within the same attempt;
  /// but not where that clock is a day away, or more.
  void on_call(const Event& event, const CallState&) override {
    if (core::is_of(core::Service::Redis, event.api)) return;
    const std::pair key(std::string(event.runner), std::string(event.job));
    // The first request of an attempt follows no redirect.
    if (event.kind == EventKind::CallStarted && led_.erase(key) > 0) in_a_row_.erase(key);
    if (event.api != core::api::kToken) return;
    if (event.kind == EventKind::CallStarted) begun_.insert_or_assign(key, Mint{tokens_.shifts(), false});
    if (event.kind != EventKind::CallFailed || event.status != 401) return;
    const auto mint = begun_.find(key);
    if (mint == begun_.end() || !mint->second.is_refused || mint->second.shifts != tokens_.shifts()) return;
    if (clocks_.may_disbelieve(event.runner)) return;
    violated(event.job, event.at, "a JWT is refused by the service itself, and not made anew by the service's clock");
  }

  void on_clock_shift(std::string_view runner, Duration by) override {
    tokens_.on_clock_shift();
    clocks_.on_clock_shift(runner, by);
    jwt_refused_.clear();
  }

  /// The refusal may come later, or never.
  void on_answer_held_back(std::string_view runner, std::string_view operation, std::string_view) override {
    if (operation == core::api::kToken.operation) jwt_refused_.erase(std::string(runner));
  }

  void on_exchange(const Exchange& exchange) override {
    if (exchange.messages != nullptr) {
      if (const auto fault = fault_of_conversation(*exchange.messages)) violated(exchange.job, exchange.sent, *fault);
    }
    if (exchange.operation == core::api::kToken.operation) {
      const auto mint = begun_.find(RunKeyView(exchange.runner, exchange.job));
      if (mint != begun_.end()) mint->second.is_refused = exchange.own_status == 401 && exchange.status == 401;
    }
    const bool followed = note_redirect(exchange);
    if (is_refusal(exchange) && !followed && !is_excused(exchange)) {
      violated(exchange.job, exchange.sent,
               fmt::format("{} is answered {} by the service itself: what was sent is wrong", exchange.operation,
                           *exchange.own_status));
    }
    tokens_.on_exchange(exchange);
  }

  void on_job_over(std::string_view runner, std::string_view job) override {
    const std::pair key{std::string(runner), std::string(job)};
    begun_.erase(key);
    final_.erase(key);
    in_a_row_.erase(key);
    led_.erase(key);
  }

 private:
  /// A call for a token, since its last attempt began.
  struct Mint {
    std::uint64_t shifts;     ///< Of the clocks, by then.
    bool is_refused = false;  ///< The last request, by the service itself.
  };

  static bool is_refusal(const Exchange& exchange) {
    return exchange.own_status && *exchange.own_status >= 400 && *exchange.own_status <= 499;
  }

  /// Whether the request goes where a redirect led it, which is a rule's word.
  bool note_redirect(const Exchange& exchange) {
    std::pair key(std::string(exchange.runner), std::string(exchange.job));
    const auto led = led_.find(key);
    const bool followed = led != led_.end() && led->second == exchange.sent;
    const bool was_final = final_.erase(key) > 0;
    if (followed && was_final && exchange.operation != core::api::kChat.operation) {
      violated(exchange.job, exchange.sent, "a redirect is followed that leaves open whether the request was done");
    }
    if (led != led_.end()) led_.erase(led);
    std::uint32_t& in_a_row = in_a_row_[key];
    in_a_row = followed ? in_a_row + 1 : 0;
    constexpr std::uint32_t kMost = 5;
    if (in_a_row == kMost + 1) violated(exchange.job, exchange.sent, "a sixth redirect in a row is followed");
    const int status = exchange.status.value_or(0);
    if (status == 303) final_.insert(key);
    if (status >= 300 && status <= 399) led_.emplace(std::move(key), exchange.answered);
    return followed;
  }

  bool is_excused(const Exchange& exchange) {
    switch (*exchange.own_status) {
      case 401:
        return exchange.operation == core::api::kToken.operation ? is_of_a_wrong_clock(exchange)
                                                                 : has_run_out(exchange);
      case 404:
      case 410:
        // What the job names may not be there; a path that leads nowhere is the core's.
        return exchange.operation != "other";
      case 409:
        // Two jobs may write to one file.
        return exchange.operation == core::api::kPutContents.operation;
      case 422:
        // The text may be one that GitHub does not take, or there may be nothing to ask for. Without its key it is not
        // what the core posts. Where Redis has lost the journal, an earlier run made the branch.
        return core::is_once(core::find_github_operation(exchange.operation)) &&
               (exchange.body.find("<!-- rehearse:") != std::string_view::npos ||
                exchange.body.find("refs/heads/rehearse/") != std::string_view::npos);
      default:
        return false;
    }
  }

  /// A runner learns the service's clock by the first JWT that is refused; those under way meanwhile share its fate,
  /// and so do those of the same instant, whose order nobody knows. A clock that is wrong by days stays wrong.
  bool is_of_a_wrong_clock(const Exchange& exchange) {
    if (tokens_.shifts() == 0) return false;
    if (clocks_.may_disbelieve(exchange.runner)) return true;
    if (!exchange.status) return true;  // The refusal was lost on the way, and taught nothing.
    const auto [first, is_first] = jwt_refused_.emplace(std::string(exchange.runner), exchange.answered);
    return is_first || exchange.sent <= first->second;
  }

  /// A token's time may have been taken by a shift: that is seen by its first refusal, but while the token
  /// is new it may be refused for that (reading 21). Whoever sent it in the instant of the first refusal may not have
  /// known.
  bool has_run_out(const Exchange& exchange) {
    const KnownToken* token = tokens_.find(exchange.credential);
    if (token == nullptr) return false;
    // Its hour a runner can count by its steady clock, and replaces it minutes before.
    if (exchange.sent - token->born >= kTokenLifetime || token->shifts == tokens_.shifts()) return false;
    if (!exchange.status) return true;  // The refusal was lost on the way, and taught nothing.
    const auto [first, is_first] = ran_out_.emplace(std::string(exchange.credential), exchange.answered);
    // A retry that a new token was to have comes later where the process stands still meanwhile.
    const SteadyTime due = pauses_.begin_of_pause_until(exchange.sent, exchange.runner).value_or(exchange.sent);
    const bool is_new = due - pauses_.read_at(token->born, exchange.runner) < std::chrono::seconds(10);
    return is_first || is_new || exchange.sent <= first->second;
  }

  TokenBook tokens_;
  ClockShifts clocks_;
  RunMap<Mint> begun_;
  std::map<std::string, SteadyTime, std::less<>> ran_out_;  ///< By token: when its first such refusal arrived.
  Pauses pauses_;
  std::map<std::string, SteadyTime, std::less<>> jwt_refused_;  ///< By runner: since the last shift, the first.
  std::set<std::pair<std::string, std::string>> final_;         ///< Where the last such answer was a 303.
  RunMap<std::uint32_t> in_a_row_;                              ///< Followed ones.
  RunMap<SteadyTime> led_;                                      ///< A redirect's arrival.
};

}  // namespace

InvariantPointer make_requests_invariant(Findings& findings) {
  return std::make_unique<Requests>(findings);
}

}  // namespace sim
