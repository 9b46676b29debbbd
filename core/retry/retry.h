// The one retry loop. LLM, token, tools and the core's own Redis commands all go through it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "core/async/spawn.h"
#include "core/retry/credentials.h"
#include "core/retry/decide.h"
#include "core/retry/retry_environment.h"
#include "core/time/permit.h"

namespace core {

/// Lets an attempt begin: pacing, and whatever else may hold a call back.
class Gate {
 public:
  virtual ~Gate() = default;
  virtual boost::asio::awaitable<void> enter() = 0;
};

/// Failures are always reported; a call made for the core's own housekeeping is silent while all goes well.
enum class Reporting : std::uint8_t { Everything, OnlyTrouble };

/// A wait before the first attempt, for what the server told an earlier call.
struct Postponement {
  FailureKind failure;
  RetryAfter wait;
};

/// What a call is, for its events and its chances.
struct Call {
  std::string_view api;
  std::string_view job;
  const RetryPolicy& policy;
  Random random;  ///< The branch of this one call.
  Gate* gate = nullptr;
  Reporting reporting = Reporting::Everything;
  std::optional<Postponement> postponed = std::nullopt;  ///< Reported as a wait for attempt 1.
  Duration ceiling = kRetryAfterCeiling;                 ///< See decide().
  Permit* permit = nullptr;                              ///< Outlives the call.
  /// What each attempt shows to the service, and who is to hear whether it was accepted.
  Credentials* credentials = nullptr;
  Credential credential{};
  std::uint32_t run = 0;     ///< Which run of the job makes it; 0: none.
  std::uint64_t number = 0;  ///< In events. retry() sets it when it first reports the call.

  void tell_credentials(const Failure* failure) const {
    if (credentials != nullptr) credentials->hear(credential, failure);
  }
  void check_permit() const {
    if (permit != nullptr) permit->check();
  }
};

/// A successful attempt's value, and the HTTP status that it came with (nothing where there is none).
template <class Value>
struct Success {
  Value value;
  std::optional<int> status;
};

/// One attempt's end: a value or a failure. `give_up` says that the attempt must not be repeated, whatever its policy
/// allows: its effect cannot be known (`OutcomeUnknown`), or a call that it needs was given up.
struct AttemptFailure {
  Failure failure;
  std::optional<GiveUp> give_up = std::nullopt;
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
void report_started(const RetryEnvironment& environment, Call& call, std::uint32_t attempt);
void report_succeeded(const RetryEnvironment& environment, Call& call, std::uint32_t attempt,
                      std::optional<int> status);
void report_failed(const RetryEnvironment& environment, Call& call, std::uint32_t attempt, const Failure& failure);
void report_gave_up(const RetryEnvironment& environment, Call& call, std::uint32_t attempts, GiveUpReason reason);
void report_retry(const RetryEnvironment& environment, Call& call, std::uint32_t attempt, FailureKind failure,
                  const RetryAfter& wait);
}  // namespace detail

/// Calls `operation(attempt)`, attempts counted from 1, until it succeeds or decide() says to give up. `operation` is a
/// callable, kept alive by the loop, that returns awaitable<AttemptResult<Value>>. What `environment` and `call`
/// refer to must outlive the call. When the coroutine is cancelled the call is reported as given up (`cancelled`) and
/// operation_aborted goes on upwards; so is what `permit` throws.
template <class Value, class Operation>
boost::asio::awaitable<CallResult<Value>> retry(RetryEnvironment environment, Call call, Operation operation) {
  RetryState state;
  std::uint32_t begun = 0;  // Attempts that the gate let through.
  bool reporting = call.reporting == Reporting::Everything;
  try {
    if (call.postponed) {
      reporting = true;
      detail::report_retry(environment, call, 1, call.postponed->failure, call.postponed->wait);
      co_await environment.clock.sleep_until(saturating_add(environment.clock.now(), call.postponed->wait.delay));
      call.check_permit();
    }
    for (;; ++state.attempt) {
      if (call.gate != nullptr) co_await call.gate->enter();
      call.check_permit();
      begun = state.attempt;
      if (call.reporting == Reporting::Everything) detail::report_started(environment, call, state.attempt);
      AttemptResult<Value> result = co_await operation(state.attempt);
      call.check_permit();
      if (result.has_value()) {
        if (reporting) detail::report_succeeded(environment, call, state.attempt, result->status);
        call.tell_credentials(nullptr);
        co_return std::move(result->value);
      }
      AttemptFailure failed = std::move(result).error();
      reporting = true;
      detail::report_failed(environment, call, state.attempt, failed.failure);
      call.tell_credentials(&failed.failure);
      const Decision decision = failed.give_up ? Decision(*failed.give_up)
                                               : decide(failed.failure, state, call.policy, call.random, call.ceiling);
      if (const auto* give_up = std::get_if<GiveUp>(&decision)) {
        detail::report_gave_up(environment, call, state.attempt, give_up->reason);
        co_return GaveUp{give_up->reason, std::move(failed.failure), give_up->patience, std::string(call.api)};
      }
      const auto& wait = std::get<RetryAfter>(decision);
      detail::report_retry(environment, call, state.attempt + 1, failed.failure.kind, wait);
      state.previous_delay = wait.delay;
      co_await environment.clock.sleep_until(saturating_add(environment.clock.now(), wait.delay));
    }
  } catch (const boost::system::system_error& error) {
    // What else was thrown is a broken invariant, and must not be reported as a cancellation.
    if (reporting && is_cancellation(error)) detail::report_gave_up(environment, call, begun, GiveUpReason::Cancelled);
    throw;
  } catch (const PermitDenied&) {
    if (reporting) detail::report_gave_up(environment, call, begun, GiveUpReason::Cancelled);
    throw;
  }
}

}  // namespace core
