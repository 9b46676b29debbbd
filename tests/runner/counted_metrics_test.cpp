// What becomes of sequences of events: attempts, retries and waits of calls that are made at once, and runs of jobs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "core/api/api.h"
#include "runner/sinks/metrics.h"

namespace runner {
namespace {

using core::DelaySource;
using core::Event;
using core::EventKind;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

class CountedMetrics : public testing::Test {
 protected:
  /// Events of call 1, at so many seconds, unless it says otherwise.
  void call(EventKind kind, int at, std::uint64_t number = 1) { metrics_.on_event(call_event(kind, at, number)); }
  void fails(int at, std::uint64_t number = 1) {
    Event event = call_event(EventKind::CallFailed, at, number);
    event.failure = core::FailureKind::RateLimited;
    metrics_.on_event(event);
  }
  void waits(int at, int delay, DelaySource source, std::uint64_t number = 1) {
    Event event = call_event(EventKind::CallRetry, at, number);
    event.delay = seconds(delay);
    event.source = source;
    metrics_.on_event(event);
  }
  void job(EventKind kind, int at, std::uint32_t run, core::Reason reason = {}) {
    metrics_.on_event({.kind = kind, .at = after(at), .job = "a", .run = run, .reason = reason});
  }
  void agent_finished(std::uint32_t run, core::AgentOutcome outcome) {
    metrics_.on_event({.kind = EventKind::AgentFinished, .job = "a", .run = run, .outcome = outcome});
  }

  void expect(const std::string& line) const { EXPECT_THAT(metrics_.text({}), HasSubstr("\n" + line + "\n")); }
  void expect_none_of(const std::string& name) const { EXPECT_THAT(metrics_.text({}), Not(HasSubstr("\n" + name))); }

  Metrics metrics_;
  std::string_view api_ = core::api::kChat;

 private:
  static core::SteadyTime after(int at) { return core::SteadyTime(seconds(at)); }
  Event call_event(EventKind kind, int at, std::uint64_t number) const {
    return {.kind = kind, .at = after(at), .job = "a", .call = number, .api = api_};
  }
};

TEST_F(CountedMetrics, keep_calls_apart_that_are_made_at_once) {
  call(EventKind::CallStarted, 0, 1);
  call(EventKind::CallStarted, 10, 2);
  call(EventKind::CallSucceeded, 40, 1);
  call(EventKind::CallSucceeded, 50, 2);
  expect(R"(runner_attempt_duration_seconds_sum{api="llm.chat"} 80)");
  expect(R"(runner_attempt_duration_seconds_count{api="llm.chat"} 2)");
  expect(R"(runner_attempts_total{api="llm.chat",result="ok"} 2)");
}

TEST_F(CountedMetrics, count_a_retry_and_the_wait_before_it) {
  call(EventKind::CallStarted, 0);
  fails(1);
  waits(1, 4, DelaySource::Backoff);
  expect(R"(runner_retries_total{api="llm.chat",source="backoff"} 1)");
  expect_none_of("runner_attempt_wait_seconds");
  call(EventKind::CallStarted, 5);
  call(EventKind::CallSucceeded, 6);
  expect(R"(runner_attempt_wait_seconds_sum{api="llm.chat",source="backoff"} 4)");
  expect(R"(runner_attempt_duration_seconds_sum{api="llm.chat"} 2)");
  expect_none_of("runner_calls_held_back_total");
}

TEST_F(CountedMetrics, count_a_wait_once_however_often_it_is_announced) {
  call(EventKind::CallStarted, 0);
  fails(0);
  waits(0, 60, DelaySource::RetryAfter);
  waits(60, 20, DelaySource::Limit);
  waits(80, 10, DelaySource::Limit);
  call(EventKind::CallStarted, 90);
  expect(R"(runner_retries_total{api="llm.chat",source="retry_after"} 1)");
  expect(R"(runner_attempt_wait_seconds_sum{api="llm.chat",source="retry_after"} 90)");
  expect(R"(runner_attempt_wait_seconds_count{api="llm.chat",source="retry_after"} 1)");
  EXPECT_THAT(metrics_.text({}), Not(HasSubstr("source=\"limit\"")));
}

TEST_F(CountedMetrics, call_a_first_attempt_that_waits_for_a_limit_no_retry) {
  waits(0, 60, DelaySource::Limit);
  call(EventKind::CallStarted, 61);
  expect(R"(runner_calls_held_back_total{api="llm.chat",source="limit"} 1)");
  expect(R"(runner_attempt_wait_seconds_sum{api="llm.chat",source="limit"} 61)");
  expect_none_of("runner_retries_total");
  fails(62);
  waits(62, 5, DelaySource::RetryAfter);
  expect(R"(runner_retries_total{api="llm.chat",source="retry_after"} 1)");
  expect(R"(runner_calls_held_back_total{api="llm.chat",source="limit"} 1)");
}

TEST_F(CountedMetrics, count_a_retry_after_a_wait_that_is_too_short_to_be_told_of) {
  call(EventKind::CallStarted, 0);
  fails(1);
  call(EventKind::CallStarted, 1);
  expect(R"(runner_retries_total{api="llm.chat",source="limit"} 1)");
  call(EventKind::CallSucceeded, 2);
  call(EventKind::CallStarted, 3);
  expect(R"(runner_retries_total{api="llm.chat",source="limit"} 1)");
}

TEST_F(CountedMetrics, count_the_wait_of_a_call_that_is_given_up_meanwhile) {
  call(EventKind::CallStarted, 0);
  fails(1);
  waits(1, 100, DelaySource::Backoff);
  call(EventKind::CallGaveUp, 31);
  expect(R"(runner_attempt_wait_seconds_sum{api="llm.chat",source="backoff"} 30)");
  // Another call of that number knows nothing of it.
  call(EventKind::CallStarted, 60);
  expect(R"(runner_attempt_wait_seconds_count{api="llm.chat",source="backoff"} 1)");
}

TEST_F(CountedMetrics, take_the_waits_of_redis_as_announced_for_its_attempts_have_no_beginning) {
  api_ = core::api::kRenew;
  fails(3);
  waits(3, 1, DelaySource::Backoff);
  fails(9);  // The attempt took five seconds.
  waits(9, 2, DelaySource::Backoff);
  call(EventKind::CallSucceeded, 20);
  expect(R"(runner_attempt_wait_seconds_sum{api="redis.renew",source="backoff"} 3)");
  expect(R"(runner_retries_total{api="redis.renew",source="backoff"} 2)");
  expect_none_of("runner_attempt_duration_seconds");
}

TEST_F(CountedMetrics, time_the_runs_of_a_job_one_by_one) {
  job(EventKind::JobStarted, 0, 1);
  job(EventKind::JobStarted, 40, 2);  // Its older run still learns that it has lost the lease.
  job(EventKind::LeaseLost, 41, 1);
  job(EventKind::JobCompleted, 45, 2);
  expect(R"(runner_job_duration_seconds_sum{result="lost"} 41)");
  expect(R"(runner_job_duration_seconds_sum{result="completed"} 5)");
  job(EventKind::JobReleased, 46, 3);  // It never began.
  EXPECT_THAT(metrics_.text({}), Not(HasSubstr("seconds_sum{result=\"released\"}")));
  expect(R"(runner_jobs_total{result="released"} 1)");
}

TEST_F(CountedMetrics, tell_jobs_that_a_limit_puts_off_from_those_that_are_given_back) {
  job(EventKind::JobStarted, 0, 1);
  agent_finished(1, core::AgentOutcome::RateLimited);
  job(EventKind::JobReleased, 1, 1);
  expect(R"(runner_jobs_put_off_total{for="limit"} 1)");
  job(EventKind::JobStarted, 2, 2);
  job(EventKind::JobReleased, 3, 2);
  job(EventKind::JobStarted, 4, 3);
  agent_finished(3, core::AgentOutcome::RateLimited);
  job(EventKind::JobRequeued, 5, 3, core::RequeueReason::RateLimited);
  job(EventKind::JobStarted, 6, 4);
  agent_finished(4, core::AgentOutcome::ServiceError);
  job(EventKind::JobReleased, 7, 4);
  expect(R"(runner_jobs_put_off_total{for="limit"} 1)");
  expect(R"(runner_jobs_put_off_total{for="circuit"} 1)");
}

TEST_F(CountedMetrics, count_how_often_breakers_open_by_the_kind_of_their_credential) {
  for (const char* credential : {"installation 1", "installation 2", "llm"}) {
    metrics_.on_event({.kind = EventKind::CircuitOpened, .api = core::api::kCreateComment, .credential = credential});
    metrics_.on_event({.kind = EventKind::CircuitClosed, .api = core::api::kCreateComment, .credential = credential});
  }
  expect(R"(runner_circuit_openings_total{api="github.comments.create",credential="installation"} 2)");
  expect(R"(runner_circuit_openings_total{api="github.comments.create",credential="llm"} 1)");
  expect(R"(runner_circuit_openings_total{api="llm.chat",credential="llm"} 0)");
}

TEST_F(CountedMetrics, count_dead_letters_by_reason) {
  job(EventKind::JobFailed, 0, 1, core::JobFailReason::Exhausted);
  job(EventKind::JobFailed, 0, 1, core::JobFailReason::RecoveredTooOften);
  job(EventKind::JobFailed, 0, 1, core::JobFailReason::Cancelled);
  expect(R"(runner_dead_letters_total{reason="exhausted"} 1)");
  expect(R"(runner_dead_letters_total{reason="recovered_too_often"} 1)");
  expect(R"(runner_jobs_recovered_total{to="failed"} 1)");
  expect_none_of("runner_dead_letters_total{reason=\"cancelled\"}");
}

TEST_F(CountedMetrics, have_what_alerts_go_by_from_the_beginning) {
  for (const char* series :
       {R"(runner_attempts_total{api="llm.chat",result="rate_limited"})", R"(runner_jobs_total{result="lost"})",
        R"(runner_attempts_total{api="github.comments.create",result="ok"})",
        R"(runner_jobs_recovered_total{to="ready"})", R"(runner_dead_letters_total{reason="not_retryable"})",
        R"(runner_credential_refused{api="github.token"})", R"(runner_jobs_put_off_total{for="circuit"})",
        "runner_job_wait_seconds_count"}) {
    expect(std::string(series) + " 0");
  }
}

TEST_F(CountedMetrics, measure_how_long_jobs_waited) {
  metrics_.job_began_after(seconds(2));
  metrics_.job_began_after(seconds(400));
  expect("runner_job_wait_seconds_sum 402");
  expect(R"(runner_job_wait_seconds_bucket{le="5"} 1)");
}

}  // namespace
}  // namespace runner
