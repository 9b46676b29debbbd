// Each family of invariants on hand-made timelines: one that is as it should be, and the ways in which it can be wrong.
#include "sim/invariants/invariants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/unit/event_line.h"

namespace sim {
namespace {

using core::Duration;
using core::SteadyTime;
using namespace std::chrono_literals;

struct Timeline {
  const char* name;
  const char* invariant;  ///< The one that is violated; empty: none.
  const char* says;       ///< A part of its message.
  std::vector<std::string> lines;
};
void PrintTo(const Timeline& timeline, std::ostream* out) {
  *out << timeline.name;
}

const std::string kStart = "0s call.started api=llm.chat attempt=1";
const std::string kLimited = "1s call.failed api=llm.chat attempt=1 failure=rate_limited status=429";

const std::string kMint = "0s call.started api=github.token attempt=1";
const std::string kRefused = "1s call.failed api=github.token attempt=1 failure=rate_limited status=429";
const std::string kGivenUp = "1s call.gave_up api=github.token attempts=1 reason=not_retryable";

class HandMade : public testing::TestWithParam<Timeline> {
 protected:
  std::vector<std::string> judge(const std::vector<std::string>& lines,
                                 const std::set<std::string, std::less<>>& off = {}) const {
    const Setting setting{.exact = true, .disturbances_told = true, .faults_end = SteadyTime()};
    Invariants invariants(config_, setting, off);
    for (const std::string& text : lines) {
      const Line line(text);
      invariants.on_event(line.event);
    }
    invariants.at_end(SteadyTime(1h), RunEnd::Complete);
    std::vector<std::string> found;
    for (const Violation& violation : invariants.findings().kept()) {
      found.push_back(violation.invariant + ": " + violation.message);
    }
    return found;
  }

  core::Config config_ = [] {
    core::Config config;
    config.llm.retry.backoff.jitter.kind = core::JitterKind::None;
    config.github.tools.retry.backoff.jitter.kind = core::JitterKind::None;
    config.llm.api_key = "the-key-of-the-model";
    return config;
  }();
};

TEST_P(HandMade, timeline_is_judged) {
  const Timeline& timeline = GetParam();
  const std::vector<std::string> found = judge(timeline.lines);
  if (*timeline.invariant == '\0') {
    EXPECT_THAT(found, testing::IsEmpty());
    return;
  }
  ASSERT_EQ(found.size(), 1u) << testing::PrintToString(found);
  EXPECT_EQ(found[0].substr(0, found[0].find(':')), timeline.invariant);
  EXPECT_THAT(found[0], testing::HasSubstr(timeline.says));
  EXPECT_THAT(judge(timeline.lines, {timeline.invariant}), testing::IsEmpty()) << "with the invariant left out";
}

const Timeline kTimelines[] = {
    {"a_call_that_succeeds_at_last",
     "",
     "",
     {kStart, kLimited, "1s call.retry api=llm.chat attempt=2 delay=1s source=backoff",
      "2s call.started api=llm.chat attempt=2", "2s call.succeeded api=llm.chat attempt=2 status=200"}},
    {"a_wait_too_short",
     "backoff",
     "waits 999ms before attempt 2",
     {kStart, kLimited, "1s call.retry api=llm.chat attempt=2 delay=999ms source=backoff"}},
    {"a_wait_too_long",
     "backoff",
     "outside",
     {kStart, kLimited, "1s call.retry api=llm.chat attempt=2 delay=1001ms source=backoff"}},
    {"a_second_wait_that_did_not_grow",
     "backoff",
     "before attempt 3",
     {kStart, kLimited, "1s call.retry api=llm.chat attempt=2 delay=1s source=backoff",
      "2s call.started api=llm.chat attempt=2", "2s call.failed api=llm.chat attempt=2 failure=timeout",
      "2s call.retry api=llm.chat attempt=3 delay=1s source=backoff"}},
    {"a_hint_undercut",
     "backoff",
     "waits 4s",
     {kStart, kLimited + " hint=5s", "1s call.retry api=llm.chat attempt=2 delay=4s source=retry_after"}},
    {"a_hint_not_used",
     "backoff",
     "asked for a wait of its own",
     {kStart, kLimited + " hint=5s", "1s call.retry api=llm.chat attempt=2 delay=5s source=backoff"}},
    {"a_hint_made_up",
     "backoff",
     "asked for no wait",
     {kStart, kLimited, "1s call.retry api=llm.chat attempt=2 delay=1s source=retry_after"}},
    {"a_hint_longer_than_the_cap_slept_through",
     "backoff",
     "longer than the 60s",
     {kStart, kLimited + " hint=61s", "1s call.retry api=llm.chat attempt=2 delay=61s source=retry_after"}},
    {"a_wait_cut_short",
     "backoff",
     "500ms before its wait is over",
     {kStart, kLimited, "1s call.retry api=llm.chat attempt=2 delay=1s source=backoff",
      "1.5s call.started api=llm.chat attempt=2"}},
    {"a_token_asked_for_when_an_earlier_call_was_told_to",
     "",
     "",
     {kMint, kRefused + " hint=20s", kGivenUp,
      "6s call.retry api=github.token job=b attempt=1 delay=15s source=retry_after",
      "21s call.started api=github.token job=b attempt=1", "21s call.succeeded api=github.token job=b attempt=1"}},
    {"a_first_wait_that_nobody_asked_for",
     "backoff",
     "waits 15s before attempt 1, and no earlier call was told to come back at 21s",
     {kMint, kRefused + " hint=21s", kGivenUp,
      "6s call.retry api=github.token job=b attempt=1 delay=15s source=retry_after"}},
    {"a_first_wait_after_a_call_that_was_cancelled",
     "backoff",
     "no earlier call was told",
     {kMint, kRefused + " hint=20s", "1s call.gave_up api=github.token attempts=1 reason=cancelled",
      "6s call.retry api=github.token job=b attempt=1 delay=15s source=retry_after"}},
    {"a_first_wait_for_what_another_process_was_told",
     "backoff",
     "no earlier call was told",
     {kMint, kRefused + " hint=20s", kGivenUp, "2s worker.crashed",
      "6s call.retry api=github.token job=b attempt=1 delay=15s source=retry_after"}},
    {"a_first_wait_by_backoff",
     "backoff",
     "no earlier call was told",
     {kMint, kRefused + " hint=20s", kGivenUp,
      "6s call.retry api=github.token job=b attempt=1 delay=15s source=backoff"}},
    {"a_first_wait_that_is_too_long",
     "backoff",
     "waits 31s before attempt 1, longer than the 30s",
     {kMint, kRefused + " hint=36s", kGivenUp,
      "6s call.retry api=github.token job=b attempt=1 delay=31s source=retry_after"}},
    {"a_first_wait_cut_short",
     "backoff",
     "1s before its wait is over",
     {kMint, kRefused + " hint=20s", kGivenUp,
      "6s call.retry api=github.token job=b attempt=1 delay=15s source=retry_after",
      "20s call.started api=github.token job=b attempt=1"}},
    {"a_requeue_too_early_for_the_hint",
     "backoff",
     "re-queue 1 waits 1s",
     {"0s job.started attempt=1", kStart, kLimited + " hint=2m",
      "1s call.gave_up api=llm.chat attempts=1 reason=retry_after_too_long", "1s agent.finished outcome=rate_limited",
      "1s job.requeued retry_count=1 delay=1s reason=rate_limited"}},
    {"a_requeue_for_a_hint_beyond_the_ceiling",
     "backoff",
     "beyond the ceiling",
     {"0s job.started attempt=1", kStart, kLimited + " hint=169h",
      "1s call.gave_up api=llm.chat attempts=1 reason=retry_after_too_long", "1s agent.finished outcome=rate_limited",
      "1s job.requeued retry_count=1 delay=169h reason=rate_limited"}},
    {"a_job_that_fails_for_a_hint_beyond_the_ceiling",
     "",
     "",
     {"0s job.started attempt=1", kStart, kLimited + " hint=169h",
      "1s call.gave_up api=llm.chat attempts=1 reason=retry_after_too_long", "1s agent.finished outcome=failed",
      "1s job.failed reason=wait_too_long"}},
    {"a_job_that_fails_for_a_hint_below_the_ceiling",
     "backoff",
     "no server asked for more",
     {"0s job.started attempt=1", kStart, kLimited + " hint=168h",
      "1s call.gave_up api=llm.chat attempts=1 reason=retry_after_too_long", "1s agent.finished outcome=failed",
      "1s job.failed reason=wait_too_long"}},
    {"a_hint_beyond_the_ceiling_on_the_last_attempt",
     "attempts",
     "given up as exhausted",
     {"0s call.started api=github.comments.list attempt=1",
      "1s call.failed api=github.comments.list attempt=1 failure=rate_limited status=429 hint=169h",
      "1s call.gave_up api=github.comments.list attempts=1 reason=exhausted"}},
    {"a_requeue_with_jitter",
     "backoff",
     "re-queue 1 waits 1.1s",
     {"0s job.started attempt=1", "1s job.requeued retry_count=1 delay=1.1s reason=rate_limited"}},

    {"a_408_that_is_no_timeout",
     "attempts",
     "takes status 408 for client_error",
     {kStart, "1s call.failed api=llm.chat attempt=1 failure=client_error status=408"}},
    {"a_409_of_a_model_that_is_final",
     "attempts",
     "takes status 409 for client_error",
     {kStart, "1s call.failed api=llm.chat attempt=1 failure=client_error status=409"}},
    {"a_409_of_github_that_is_retried",
     "attempts",
     "takes status 409 for unavailable",
     {"0s call.started api=github.comments.create attempt=1",
      "1s call.failed api=github.comments.create attempt=1 failure=unavailable status=409"}},
    {"a_425_that_is_no_unavailability",
     "attempts",
     "takes status 425 for timeout",
     {kStart, "1s call.failed api=llm.chat attempt=1 failure=timeout status=425"}},
    {"a_422_of_a_model_that_is_a_limit",
     "attempts",
     "takes status 422 for rate_limited",
     {kStart, "1s call.failed api=llm.chat attempt=1 failure=rate_limited status=422"}},
    {"a_sixth_attempt",
     "attempts",
     "attempt 4 of 3",
     {"0s call.started api=github.comments.create attempt=1",
      "0s call.failed api=github.comments.create attempt=1 failure=timeout",
      "0s call.retry api=github.comments.create attempt=2 delay=1s source=backoff",
      "1s call.started api=github.comments.create attempt=2",
      "1s call.failed api=github.comments.create attempt=2 failure=timeout",
      "1s call.retry api=github.comments.create attempt=3 delay=2s source=backoff",
      "3s call.started api=github.comments.create attempt=3",
      "3s call.failed api=github.comments.create attempt=3 failure=timeout",
      "3s call.retry api=github.comments.create attempt=4 delay=4s source=backoff"}},
    {"a_404_retried",
     "attempts",
     "retries not_found",
     {kStart, "1s call.failed api=llm.chat attempt=1 failure=not_found status=404",
      "1s call.retry api=llm.chat attempt=2 delay=1s source=backoff"}},
    {"a_retry_without_a_failure",
     "attempts",
     "without a failure",
     {kStart, "1s call.retry api=llm.chat attempt=2 delay=1s source=backoff"}},
    {"an_attempt_skipped",
     "attempts",
     "from attempt 1 to 3",
     {kStart, kLimited, "1s call.retry api=llm.chat attempt=3 delay=2s source=backoff"}},
    {"an_attempt_without_a_retry", "attempts", "begins attempt 2", {"0s call.started api=llm.chat attempt=2"}},
    {"an_end_without_a_beginning", "attempts", "had not begun", {"0s call.succeeded api=llm.chat attempt=1"}},
    {"two_attempts_at_once", "attempts", "has not ended", {kStart, "1s call.started api=llm.chat attempt=1"}},
    {"exhausted_too_soon",
     "attempts",
     "given up as exhausted",
     {kStart, kLimited, "1s call.gave_up api=llm.chat attempts=1 reason=exhausted"}},
    {"too_long_a_hint_that_was_short",
     "attempts",
     "given up as retry_after_too_long",
     {kStart, kLimited + " hint=5s", "1s call.gave_up api=llm.chat attempts=1 reason=retry_after_too_long"}},
    {"not_retryable_that_is",
     "attempts",
     "given up as not_retryable",
     {kStart, "1s call.failed api=llm.chat attempt=1 failure=timeout",
      "1s call.gave_up api=llm.chat attempts=1 reason=not_retryable"}},
    {"a_model_call_of_unknown_outcome",
     "attempts",
     "given up as outcome_unknown",
     {kStart, "1s call.failed api=llm.chat attempt=1 failure=timeout",
      "1s call.gave_up api=llm.chat attempts=1 reason=outcome_unknown"}},
    {"a_503_taken_for_a_404",
     "attempts",
     "takes status 503 for not_found",
     {kStart, "1s call.failed api=llm.chat attempt=1 failure=not_found status=503"}},
    {"attempts_miscounted",
     "attempts",
     "after 2 attempts; it made 1",
     {kStart, "1s call.failed api=llm.chat attempt=1 failure=not_found status=404",
      "1s call.gave_up api=llm.chat attempts=2 reason=not_retryable"}},

    {"requests_too_close",
     "pacing",
     "begins 99ms after",
     {kStart, "10ms call.succeeded api=llm.chat attempt=1", "99ms call.started job=b api=llm.chat attempt=1"}},
    {"requests_of_two_workers",
     "",
     "",
     {kStart, "10ms call.succeeded api=llm.chat attempt=1",
      "99ms call.started runner=runner-2 job=b api=llm.chat attempt=1"}},
    {"a_timeout_ignored",
     "pacing",
     "its timeout is 30s",
     {kStart, "30.000000001s call.failed api=llm.chat attempt=1 failure=timeout"}},
    {"calls_of_more_jobs_than_may_run",
     "pacing",
     "with llm.chat calls of 2 jobs are under way in one worker; it may run 1 at once",
     {kStart, "5s call.started job=b api=llm.chat attempt=1"}},
    {"a_token_ends_no_call_of_its_job",
     "pacing",
     "with llm.chat calls of 2 jobs are under way",
     {kStart, "1s call.started api=github.token attempt=1", "2s call.succeeded api=github.token attempt=1",
      "5s call.started job=b api=llm.chat attempt=1"}},
    {"calls_of_as_many_jobs_as_may_run",
     "",
     "",
     {kStart, kLimited, "1s lease.lost", "5s call.started job=b api=llm.chat attempt=1",
      "6s call.succeeded job=b api=llm.chat attempt=1", "7s call.started job=c api=llm.chat attempt=1"}},

    {"a_job_that_is_requeued_and_completes",
     "",
     "",
     {"0s job.enqueued attempt=1", "0s job.started attempt=1", "1s agent.finished outcome=service_error",
      "1s job.requeued retry_count=1 delay=1s reason=service_error", "2s job.started attempt=2",
      "3s agent.finished outcome=completed", "3s job.completed attempt=2"}},
    {"enqueued_twice", "jobs", "second time", {"0s job.enqueued attempt=1", "1s job.enqueued attempt=1"}},
    {"an_end_twice",
     "jobs",
     "ends a second time",
     {"0s job.started attempt=1", "1s job.completed attempt=1", "1s job.started job=b attempt=1",
      "2s job.completed job=b attempt=1", "2s job.started runner=runner-2 job=c attempt=1",
      "3s job.completed runner=runner-2 job=c attempt=1", "3s job.completed attempt=1"}},
    {"given_back_after_the_end",
     "jobs",
     "given back after its end",
     {"0s job.started attempt=1", "1s job.completed attempt=1", "2s job.released"}},
    {"an_end_without_a_start", "jobs", "without having been started", {"1s job.completed attempt=1"}},
    {"a_start_after_the_end",
     "jobs",
     "started after its end",
     {"0s job.started attempt=1", "1s job.completed attempt=1", "2s job.started attempt=1"}},
    {"a_retry_count_that_is_reset",
     "jobs",
     "started as attempt 1 after 1 re-queues",
     {"0s job.started attempt=1", "1s job.requeued retry_count=1 delay=1s reason=rate_limited",
      "2s job.started attempt=1"}},
    {"a_retry_that_nobody_spent",
     "jobs",
     "started as attempt 2 after 0 re-queues",
     {"0s job.enqueued attempt=1", "0s job.started attempt=2"}},
    {"a_crash_that_leaves_the_count",
     "",
     "",
     {"0s job.started attempt=1", "1s worker.crashed", "31s job.started runner=runner-2 attempt=1",
      "32s job.completed runner=runner-2 attempt=1"}},
    {"one_requeue_too_many",
     "jobs",
     "re-queued as number 3 after 1",
     {"0s job.started attempt=1", "1s job.requeued retry_count=1 delay=1s reason=rate_limited",
      "2s job.started attempt=2", "3s job.requeued retry_count=3 delay=4s reason=rate_limited"}},
    {"exhausted_with_requeues_left",
     "jobs",
     "exhausted after 0 re-queues of 5",
     {"0s job.started attempt=1", kStart,
      "1s call.failed api=llm.chat attempt=1 failure=rate_limited status=429 hint=5m",
      "1s call.gave_up api=llm.chat attempts=1 reason=retry_after_too_long", "1s job.failed reason=exhausted"}},
    {"recovered_more_often_than_allowed",
     "jobs",
     "is recovered 4 times since it was put in or re-queued; 3 are allowed",
     {"0s job.started attempt=1", "30s job.recovered", "30s job.started attempt=1", "60s job.recovered",
      "60s job.started attempt=1", "90s job.recovered", "90s job.started attempt=1", "120s job.recovered"}},
    {"failed_for_a_reason_of_nobodys",
     "reasons",
     "fails as turns_exceeded, which nothing in its run bears out",
     {"0s job.started attempt=1", "1s job.failed reason=turns_exceeded"}},
    {"completed_though_the_agent_failed",
     "jobs",
     "is completed when its agent ended as failed",
     {"0s job.started attempt=1", "1s agent.finished outcome=failed", "1s job.completed attempt=1"}},
    {"requeued_for_another_reason",
     "jobs",
     "re-queued for service_error when its agent ended as rate_limited",
     {"0s job.started attempt=1", "1s agent.finished outcome=rate_limited",
      "1s job.requeued retry_count=1 delay=1s reason=service_error"}},

    {"time_that_goes_back", "time", "1s earlier", {"2s worker.started", "1s worker.started runner=runner-2"}},
    {"two_requeues_that_are_heard_of_late",
     "",
     "",
     {"0s job.started attempt=1 runner=one", "0s agent.finished outcome=service_error runner=one",
      "1s job.started attempt=2 runner=two", "1s agent.finished outcome=service_error runner=two",
      "2s job.started attempt=3 runner=three", "3s job.requeued runner=one retry_count=1 reason=service_error delay=1s",
      "3s job.requeued runner=two retry_count=2 reason=service_error delay=1s",
      "4s job.completed runner=three attempt=3"}},
    {"a_requeue_that_is_heard_of_late_and_once_more",
     "jobs",
     "is re-queued as number 1 after 2",
     {"0s job.started attempt=1 runner=one", "0s agent.finished outcome=service_error runner=one",
      "1s job.started attempt=2 runner=two", "1s agent.finished outcome=service_error runner=two",
      "2s job.started attempt=3 runner=three", "3s job.requeued runner=one retry_count=1 reason=service_error delay=1s",
      "3s job.requeued runner=one retry_count=1 reason=service_error delay=1s"}},
    {"a_retry_that_comes_late",
     "time",
     "1s after its wait was over",
     {"0s call.started api=github.comments.create attempt=1",
      "0s call.failed api=github.comments.create attempt=1 failure=timeout",
      "0s call.retry api=github.comments.create attempt=2 delay=1s source=backoff",
      "2s call.started api=github.comments.create attempt=2"}},
    {"a_due_job_left_lying",
     "time",
     "while runner-1 was idle",
     {"0s worker.started", "0s job.started attempt=1", "1s job.requeued retry_count=1 delay=1s reason=rate_limited",
      "2.5s job.started attempt=2"}},
    {"a_due_job_behind_another",
     "",
     "",
     {"0s worker.started", "0s job.started attempt=1", "1s job.requeued retry_count=1 delay=1s reason=rate_limited",
      "1s job.started job=b attempt=1", "9s job.completed job=b attempt=1", "9s job.started attempt=2"}},

    {"a_token_in_a_code",
     "secrets",
     "carries a secret",
     {"0s call.failed api=redis.claim attempt=1 failure=connection code=ghs_0123456789abcdef"}},
    {"two_workers_at_one_job",
     "jobs",
     "runner-1 works on it though it was given to another at 30s",
     {"0s job.started attempt=1", "30s job.started runner=runner-2 attempt=1", "30s lease.lost runner=runner-3",
      "31s lease.lost"}},
    {"a_lease_lost_at_the_instant_at_which_another_begins",
     "",
     "",
     {"0s job.started attempt=1", "30s job.started runner=runner-2 attempt=1", "30s lease.lost",
      "31s job.completed runner=runner-2 attempt=1"}},
    {"an_end_that_is_being_recorded_may_overlap",
     "",
     "",
     {"0s job.started attempt=1", "29s agent.finished outcome=completed", "30s job.started runner=runner-2 attempt=1",
      "31s lease.lost", "32s job.completed runner=runner-2 attempt=1"}},
    {"nothing_happens_while_a_job_is_open",
     "liveness",
     "nothing happened for 3000s while the job was open and runner-1 was up; at most 90.1s",
     {"0s worker.started job=", "0s job.enqueued", "0s job.started attempt=1", "50m job.completed attempt=1"}},
    {"nobody_comes_for_a_job", "liveness", "nothing happened for 3600s", {"0s worker.started job=", "0s job.enqueued"}},
    {"a_job_waits_as_announced",
     "",
     "",
     {"0s worker.started job=", "0s job.enqueued", "0s job.started attempt=1",
      "0s job.requeued retry_count=1 delay=1s reason=rate_limited", "1s job.started attempt=2",
      "1s job.completed attempt=2"}},
    {"a_job_waits_while_nobody_is_up",
     "",
     "",
     {"0s worker.started job=", "0s job.enqueued",
      "0s worker.crashed job=", "50m worker.started job=", "50m job.started attempt=1", "50m job.completed attempt=1"}},
    {"the_key_in_a_job", "secrets", "carries a secret", {"0s job.recovered job=x-the-key-of-the-model"}},
    {"a_word_that_looks_like_one", "", "", {"0s job.recovered job=task-0123456789abcdef"}},
};

INSTANTIATE_TEST_SUITE_P(Timelines, HandMade, testing::ValuesIn(kTimelines),
                         [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace sim
