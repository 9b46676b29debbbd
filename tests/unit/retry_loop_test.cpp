#include <gtest/gtest.h>

#include "tests/unit/retry_loop.h"

namespace core {
namespace {
using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

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
  loop.start({}, Reporting::OnlyTrouble);  // Reported from its first failure on.
  loop.fake.clock.advance(1h);
  EXPECT_EQ(loop.fake.trace.calls, (std::vector<std::uint64_t>{1, 1, 1}));
  EXPECT_EQ(loop.fake.trace.runs, (std::vector<std::uint32_t>{7, 7, 7}));
  loop.script.results = {Success<std::string>{"done", 200}};
  loop.start({}, Reporting::OnlyTrouble);  // Without a number: nothing of it is reported.
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

TEST(RetryLoop, tells_its_operation_by_when_a_request_is_to_be_answered) {
  const Attempt patient{.timeout = 10s};
  EXPECT_EQ(patient.request_deadline(SteadyTime(7s)), SteadyTime(17s));
  const Attempt hurried{.timeout = 10s, .deadline = SteadyTime(9s)};
  EXPECT_EQ(hurried.request_deadline(SteadyTime(7s)), SteadyTime(9s));
  EXPECT_EQ(Attempt{}.request_deadline(SteadyTime(7s)), SteadyTime::max());
}

TEST(RetryLoop, is_silent_about_housekeeping_that_goes_well) {
  Loop well({Success<std::string>{"done", std::nullopt}});
  well.start({}, Reporting::OnlyTrouble);
  well.fake.clock.advance(1h);
  EXPECT_TRUE(well.result && *well.result);
  EXPECT_EQ(well.fake.trace.lines, Lines{});

  Loop troubled({failed(500), Success<std::string>{"done", std::nullopt}});
  troubled.start({}, Reporting::OnlyTrouble);
  troubled.fake.clock.advance(1h);
  ASSERT_EQ(troubled.fake.trace.lines.size(), 3U);
  EXPECT_EQ(troubled.fake.trace.lines.back(), "2s call.succeeded job=job-1 api=test.call attempt=2 max_attempts=3");

  Loop cancelled({failed(500), failed(500)});
  cancelled.start({}, Reporting::OnlyTrouble);
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
