// A call of the retry loop whose attempts end as a script says, for tests.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "core/retry/classify.h"
#include "core/retry/retry.h"
#include "tests/support/fake_environment.h"

namespace core {

inline const RetryPolicy kPolicy{.attempts = 3,
                                 .backoff = {.initial_delay = std::chrono::seconds(1),
                                             .max_delay = std::chrono::seconds(60),
                                             .jitter = {.kind = JitterKind::None}}};

inline AttemptFailure failed(int status, std::optional<RetryHint> hint = std::nullopt) {
  AttemptFailure failure{classify({.status = status}, {}).value()};
  failure.failure.hint = hint;
  return failure;
}

/// Each attempt takes half a second and ends as the script says.
struct Script {
  Clock* clock;
  std::vector<AttemptResult<std::string>> results;
  std::vector<std::uint32_t> attempts;
};
inline boost::asio::awaitable<AttemptResult<std::string>> play(Script& script, const Attempt& attempt) {
  script.attempts.push_back(attempt.number);
  co_await script.clock->sleep_until(script.clock->now() + std::chrono::milliseconds(500));
  co_return script.results.at(attempt.number - 1);
}

/// Runs out at a time.
class PermitUntil final : public Permit {
 public:
  struct RanOut : PermitDenied {};
  PermitUntil(Clock& clock, SteadyTime end) : clock_(clock), end_(end) {}
  void check() override {
    if (!holds()) throw RanOut{};
  }
  bool holds() const override { return clock_.now() < end_; }

 private:
  Clock& clock_;
  SteadyTime end_;
};

struct Loop {
  explicit Loop(std::vector<AttemptResult<std::string>> results) : script{&fake.clock, std::move(results), {}} {}

  void start(Guards guards = {}, Reporting reporting = Reporting::Everything) {
    const Call call{.api = "test.call",
                    .job = "job-1",
                    .policy = policy,
                    .random = Random(1),
                    .guards = guards,
                    .reporting = reporting,
                    .deadline = deadline,
                    .permit = permit,
                    .run = run};
    const auto operation = [this](const Attempt& attempt) { return play(script, attempt); };
    boost::asio::co_spawn(*fake.context, retry<std::string>(fake.environment, call, operation),
                          boost::asio::bind_cancellation_slot(
                              cancellation.slot(), [this](std::exception_ptr error, CallResult<std::string> ended) {
                                exception = error;
                                if (!error) result = std::move(ended);
                              }));
  }
  void cancel() {
    cancellation.emit(boost::asio::cancellation_type::terminal);
    fake.clock.settle();
  }
  bool ran_out() const {
    try {
      if (exception) std::rethrow_exception(exception);
    } catch (const PermitUntil::RanOut&) {
      return true;
    }
    return false;
  }
  bool was_aborted() const {
    try {
      if (exception) std::rethrow_exception(exception);
    } catch (const boost::system::system_error& error) {
      return error.code() == boost::asio::error::operation_aborted;
    }
    return false;
  }

  boost::asio::cancellation_signal cancellation;
  tests::FakeEnvironment fake;
  RetryPolicy policy = kPolicy;
  std::uint32_t run = 0;
  SteadyTime deadline = SteadyTime::max();
  Permit* permit = nullptr;
  Script script;
  std::optional<CallResult<std::string>> result;
  std::exception_ptr exception;
};

}  // namespace core
