// What invariants make of a world's own doings: pauses, disturbances, an operator's commands, ids that are used again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "sim/invariants/invariants.h"
#include "tests/unit/event_line.h"

namespace sim {
namespace {
using namespace std::chrono_literals;
using namespace std::string_literals;
using core::SteadyTime;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class WorldInvariants : public testing::Test {
 protected:
  void events(const std::vector<std::string>& lines) {
    for (const std::string& text : lines) {
      const Line line(text);
      invariants.on_event(line.event);
    }
  }
  void step(std::string_view script, std::string_view state, core::Duration at, std::int64_t retries = 0) {
    QueueStep made{.script = script, .job = "a", .token = "t", .at = SteadyTime(at)};
    made.after.state = state;
    made.after.retries = retries;
    if (state == "running") {
      made.after.owner = "t";
      made.after.lease_us = (at + 30s) / 1us;
    }
    invariants.on_queue_step(made);
  }
  std::vector<std::string> found() {
    invariants.at_end(SteadyTime(48h), RunEnd::CutShort);
    std::vector<std::string> texts;
    for (const Violation& each : invariants.findings().kept()) texts.push_back(each.invariant + ": " + each.message);
    return texts;
  }

  core::Config config;
  Invariants invariants{config, {.exact = true, .disturbances_told = true, .faults_end = std::nullopt}};
};

const std::vector<std::string> kLeftLying = {"0s worker.started", "0s job.started attempt=1",
                                             "100s job.requeued retry_count=1 delay=1s reason=rate_limited",
                                             "102.5s job.started attempt=2"};

TEST_F(WorldInvariants, nothing_is_promised_for_a_lease_and_a_wait_after_a_disturbance) {
  invariants.on_disturbance({SteadyTime(90s), {}});
  events(kLeftLying);
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(WorldInvariants, after_that_nothing_may_rest_again) {
  // A lease of 30 s, a timeout of 5 s, two waits of 5 s.
  invariants.on_disturbance({SteadyTime(55s), {}});
  events(kLeftLying);
  EXPECT_THAT(found(), ElementsAre(HasSubstr("time: is started 1.5s after it was due")));
}

TEST_F(WorldInvariants, a_runner_that_stops_or_stands_still_is_not_idle) {
  events({kLeftLying[0], kLeftLying[1], kLeftLying[2], "100.5s worker.paused delay=2s", "102.5s worker.resumed",
          kLeftLying[3]});
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(WorldInvariants, a_call_may_end_late_when_its_runner_stood_still) {
  const std::vector<std::string> call = {"0s call.started api=llm.chat attempt=1", "1s worker.paused delay=59s",
                                         "60s worker.resumed",
                                         "60s call.failed api=llm.chat attempt=1 failure=timeout"};
  events(call);
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(WorldInvariants, but_not_later_than_that) {
  events({"0s call.started api=llm.chat attempt=1", "1s worker.paused delay=49s", "50s worker.resumed",
          "60s call.failed api=llm.chat attempt=1 failure=timeout"});
  EXPECT_THAT(found(), testing::Contains(HasSubstr("pacing: ")));
}

TEST_F(WorldInvariants, a_job_is_run_anew_when_an_operator_says_so) {
  events({"0s job.enqueued attempt=1", "0s job.started attempt=1", "0s call.started api=llm.chat attempt=1",
          "1s call.failed api=llm.chat attempt=1 failure=not_found status=404",
          "1s call.gave_up api=llm.chat attempts=1 reason=not_retryable", "1s job.failed reason=not_retryable",
          "2s job.started attempt=1", "2s operator.retry", "3s job.completed attempt=1"});
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(WorldInvariants, a_run_of_before_a_job_was_dropped_may_hear_late_that_its_lease_is_gone) {
  events({"0s job.enqueued attempt=1", "0s job.started attempt=1", "1s operator.drop", "1s job.enqueued attempt=1",
          "2s job.started attempt=1", "2s lease.lost", "3s job.completed attempt=1"});
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(WorldInvariants, but_only_once_for_each_run) {
  events({"0s job.enqueued attempt=1", "0s job.started attempt=1", "1s operator.drop", "1s job.enqueued attempt=1",
          "2s job.started attempt=1", "2s lease.lost", "2s lease.lost", "3s job.completed attempt=1"});
  EXPECT_THAT(found(), testing::Contains("jobs: ends without having been started"));
}

TEST_F(WorldInvariants, and_not_when_nobody_says_so) {
  events({"0s job.enqueued attempt=1", "0s job.started attempt=1", "0s call.started api=llm.chat attempt=1",
          "1s call.failed api=llm.chat attempt=1 failure=not_found status=404",
          "1s call.gave_up api=llm.chat attempts=1 reason=not_retryable", "1s job.failed reason=not_retryable",
          "2s job.started attempt=1", "3s job.completed attempt=1"});
  EXPECT_THAT(found(), testing::Contains("jobs: is started after its end"));
}

/// "a" is completed in its run of that number, another job so long after, and "a" begins once more.
std::size_t found_of_a_job_that_begins_again(const Setting& setting, const std::string& run, const std::string& after) {
  const core::Config config;
  Invariants invariants(config, setting);
  for (const std::string& text : {"0s worker.started"s, "0s job.enqueued attempt=1"s,
                                  "0s job.started attempt=1 run=" + run, "1s job.completed attempt=1 run=" + run,
                                  after + " job.completed job=b run=1", after + " job.started attempt=1"}) {
    const Line line(text);
    invariants.on_event(line.event);
  }
  invariants.at_end(SteadyTime(48h), RunEnd::CutShort);
  return static_cast<std::size_t>(std::ranges::count_if(
      invariants.findings().kept(), [](const Violation& each) { return each.message == "is started after its end"; }));
}

TEST(EndedJobs, are_forgotten_when_nothing_of_them_can_be_under_way) {
  const Setting stay{.exact = true, .ended_jobs_stay_ended = true};
  // Two leases, and two waits for Redis of 15 s.
  EXPECT_EQ(found_of_a_job_that_begins_again(stay, "1", "90s"), 1U);
  EXPECT_EQ(found_of_a_job_that_begins_again(stay, "1", "92s"), 0U);
}

TEST(EndedJobs, have_no_comments_that_they_did_not_ask_for_though_they_are_forgotten) {
  const core::Config config;
  Invariants invariants(config, {.exact = true, .ended_jobs_stay_ended = true});
  for (const char* text : {"0s worker.started", "0s job.enqueued attempt=1", "0s job.started attempt=1 run=1"}) {
    invariants.on_event(Line(text).event);
  }
  const std::string body = "hi\n\n<!-- rehearse:0a -->";
  invariants.on_exchange(
      {.runner = "runner-1", .operation = "comments.create", .job = "a", .status = 201, .body = body});
  for (const char* text : {"1s job.completed attempt=1 run=1", "92s job.completed job=b run=1"}) {
    invariants.on_event(Line(text).event);
  }
  invariants.on_effect({"comments.create", "octo/hello#1", body});
  invariants.at_end(SteadyTime(93s), RunEnd::CutShort);
  std::vector<std::string> texts;
  for (const Violation& each : invariants.findings().kept()) {
    if (each.invariant == "effects") texts.push_back(each.job + ": " + each.message);
  }
  EXPECT_THAT(texts, testing::IsSupersetOf({"a: 1 comments were posted for it; 0 were asked for"}));
}

TEST(EndedJobs, are_not_forgotten_after_several_runs_or_where_they_may_come_back) {
  EXPECT_EQ(found_of_a_job_that_begins_again({.exact = true, .ended_jobs_stay_ended = true}, "2", "1000s"), 1U);
  EXPECT_EQ(found_of_a_job_that_begins_again({.exact = true}, "1", "1000s"), 1U);
}

TEST_F(WorldInvariants, a_runners_own_trace_has_no_word_of_the_operator_who_brought_a_job_back) {
  events({"0s job.started attempt=1", "0s call.started api=llm.chat attempt=1",
          "1s call.failed api=llm.chat attempt=1 failure=not_found status=404",
          "1s call.gave_up api=llm.chat attempts=1 reason=not_retryable", "1s job.failed reason=not_retryable",
          "2s job.started attempt=1", "3s job.completed attempt=1"});
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(WorldInvariants, a_revived_job_begins_without_retries) {
  step("enqueue", "waiting", 0s);
  step("claim", "running", 0s);
  step("fail", "failed", 1s);
  step("revive", "waiting", 2s, 3);
  EXPECT_THAT(found(), testing::Contains("jobs: revive took its retry count from 0 to 3"));
}

TEST_F(WorldInvariants, an_id_may_be_used_again_a_day_after_the_jobs_end_and_not_before) {
  step("enqueue", "waiting", 0s);
  step("claim", "running", 0s);
  step("complete", "completed", 1s);
  step("enqueue", "waiting", 24h + 1s);
  EXPECT_THAT(found(), IsEmpty());
  step("claim", "running", 24h + 2s);
  step("complete", "completed", 24h + 3s);
  step("enqueue", "waiting", 24h + 4s);
  EXPECT_THAT(found(), ElementsAre("jobs: enqueue puts it in anew though it had completed"));
}

TEST_F(WorldInvariants, nobody_posts_for_a_job_that_was_given_to_another) {
  events({"0s worker.started", "0s worker.started runner=runner-2", "0s job.started attempt=1",
          "1s worker.paused delay=60s", "30s job.started attempt=1 runner=runner-2", "61s worker.resumed"});
  invariants.on_exchange({.runner = "runner-1", .operation = "comments.create", .job = "a", .sent = SteadyTime(61s)});
  EXPECT_THAT(found(), testing::Contains("jobs: runner-1 posts for it though it was given to another"));
}

class GivenBack : public WorldInvariants {
 protected:
  void create(core::Duration sent, core::Duration answered, std::optional<int> status) {
    events(
        {"0s tool.started tool=comment_on_issue run=1", "0s call.started api=github.comments.create attempt=1 run=1"});
    invariants.on_exchange({.runner = "runner-1",
                            .operation = "comments.create",
                            .job = "a",
                            .sent = SteadyTime(sent),
                            .answered = SteadyTime(answered),
                            .status = status});
  }
  /// What is said of the comment.
  std::vector<std::string> in_doubt() {
    std::vector<std::string> texts = found();
    std::erase_if(texts, [](const std::string& text) { return !text.starts_with("effects: "); });
    return texts;
  }
  const std::string begun = "0s job.started attempt=1 run=1";
  const std::string done = "1s tool.succeeded tool=comment_on_issue run=1";
  const std::string at_once = "5s job.released run=1";
  const std::string later = "5s job.released run=1 delay=30s";
};

TEST_F(GivenBack, a_job_without_a_comment_in_doubt_may_be_taken_at_once) {
  events({begun, at_once});
  EXPECT_THAT(in_doubt(), IsEmpty());
}

TEST_F(GivenBack, and_is_not_put_off) {
  events({begun});
  create(0s, 1s, 201);
  events({done, later});
  EXPECT_THAT(in_doubt(), ElementsAre(HasSubstr("effects: is put off when it is given back, though nothing")));
}

TEST_F(GivenBack, one_whose_comment_may_still_come_is_put_off) {
  events({begun});
  create(0s, 1s, std::nullopt);
  events({later});
  EXPECT_THAT(in_doubt(), IsEmpty());
}

TEST_F(GivenBack, and_is_not_given_back_at_once) {
  events({begun});
  create(0s, 1s, 503);
  events({at_once});
  EXPECT_THAT(in_doubt(), ElementsAre(HasSubstr("effects: is given back to be taken at once, though its effect")));
}

TEST_F(GivenBack, nor_while_the_create_is_under_way) {
  events({begun});
  create(0s, 9s, 201);
  events({at_once});
  EXPECT_THAT(in_doubt(), ElementsAre(HasSubstr("effects: is given back to be taken at once, though its effect")));
}

TEST_F(GivenBack, a_refused_create_leaves_no_doubt) {
  events({begun});
  create(0s, 1s, 429);
  events({at_once});
  EXPECT_THAT(in_doubt(), IsEmpty());
}

TEST_F(GivenBack, a_run_that_was_never_begun_has_none) {
  events({begun});
  create(0s, 1s, 503);
  events({"5s job.released run=2"});
  EXPECT_THAT(in_doubt(), IsEmpty());
}

TEST_F(WorldInvariants, a_run_has_no_more_answers_than_turns) {
  config.llm.max_turns = 2;
  events({"0s job.started attempt=1", "0s call.succeeded api=llm.chat attempt=1",
          "1s call.succeeded api=llm.chat attempt=1", "2s job.started attempt=2",
          "2s call.succeeded api=llm.chat attempt=1", "3s call.succeeded api=llm.chat attempt=1"});
  EXPECT_THAT(found(), testing::Not(testing::Contains(HasSubstr("answers of the model"))));
  events({"4s call.succeeded api=llm.chat attempt=1"});
  EXPECT_THAT(found(), testing::Contains("reasons: a run has more than 2 answers of the model"));
}

}  // namespace
}  // namespace sim
