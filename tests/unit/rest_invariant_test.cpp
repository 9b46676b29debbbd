// When a job rests beside a runner that has room, and when not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/invariants/invariants.h"
#include "tests/unit/event_line.h"

namespace sim {
namespace {
using namespace std::chrono_literals;
using core::SteadyTime;
using testing::ElementsAre;
using testing::IsEmpty;

class RestInvariant : public testing::Test {
 protected:
  RestInvariant() { config.jobs.concurrency = 1; }

  void events(const std::vector<std::string>& lines) {
    for (const std::string& text : lines) {
      const Line line(text);
      invariants.on_event(line.event);
    }
  }
  void step(std::string_view script, std::string_view state, core::Duration at, std::string_view token = "runner-1/1/1",
            core::Duration due_in = 30s) {
    QueueStep made{.script = script, .job = "a", .token = token, .at = SteadyTime(at), .now_us = at / 1us};
    made.after.state = state;
    if (state == "running") {
      made.after.owner = token;
      made.after.lease_us = (at + due_in) / 1us;
    }
    if (state == "delayed") made.after.due_us = (at + due_in) / 1us;
    invariants.on_queue_step(made);
  }
  std::vector<std::string> found() {
    std::vector<std::string> texts;
    for (const Violation& each : invariants.findings().kept()) {
      if (each.invariant == "rest") texts.push_back(each.message);
    }
    return texts;
  }

  core::Config config;
  Invariants invariants{config, {.exact = true, .disturbances_told = true, .faults_end = std::nullopt}};
};

TEST_F(RestInvariant, a_second_is_allowed) {
  events({"0s worker.started runner=runner-1"});
  step("enqueue", "waiting", 5s);
  step("claim", "running", 6s);
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(RestInvariant, and_no_more_than_that) {
  events({"0s worker.started runner=runner-1"});
  step("enqueue", "waiting", 5s);
  step("claim", "running", 6s + 1us);
  EXPECT_THAT(found(), ElementsAre("its next run took 1.000001s although runner-1 had room for it"));
}

TEST_F(RestInvariant, a_delayed_job_is_ready_when_it_is_due) {
  events({"0s worker.started runner=runner-1"});
  step("requeue", "delayed", 5s, "runner-1/1/1", 10s);
  step("claim", "running", 16s);
  EXPECT_THAT(found(), IsEmpty());
  step("requeue", "delayed", 20s, "runner-1/1/1", 10s);
  events({"20s job.requeued job=a runner=runner-1 retry_count=1 delay=10s"});
  step("claim", "running", 32s, "runner-1/1/2");
  EXPECT_THAT(found(), ElementsAre("its next run took 2s although runner-1 had room for it"));
}

TEST_F(RestInvariant, a_lease_that_has_run_out_is_to_be_recovered) {
  events({"0s worker.started runner=runner-1", "0s worker.started runner=runner-2"});
  step("claim", "running", 5s);
  step("renew", "running", 15s);
  step("recover", "waiting", 46500ms, "recovery");
  EXPECT_THAT(found(), ElementsAre("its recovery took 1.5s although runner-2 had room for it"));
}

TEST_F(RestInvariant, one_that_has_no_room_need_not_take_it) {
  events({"0s worker.started runner=runner-1"});
  step("claim", "running", 0s);
  const auto other = [this](std::string_view script, std::string_view state, core::Duration at) {
    QueueStep made{.script = script, .job = "b", .token = "runner-1/1/2", .at = SteadyTime(at), .now_us = at / 1us};
    made.after.state = state;
    invariants.on_queue_step(made);
  };
  other("enqueue", "waiting", 5s);
  events({"20s job.completed job=a runner=runner-1"});
  other("claim", "running", 21s);
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(RestInvariant, a_run_whose_end_is_told_late_has_its_room_until_then) {
  config.jobs.concurrency = 2;
  Invariants two{config, {.exact = true, .disturbances_told = true, .faults_end = std::nullopt}};
  const auto made = [&two](std::string_view job, std::string_view token, std::string_view script,
                           std::string_view state, core::Duration at) {
    QueueStep step{.script = script, .job = job, .token = token, .at = SteadyTime(at), .now_us = at / 1us};
    step.after.state = state;
    if (state == "delayed") step.after.due_us = at / 1us;
    two.on_queue_step(step);
  };
  const Line started("0s worker.started runner=runner-1");
  two.on_event(started.event);
  made("a", "runner-1/1/1", "claim", "running", 1s);
  made("a", "runner-1/1/1", "requeue", "delayed", 10s);  // The answer is lost.
  made("a", "runner-1/1/2", "claim", "running", 10s);
  made("b", "client/b", "enqueue", "waiting", 12s);
  const Line told("19500ms job.requeued job=a runner=runner-1 retry_count=1 delay=0s");
  two.on_event(told.event);
  made("b", "runner-1/1/3", "claim", "running", 20s);
  for (const Violation& each : two.findings().kept()) EXPECT_NE(each.invariant, "rest") << each.message;
}

TEST_F(RestInvariant, nor_one_that_stops_stands_still_or_is_refused_nor_anybody_in_a_pause) {
  events(
      {"0s worker.started runner=runner-1", "0s worker.started runner=runner-2", "0s worker.started runner=runner-3"});
  invariants.on_disturbance({.until = SteadyTime(3s), .stopping = "runner-1", .runner = "runner-1"});
  invariants.on_disturbance({.until = SteadyTime(60s), .runner = "runner-2"});
  events({"4s credential.refused runner=runner-3 api=llm.chat status=401 delay=1s"});
  step("enqueue", "waiting", 5s);
  step("claim", "running", 30s);
  EXPECT_THAT(found(), IsEmpty());
  events({"30s worker.started runner=runner-4", "30s operator.pause"});
  step("release", "waiting", 31s);
  events({"50s operator.resume"});
  step("claim", "running", 51s);
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(RestInvariant, one_that_stops_takes_no_job_however_long_it_finishes_another) {
  config.jobs.concurrency = 2;
  Invariants two{config, {.exact = true, .disturbances_told = true, .faults_end = std::nullopt}};
  const Line started("0s worker.started runner=runner-1");
  two.on_event(started.event);
  two.on_disturbance({.until = SteadyTime(3s), .stopping = "runner-1", .runner = "runner-1"});
  QueueStep step{.script = "enqueue", .job = "a", .token = "client/a", .at = SteadyTime(1h), .now_us = 1h / 1us};
  step.after.state = "waiting";
  two.on_queue_step(step);
  step.script = "claim";
  step.token = "runner-2/1/1";
  step.at = SteadyTime(2h);
  two.on_queue_step(step);
  for (const Violation& each : two.findings().kept()) EXPECT_NE(each.invariant, "rest") << each.message;
}

TEST_F(RestInvariant, a_pause_may_be_over_before_the_operator_hears_so) {
  events({"0s worker.started runner=runner-1", "1s operator.pause"});
  step("enqueue", "waiting", 5s);
  step("claim", "running", 20s);
  events({"20s operator.resume"});
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(RestInvariant, a_runners_name_may_hold_slashes) {
  events({"0s worker.started runner=rack/1"});
  step("claim", "running", 0s, "rack/1/17/1");
  QueueStep other{.script = "enqueue", .job = "b", .token = "client/b", .at = SteadyTime(5s), .now_us = 5'000'000};
  other.after.state = "waiting";
  invariants.on_queue_step(other);
  events({"20s job.completed job=a runner=rack/1"});
  other.script = "claim";
  other.token = "rack/1/17/2";
  other.after.state = "running";
  other.at = SteadyTime(20s);
  other.now_us = 20'000'000;
  invariants.on_queue_step(other);
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(RestInvariant, the_death_of_another_is_no_excuse) {
  events({"0s worker.started runner=runner-1", "0s worker.started runner=runner-2"});
  step("enqueue", "waiting", 5s);
  events({"5s worker.crashed runner=runner-1"});
  invariants.on_disturbance({.until = SteadyTime(5s), .runner = "runner-1"});
  step("claim", "running", 8s, "runner-2/1/1");
  EXPECT_THAT(found(), ElementsAre("its next run took 3s although runner-2 had room for it"));
}

TEST_F(RestInvariant, but_what_concerned_all_or_three_who_still_listen_is) {
  events({"0s worker.started runner=runner-1"});
  invariants.on_disturbance({.until = SteadyTime(2s)});
  step("enqueue", "waiting", 5s);
  step("claim", "running", 20s);
  EXPECT_THAT(found(), IsEmpty());
  for (const char* runner : {"runner-2", "runner-3", "runner-4"}) {
    invariants.on_disturbance({.until = SteadyTime(1h), .runner = runner});
  }
  events({"1000s worker.started runner=runner-5"});
  step("release", "waiting", 2000s);
  step("claim", "running", 2030s);
  EXPECT_THAT(found(), IsEmpty());
}

}  // namespace
}  // namespace sim
