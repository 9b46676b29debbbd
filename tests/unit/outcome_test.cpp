// The job's life cycle as a table: what a run of the agent came to, and what becomes of the job.
#include "core/jobs/outcome.h"

#include <gtest/gtest.h>

namespace core {
namespace {
using namespace std::chrono_literals;

GaveUp gave_up(FailureKind kind, GiveUpReason reason, Retryability retryability = Retryability::Retryable) {
  GaveUp result{reason, {}};
  result.failure.kind = kind;
  result.failure.retryability = retryability;
  return result;
}

TEST(AgentResult, tells_what_another_run_may_cure_from_what_it_cannot) {
  struct Row {
    GaveUp gave_up;
    AgentOutcome outcome;
    JobFailReason reason;
  };
  const Row rows[] = {
      {gave_up(FailureKind::RateLimited, GiveUpReason::Exhausted), AgentOutcome::RateLimited, {}},
      {gave_up(FailureKind::RateLimited, GiveUpReason::RetryAfterTooLong), AgentOutcome::RateLimited, {}},
      {gave_up(FailureKind::Unavailable, GiveUpReason::Exhausted), AgentOutcome::ServiceError, {}},
      {gave_up(FailureKind::ServerError, GiveUpReason::Exhausted), AgentOutcome::ServiceError, {}},
      {gave_up(FailureKind::Timeout, GiveUpReason::Exhausted), AgentOutcome::ServiceError, {}},
      {gave_up(FailureKind::Connection, GiveUpReason::Exhausted), AgentOutcome::ServiceError, {}},
      {gave_up(FailureKind::Malformed, GiveUpReason::Exhausted), AgentOutcome::ServiceError, {}},
      {gave_up(FailureKind::Unauthorized, GiveUpReason::NotRetryable, Retryability::Final), AgentOutcome::Failed,
       JobFailReason::NotRetryable},
      {gave_up(FailureKind::RateLimited, GiveUpReason::NotRetryable, Retryability::Final), AgentOutcome::Failed,
       JobFailReason::NotRetryable},
      {gave_up(FailureKind::Timeout, GiveUpReason::OutcomeUnknown), AgentOutcome::Failed,
       JobFailReason::OutcomeUnknown},
  };
  for (const Row& row : rows) {
    const AgentResult result = agent_result(row.gave_up);
    EXPECT_EQ(result.outcome, row.outcome) << name_of(row.gave_up.failure.kind);
    if (row.outcome == AgentOutcome::Failed) {
      EXPECT_EQ(result.fail_reason, row.reason);
    }
  }
}

AgentResult rate_limited(std::optional<RetryHint> hint = std::nullopt) {
  AgentResult result;
  result.outcome = AgentOutcome::RateLimited;
  result.hint = hint;
  return result;
}

TEST(JobStep, requeues_five_times_at_doubled_delays_and_then_fails) {
  const Duration delays[] = {1s, 2s, 4s, 8s, 16s};
  for (std::uint32_t count = 0; count < 5; ++count) {
    const JobStep step = next_step(rate_limited(), count, JobRetryConfig{}, Random(1));
    ASSERT_TRUE(std::holds_alternative<RequeueJob>(step));
    EXPECT_EQ(std::get<RequeueJob>(step).delay, delays[count]);
    EXPECT_EQ(std::get<RequeueJob>(step).reason, RequeueReason::RateLimited);
  }
  const JobStep last = next_step(rate_limited(), 5, JobRetryConfig{}, Random(1));
  ASSERT_TRUE(std::holds_alternative<FailJob>(last));
  EXPECT_EQ(std::get<FailJob>(last).reason, JobFailReason::Exhausted);
}

TEST(JobStep, waits_for_the_servers_hint_uncapped_and_never_shorter_than_its_own_backoff) {
  const auto delay = [](std::uint32_t count, Duration hint) {
    return std::get<RequeueJob>(next_step(rate_limited(RetryHint{hint}), count, JobRetryConfig{}, Random(1))).delay;
  };
  EXPECT_EQ(delay(0, 90s), 90s);
  EXPECT_EQ(delay(0, 2h), 2h);
  EXPECT_EQ(delay(4, 3s), 16s);
}

TEST(JobStep, jitters_a_hint_upwards_only_and_counts_whole_microseconds) {
  JobRetryConfig config;
  config.backoff.jitter.kind = JitterKind::Spread;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const JobStep step = next_step(rate_limited(RetryHint{90s}), 0, config, Random(seed));
    const Duration delay = std::get<RequeueJob>(step).delay;
    EXPECT_GE(delay, 90s);
    EXPECT_LE(delay, 112500ms);
    EXPECT_EQ(delay.count() % 1000, 0);
  }
}

TEST(JobStep, bounds_a_backoff_that_the_queue_could_not_hold) {
  JobRetryConfig config;
  config.backoff.initial_delay = config.backoff.max_delay = 24h * 365 * 200;
  EXPECT_EQ(std::get<RequeueJob>(next_step(rate_limited(), 0, config, Random(1))).delay, kLongestCeiling);
}

TEST(AgentResult, fails_for_a_wait_beyond_the_ceiling) {
  GaveUp beyond = gave_up(FailureKind::RateLimited, GiveUpReason::RetryAfterTooLong);
  beyond.failure.hint = RetryHint{Duration::max()};
  beyond.patience = Patience::Over;
  const AgentResult result = agent_result(beyond);
  EXPECT_EQ(result.outcome, AgentOutcome::Failed);
  EXPECT_EQ(result.fail_reason, JobFailReason::WaitTooLong);
  EXPECT_FALSE(result.hint);
}

TEST(AgentResult, fails_for_the_jobs_deadline_whatever_the_failure) {
  for (const FailureKind kind : {FailureKind::RateLimited, FailureKind::Timeout, FailureKind::ServerError}) {
    const AgentResult result = agent_result(gave_up(kind, GiveUpReason::Deadline));
    EXPECT_EQ(result.outcome, AgentOutcome::Failed);
    EXPECT_EQ(result.fail_reason, JobFailReason::Deadline);
  }
}

TEST(JobStep, is_no_requeue_that_would_be_due_at_the_deadline) {
  const auto step = [](Duration remaining, std::uint32_t count = 0) {
    return next_step(rate_limited(RetryHint{90s}), count, JobRetryConfig{}, Random(1), remaining);
  };
  EXPECT_EQ(std::get<RequeueJob>(step(Duration::max())).delay, 90s);
  EXPECT_EQ(std::get<RequeueJob>(step(90s + 1ns)).delay, 90s);
  EXPECT_EQ(std::get<FailJob>(step(90s)).reason, JobFailReason::Deadline);
  EXPECT_EQ(std::get<FailJob>(step(-1s)).reason, JobFailReason::Deadline);
  EXPECT_EQ(std::get<FailJob>(step(1s, 5)).reason, JobFailReason::Exhausted) << "its re-queues are used up anyway";
}

TEST(JobStep, completes_and_fails_as_the_agent_says) {
  EXPECT_TRUE(std::holds_alternative<CompleteJob>(next_step(AgentResult{}, 3, JobRetryConfig{}, Random(1))));
  AgentResult failed;
  failed.outcome = AgentOutcome::Failed;
  failed.fail_reason = JobFailReason::TurnsExceeded;
  EXPECT_EQ(std::get<FailJob>(next_step(failed, 0, JobRetryConfig{}, Random(1))).reason, JobFailReason::TurnsExceeded);
}

}  // namespace
}  // namespace core
