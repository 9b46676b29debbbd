// The one retry loop. LLM, token, tools and the core's own Redis commands all go through it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "core/async/spawn.h"
#include "core/retry/decide.h"
#include "core/retry/guard.h"
#include "core/retry/retry_environment.h"
#include "core/time/permit.h"

namespace core {

/// Failures are always reported; a call made for the core's own housekeeping is silent while all goes well.
enum class Reporting : std::uint8_t { Everything, OnlyTrouble };

/// What a call is, for its events and its chances. What it refers to outlives the call.
struct Call {
  std::string_view api;
  std::string_view job;
  const RetryPolicy& policy;
  Random random;  ///< The branch of this one call.
  Guards guards = {};
  std::string_view credential = {};  ///< See Attempt.
  Reporting reporting = Reporting::Everything;
  Duration timeout = Duration::max();       ///< Of one request; see Attempt.
  SteadyTime deadline = SteadyTime::max();  ///< No attempt begins then, nor is waited for beyond it.
  Duration ceiling = kRetryAfterCeiling;    ///< See decide().
  Permit* permit = nullptr;
  std::optional<SteadyTime> run_since = std::nullopt;  ///< See Attempt; nothing: when the call began.
  std::uint32_t run = 0;                               ///< Which run of the job makes it; 0: none.
  bool is_of_a_rerun = false;                          ///< See Attempt.
  std::uint64_t number = 0;                            ///< In events. retry() sets it when it first reports the call.
};

/// A successful attempt's value, and the HTTP status that it came with (nothing where there is none).
template <class Value>
struct Success {
  Value value;
  std::optional<int> status;
};

/// One attempt's end: a value or a failure. `give_up` says that the attempt must not be repeated, whatever its policy
/// allows: its effect cannot be known (`OutcomeUnknown`), or a call that it needs was given up.
/// `is_nested`: the failure is that of another call that the attempt needs first; its own request was not sent.
struct AttemptFailure {
  Failure failure;
  std::optional<GiveUp> give_up = std::nullopt;
  bool is_nested = false;
};
template <class Value>
using AttemptResult = boost::system::result<Success<Value>, AttemptFailure>;

/// A call that was given up: why, and the last failure, whose hint travels up.
struct GaveUp {
  GiveUpReason reason;
  Failure failure;
  Patience patience = Patience::Left;  ///< See GiveUp.
  std::string api = {};                ///< Of the call; empty: there was none.
};
template <class Value>
using CallResult = boost::system::result<Value, GaveUp>;

namespace detail {

struct Wait {
  SteadyTime until;
  bool may_be_woken = false;
};
/// What the loop does next: it makes the attempt, waits, or gives the call up.
using Next = std::variant<Admit, Wait, GaveUp>;

/// One call on its way: what it reports, and what follows from how its attempts end.
class CallInProgress {
 public:
  CallInProgress(const RetryEnvironment& environment, Call call);

  /// The one that is due.
  Attempt attempt();
  const Guards& guards() const { return call_.guards; }
  void check_permit() const {
    if (call_.permit != nullptr) call_.permit->check();
  }

  Next admit(GuardedAttempt& guarded);
  void succeeded(GuardedAttempt& guarded, std::optional<int> status);
  Next failed(GuardedAttempt& guarded, AttemptFailure failed);
  /// From outside, or because the permit has run out.
  void cancelled();

 private:
  Next hold(const Delay& delay);
  GaveUp give_up(GiveUp why, Failure failure);
  Duration remaining() const;
  Failure out_of_time() const;
  bool is_reported(const HeldBack& held_back);
  Event event(EventKind kind);
  void report_retry(std::uint32_t attempt, std::optional<FailureKind> failure, const RetryAfter& wait);

  const RetryEnvironment& environment_;
  Call call_;
  RetryState state_;
  std::uint32_t begun_ = 0;  ///< Attempts that the guards let through.
  bool reports_;
  std::optional<SteadyTime> since_;
  std::uint32_t limited_ = 0;
  std::optional<SteadyTime> held_until_;  ///< As it was reported last.
  Failure last_failure_;
};

}  // namespace detail

/// Calls `operation(attempt)`, attempts counted from 1, until it succeeds, or decide() or a guard says to give up.
/// `operation` is a callable, kept alive by the loop, that takes a const Attempt& and returns
/// awaitable<AttemptResult<Value>>. What `environment` and `call` refer to must outlive the call. When the coroutine is
/// cancelled the call is reported as given up (`cancelled`) and operation_aborted goes on upwards; so is what `permit`
/// throws, which is asked when an attempt has been admitted, before it begins, and when it has ended.
template <class Value, class Operation>
boost::asio::awaitable<CallResult<Value>> retry(RetryEnvironment environment, Call call, Operation operation) {
  detail::CallInProgress progress(environment, std::move(call));
  try {
    for (;;) {
      const Attempt attempt = progress.attempt();
      detail::GuardedAttempt guarded(progress.guards(), attempt);
      detail::Next next = progress.admit(guarded);
      while (const auto* wait = std::get_if<detail::Wait>(&next)) {
        if (wait->may_be_woken) {
          (void)co_await guarded.timer(environment.clock).wait_until(wait->until);
        } else {
          co_await environment.clock.sleep_until(wait->until);
        }
        next = progress.admit(guarded);
      }
      if (std::holds_alternative<Admit>(next)) {
        AttemptResult<Value> result = co_await operation(attempt);
        progress.check_permit();
        if (result.has_value()) {
          progress.succeeded(guarded, result->status);
          co_return std::move(result->value);
        }
        next = progress.failed(guarded, std::move(result).error());
      }
      if (auto* gave_up = std::get_if<GaveUp>(&next)) co_return std::move(*gave_up);
      co_await environment.clock.sleep_until(std::get<detail::Wait>(next).until);
    }
  } catch (const boost::system::system_error& error) {
    // What else was thrown is a broken invariant, and must not be reported as a cancellation.
    if (is_cancellation(error)) progress.cancelled();
    throw;
  } catch (const PermitDenied&) {
    progress.cancelled();
    throw;
  }
}

}  // namespace core
