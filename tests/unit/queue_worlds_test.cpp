// What becomes of jobs' records in whole worlds: how long they are kept, and what is left when all jobs have ended.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "sim/scenario/load.h"
#include "sim/world/remains.h"
#include "sim/world/world.h"

namespace sim {
namespace {

Scenario scenario_of(const std::string& more) {
  LoadedScenario loaded = parse_scenario("t.json", R"({"title": "t", "why": "w", )" + more + "}");
  EXPECT_TRUE(loaded.scenario.has_value()) << (loaded.errors.empty() ? "" : core::to_text(loaded.errors[0]));
  return std::move(*loaded.scenario);
}

/// The jobs' states at the end; a job that Redis knows no more has none.
FinalStates run(const Scenario& scenario) {
  Recorder nobody(KeepEvents::No);
  const Report report = run_scenario(scenario, nobody, {});
  EXPECT_TRUE(report.held()) << (report.mismatches.empty() ? "" : report.mismatches[0]);
  EXPECT_THAT(report.outcome.violations, testing::IsEmpty());
  return report.outcome.jobs;
}

TEST(JobRecords, are_kept_for_a_day_and_then_forgotten_by_the_next_end) {
  const char* rest = R"("limit": "30h", "expect": {"jobs": {"b": "completed"}})";
  const FinalStates day =
      run(scenario_of(R"("jobs": [{"id": "a"}, {"id": "b", "at": "23h59m59s"}], )" + std::string(rest)));
  EXPECT_EQ(day.at("a"), JobState::Completed);
  const FinalStates later =
      run(scenario_of(R"("jobs": [{"id": "a"}, {"id": "b", "at": "24h1s"}], )" + std::string(rest)));
  EXPECT_EQ(later.at("a"), std::nullopt);
  EXPECT_EQ(later.at("b"), JobState::Completed);
}

TEST(JobRecords, of_dead_jobs_wait_for_an_operator) {
  const FinalStates states = run(scenario_of(R"("jobs": [{"id": "a"}, {"id": "b", "at": "48h"}], "limit": "50h",
      "llm": [{"job": "a", "do": {"status": 400}}], "expect": {"jobs": {"a": "failed", "b": "completed"}})"));
  EXPECT_EQ(states.at("a"), JobState::Failed);
}

class Left : public testing::Test {
 protected:
  std::vector<std::string> after(const core::RedisCommand& command) {
    EXPECT_FALSE(host_.look(command).is_error());
    return unexplained_remains(scenario_, host_);
  }

  const Scenario scenario_ = scenario_of(R"("jobs": [{"id": "a"}])");
  Kernel kernel_{scenario_.start};
  RedisHost host_{kernel_, scenario_, core::Random(1)};
};

TEST_F(Left, records_of_ended_jobs_are_explained) {
  host_.look({"HSET", "job:data:a", "payload", "{}"});
  host_.look({"RPUSH", "job:completed", "1:a"});
  host_.look({"SET", "job:claim:w/", "1:1", "PX", "30000"});
  EXPECT_THAT(after({"HSET", "job:completed_by", "a", "w/1"}), testing::IsEmpty());
}

/// More than are looked at at once.
TEST_F(Left, of_many_jobs_each_is_looked_at) {
  for (int i = 0; i < 2500; ++i) {
    const std::string id = "job-" + std::to_string(i);
    host_.look({"HSET", "job:data:" + id, "payload", "{}"});
    if (i != 700) host_.look({"RPUSH", i % 2 == 0 ? "job:completed" : "job:dead", (i % 2 == 0 ? "1:" : "") + id});
    if (i % 2 == 0) host_.look({"HSET", "job:completed_by", id, "w/1"});
  }
  host_.look({"HSET", "job:data:b", "payload", "{}"});
  EXPECT_THAT(after({"HSET", "job:completed_by", "c", "w/1"}),
              testing::ElementsAre("c is completed and never forgotten", "job-700 is completed and never forgotten",
                                   "job:data:b belongs to no job that has ended",
                                   "job:data:job-700 belongs to no job that has ended"));
}

TEST_F(Left, everything_else_is_not) {
  using testing::ElementsAre;
  EXPECT_THAT(after({"RPUSH", "job:ready", "a"}), ElementsAre("job:ready is left though no job is open"));
  host_.look({"FLUSHALL"});
  EXPECT_THAT(after({"HSET", "job:data:a", "payload", "{}"}),
              ElementsAre("job:data:a belongs to no job that has ended"));
  host_.look({"FLUSHALL"});
  EXPECT_THAT(after({"HSET", "job:completed_by", "a", "w/1"}), ElementsAre("a is completed and never forgotten"));
  host_.look({"FLUSHALL"});
  EXPECT_THAT(after({"RPUSH", "job:recovered:t", "ready:a"}),
              ElementsAre("job:recovered:t is a note that is never forgotten"));
  host_.look({"FLUSHALL"});
  EXPECT_THAT(after({"SET", "job:claim:w/", "1:1", "PX", "30001"}),
              ElementsAre("job:claim:w/ is a note that is kept for 30001 ms"));
  host_.look({"FLUSHALL"});
  EXPECT_THAT(after({"SET", "other", "1"}), ElementsAre("other is none of the queue's keys"));
}

}  // namespace
}  // namespace sim
