#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "core/retry/classify.h"
#include "core/retry/retry.h"
#include "tests/support/fake_environment.h"

namespace core {
namespace {
using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

const RetryPolicy kPolicy{.attempts = 3,
                          .backoff = {.initial_delay = 1s, .max_delay = 60s, .jitter = {.kind = JitterKind::None}}};

AttemptFailure failed(int status, std::optional<RetryHint> hint = std::nullopt) {
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
boost::asio::awaitable<AttemptResult<std::string>> play(Script& script, std::uint32_t attempt) {
  script.attempts.push_back(attempt);
  co_await script.clock->sleep_until(script.clock->now() + 500ms);
  co_return script.results.at(attempt - 1);
}

class CountingGate final : public Gate {
 public:
  CountingGate(Clock& clock, tests::Trace& trace) : clock_(clock), trace_(trace) {}
  boost::asio::awaitable<void> enter() override {
    trace_.lines.emplace_back("gate");
    co_await clock_.sleep_until(clock_.now() + 100ms);
  }

 private:
  Clock& clock_;
  tests::Trace& trace_;
};

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

  void start(Gate* gate = nullptr, Reporting reporting = Reporting::Everything) {
    const Call call{.api = "test.call",
                    .job = "job-1",
                    .policy = policy,
                    .random = Random(1),
                    .gate = gate,
                    .reporting = reporting,
                    .permit = permit,
                    .run = run};
    const auto operation = [this](std::uint32_t attempt) { return play(script, attempt); };
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
  Permit* permit = nullptr;
  Script script;
  std::optional<CallResult<std::string>> result;
  std::exception_ptr exception;
};

TEST(RetryLoop, reports_every_attempt_in_order_and_hands_up_the_value) {
  Loop loop({failed(429), failed(503), Success<std::string>{"done", 200}});
  loop.start();
  loop.fake.clock.advance(1h);
  ASSERT_TRUE(loop.result && *loop.result);
  EXPECT_EQ(**loop.result, "done");
  EXPECT_EQ(loop.script.attempts, (std::vector<std::uint32_t>{1, 2, 3}));
  EXPECT_EQ(
      loop.fake.trace.lines,
      (Lines{
          "0s call.started job=job-1 api=test.call attempt=1 max_attempts=3",
          "500ms call.failed job=job-1 api=test.call attempt=1 max_attempts=3 status=429 "
          "failure=rate_limited code=ERR_BAD_REQUEST",
          "500ms call.retry job=job-1 api=test.call attempt=2 max_attempts=3 failure=rate_limited delay=1s "
          "source=backoff",
          "1.5s call.started job=job-1 api=test.call attempt=2 max_attempts=3",
          "2s call.failed job=job-1 api=test.call attempt=2 max_attempts=3 status=503 failure=unavailable "
          "code=ERR_BAD_RESPONSE",
          "2s call.retry job=job-1 api=test.call attempt=3 max_attempts=3 failure=unavailable delay=2s source=backoff",
          "4s call.started job=job-1 api=test.call attempt=3 max_attempts=3",
          "4.5s call.succeeded job=job-1 api=test.call attempt=3 max_attempts=3 status=200"}));
}

TEST(RetryLoop, numbers_the_calls_that_it_reports) {
  Loop loop({failed(429), Success<std::string>{"done", 200}});
  loop.run = 7;
  loop.start(nullptr, Reporting::OnlyTrouble);  // Reported from its first failure on.
  loop.fake.clock.advance(1h);
  EXPECT_EQ(loop.fake.trace.calls, (std::vector<std::uint64_t>{1, 1, 1}));
  EXPECT_EQ(loop.fake.trace.runs, (std::vector<std::uint32_t>{7, 7, 7}));
  loop.script.results = {Success<std::string>{"done", 200}};
  loop.start(nullptr, Reporting::OnlyTrouble);  // Without a number: nothing of it is reported.
  loop.fake.clock.advance(1h);
  loop.run = 0;
  loop.start();
  loop.fake.clock.advance(1h);
  EXPECT_EQ(loop.fake.trace.calls, (std::vector<std::uint64_t>{1, 1, 1, 2, 2}));
  EXPECT_EQ(loop.fake.trace.runs, (std::vector<std::uint32_t>{7, 7, 7, 0, 0}));
}

TEST(RetryLoop, gives_up_with_the_last_failure_and_its_hint) {
  Loop loop({failed(500), failed(500), failed(429, RetryHint{7s})});
  loop.start();
  loop.fake.clock.advance(1h);
  ASSERT_TRUE(loop.result && !*loop.result);
  const GaveUp gave_up = loop.result->error();
  EXPECT_EQ(gave_up.reason, GiveUpReason::Exhausted);
  EXPECT_EQ(gave_up.failure.kind, FailureKind::RateLimited);
  EXPECT_EQ(gave_up.failure.hint, RetryHint{7s});
  EXPECT_EQ(loop.fake.trace.lines.back(),
            "4.5s call.gave_up job=job-1 api=test.call max_attempts=3 attempts=3 reason=exhausted");
}

TEST(RetryLoop, ends_at_once_where_decide_says_so) {
  struct Case {
    AttemptResult<std::string> result;
    GiveUpReason reason;
  };
  AttemptFailure unknown = failed(500);
  unknown.give_up = GiveUp{GiveUpReason::OutcomeUnknown};
  const Case cases[] = {{failed(404), GiveUpReason::NotRetryable},
                        {failed(429, RetryHint{61s}), GiveUpReason::RetryAfterTooLong},
                        {unknown, GiveUpReason::OutcomeUnknown}};
  for (const auto& [end, reason] : cases) {
    Loop loop({end});
    loop.start();
    loop.fake.clock.advance(500ms);
    ASSERT_TRUE(loop.result && !*loop.result) << name_of(reason);
    EXPECT_EQ(loop.result->error().reason, reason);
    EXPECT_EQ(loop.fake.trace.lines.size(), 3U);
    EXPECT_TRUE(loop.fake.trace.lines.back().ends_with(fmt::format("attempts=1 reason={}", name_of(reason))));
  }
}

TEST(RetryLoop, waits_for_as_long_as_the_server_said) {
  Loop loop({failed(429, RetryHint{7s}), failed(429, RetryHint{9s, DelaySource::RateLimitReset}),
             Success<std::string>{"done", 200}});
  loop.start();
  loop.fake.clock.advance(1h);
  ASSERT_TRUE(loop.result && *loop.result);
  EXPECT_EQ(loop.fake.trace.lines.at(2),
            "500ms call.retry job=job-1 api=test.call attempt=2 max_attempts=3 failure=rate_limited delay=7s "
            "source=retry_after");
  EXPECT_EQ(loop.fake.trace.lines.at(3), "7.5s call.started job=job-1 api=test.call attempt=2 max_attempts=3");
}

TEST(RetryLoop, passes_the_gate_before_each_attempt_is_reported) {
  Loop loop({failed(429), Success<std::string>{"done", 200}});
  CountingGate gate(loop.fake.clock, loop.fake.trace);
  loop.start(&gate);
  loop.fake.clock.advance(1h);
  const Lines& lines = loop.fake.trace.lines;
  ASSERT_EQ(lines.size(), 7U);
  EXPECT_EQ(lines[0], "gate");
  EXPECT_EQ(lines[1], "100ms call.started job=job-1 api=test.call attempt=1 max_attempts=3");
  EXPECT_EQ(lines[4], "gate");
  EXPECT_EQ(lines[5], "1.7s call.started job=job-1 api=test.call attempt=2 max_attempts=3");
}

TEST(RetryLoop, is_silent_about_housekeeping_that_goes_well) {
  Loop well({Success<std::string>{"done", std::nullopt}});
  well.start(nullptr, Reporting::OnlyTrouble);
  well.fake.clock.advance(1h);
  EXPECT_TRUE(well.result && *well.result);
  EXPECT_EQ(well.fake.trace.lines, Lines{});

  Loop troubled({failed(500), Success<std::string>{"done", std::nullopt}});
  troubled.start(nullptr, Reporting::OnlyTrouble);
  troubled.fake.clock.advance(1h);
  ASSERT_EQ(troubled.fake.trace.lines.size(), 3U);
  EXPECT_EQ(troubled.fake.trace.lines.back(), "2s call.succeeded job=job-1 api=test.call attempt=2 max_attempts=3");

  Loop cancelled({failed(500), failed(500)});
  cancelled.start(nullptr, Reporting::OnlyTrouble);
  cancelled.fake.clock.advance(200ms);
  cancelled.cancel();
  EXPECT_TRUE(cancelled.was_aborted());
  EXPECT_EQ(cancelled.fake.trace.lines, Lines{}) << "no trouble until then";
}

TEST(RetryLoop, goes_on_for_as_long_as_it_takes_where_no_attempts_are_set) {
  std::vector<AttemptResult<std::string>> results(40, failed(503));
  results.emplace_back(Success<std::string>{"done", 200});
  Loop loop(std::move(results));
  loop.policy.attempts.reset();
  loop.start();
  loop.fake.clock.advance(1h);
  EXPECT_TRUE(loop.result && *loop.result);
}

TEST(RetryLoop, reports_its_cancellation_and_lets_it_go_on_upwards) {
  struct Case {
    std::string_view where;
    Duration at;
    bool gated;
    std::string_view last;
  };
  const Case cases[] = {
      {"in an attempt", 200ms, false,
       "200ms call.gave_up job=job-1 api=test.call max_attempts=3 attempts=1 reason=cancelled"},
      {"in a wait", 1s, false, "1s call.gave_up job=job-1 api=test.call max_attempts=3 attempts=1 reason=cancelled"},
      {"in a later attempt", 1700ms, false,
       "1.7s call.gave_up job=job-1 api=test.call max_attempts=3 attempts=2 reason=cancelled"},
      {"at the gate, before anything began", 50ms, true,
       "50ms call.gave_up job=job-1 api=test.call max_attempts=3 attempts=0 reason=cancelled"},
      {"at the gate of a later attempt", 1650ms, true,
       "1.65s call.gave_up job=job-1 api=test.call max_attempts=3 attempts=1 reason=cancelled"}};
  for (const auto& [where, at, gated, last] : cases) {
    Loop loop({failed(429), failed(429), failed(429)});
    CountingGate gate(loop.fake.clock, loop.fake.trace);
    loop.start(gated ? &gate : nullptr);
    loop.fake.clock.advance(at);
    EXPECT_FALSE(loop.exception) << where;
    loop.cancel();
    EXPECT_TRUE(loop.was_aborted()) << where;
    EXPECT_EQ(loop.fake.trace.lines.back(), last) << where;
    const std::size_t events = loop.fake.trace.lines.size();
    loop.fake.clock.advance(1h);
    EXPECT_EQ(loop.fake.trace.lines.size(), events) << where << ": nothing happens afterwards";
  }
}

TEST(RetryLoop, can_be_destroyed_while_it_waits) {
  Loop loop({failed(429)});
  loop.start();
  loop.fake.clock.advance(1s);
  loop.fake.context.reset();
  EXPECT_EQ(loop.fake.clock.waiting(), 0U);
  EXPECT_EQ(loop.fake.trace.lines.size(), 3U) << "a crash reports nothing";
}

TEST(RetryLoop, asks_its_permit_after_the_attempt_and_after_the_wait) {
  for (const Duration end : {Duration(400ms), Duration(500ms), Duration(900ms), Duration(1500ms)}) {
    Loop loop({failed(429), Success<std::string>{"done", 200}});
    PermitUntil permit(loop.fake.clock, SteadyTime(end));
    loop.permit = &permit;
    loop.start();
    loop.fake.clock.advance(1h);
    EXPECT_TRUE(loop.ran_out());
    EXPECT_EQ(loop.script.attempts, std::vector<std::uint32_t>{1}) << end.count();
    EXPECT_NE(loop.fake.trace.lines.back().find("call.gave_up"), std::string::npos);
    EXPECT_NE(loop.fake.trace.lines.back().find("reason=cancelled"), std::string::npos);
  }
}

TEST(RetryLoop, goes_on_while_its_permit_holds) {
  Loop loop({failed(429), Success<std::string>{"done", 200}});
  PermitUntil permit(loop.fake.clock, SteadyTime(2001ms));
  loop.permit = &permit;
  loop.start();
  loop.fake.clock.advance(1h);
  ASSERT_TRUE(loop.result && *loop.result);
  EXPECT_EQ(**loop.result, "done");
}

TEST(RetryLoop, asks_its_permit_before_the_first_attempt) {
  Loop loop({Success<std::string>{"done", 200}});
  PermitUntil permit(loop.fake.clock, SteadyTime());
  loop.permit = &permit;
  loop.start();
  loop.fake.clock.advance(1h);
  EXPECT_TRUE(loop.ran_out());
  EXPECT_TRUE(loop.script.attempts.empty());
}

}  // namespace
}  // namespace core
