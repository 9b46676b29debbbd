// What a job costs Redis beside idle workers, and what these cost while no job comes, in worlds of up to a thousand of
// them. The figures of a real Redis are measured by `./dev bench queue --idle`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/scenario/load.h"
#include "sim/world/world.h"

namespace sim {
namespace {

/// Notes how many commands all runners have sent when a job is started, by job. What a script does is none of them.
class Commands final : public WorldObserver {
 public:
  void on_event(const core::Event& event) override {
    if (event.kind == core::EventKind::JobStarted && services_ != nullptr && event.run == 1U)
      at_start.push_back(sent());
  }
  void before_request(Services& services, std::string_view, const core::HttpRequest&) override {
    services_ = &services;
  }

  std::vector<std::uint64_t> at_start;  ///< Of the jobs after the first.

 private:
  std::uint64_t sent() const {
    std::uint64_t all = 0;
    for (const auto& [runner, count] : services_->redis.commands()) all += count;
    return all;
  }

  Services* services_ = nullptr;
};

/// Between the starts of the second job and the last; commands of runners alone.
double commands_between(const std::string& runners, const std::string& more) {
  // A rule that nothing meets: where there is one, commands are counted.
  LoadedScenario loaded = parse_scenario("t.json", R"({"title": "t", "why": "w", "runners": )" + runners + ", " + more +
                                                       R"(, "redis": [{"on": "flushall", "do": {"error": "ERR"}}]})");
  EXPECT_TRUE(loaded.scenario.has_value()) << (loaded.errors.empty() ? "" : core::to_text(loaded.errors[0]));
  Recorder nobody(KeepEvents::No);
  Commands commands;
  const Report report = run_scenario(*loaded.scenario, nobody, {.observer = &commands});
  EXPECT_TRUE(report.outcome.violations.empty());
  return static_cast<double>(commands.at_start.back() - commands.at_start.front());
}

constexpr int kJobs = 50;

/// All that is sent for a job: its client's command, and those of the runners.
double commands_a_job(const std::string& runners, const std::string& more) {
  const std::string jobs = R"("jobs": [{"id": "job-{n}", "count": 52, "at": "1s", "every": "200ms"}], )";
  return 1 + commands_between(runners, jobs + more) / kJobs;
}

class FleetCost : public testing::TestWithParam<const char*> {};

TEST_P(FleetCost, of_a_job_that_does_nothing) {
  const double cost = commands_a_job(GetParam(), R"("llm": [{"do": {"text": "done"}}])");
  RecordProperty("commands", std::to_string(cost));
  EXPECT_LE(cost, 8);
}

TEST_P(FleetCost, of_a_job_that_posts_a_comment) {
  const double cost = commands_a_job(GetParam(), R"("limit": "1h")");
  RecordProperty("commands", std::to_string(cost));
  EXPECT_LE(cost, 12);
}

TEST_P(FleetCost, of_a_job_that_is_put_off_once) {
  // Every second call fails: the first of each job but the first, and not its second.
  const double cost = commands_a_job(GetParam(), R"("limit": "1h", "llm": [{"calls": "*/2", "do": {"status": 503}},
      {"do": {"text": "done"}}], "config": {"llm": {"retry": {"attempts": 1}},
      "jobs": {"retry": {"initial_delay": "50ms", "jitter": "none"}}})");
  RecordProperty("commands", std::to_string(cost));
  EXPECT_LE(cost, 12);
}

TEST_P(FleetCost, of_waiting_for_nothing) {
  constexpr int kHour = 3'600;
  const double cost = commands_between(
      GetParam(), R"("jobs": [{"id": "a"}, {"id": "b", "at": "1h"}, {"id": "c", "at": "2h"}], "limit": "3h")");
  RecordProperty("commands", std::to_string(cost / kHour));
  EXPECT_LE(cost / kHour, 2);
}

TEST_P(FleetCost, of_a_job_whose_runner_dies) {
  if (std::string(GetParam()) == "1") GTEST_SKIP() << "nobody is left";
  // The first by name is the one who is woken.
  const double cost = 1 + commands_between(GetParam(), R"("jobs": [{"id": "a", "at": "1s"}, {"id": "b", "at": "5s"},
      {"id": "c", "at": "60s"}], "limit": "1h", "llm": [{"latency": "100ms", "do": {"text": "done"}}],
      "world": [{"at": "5.05s", "crash": "runner-1"}])");
  RecordProperty("commands", std::to_string(cost));
  // Two runs; three watchers look when the lease may have run out and when it has, and one of them recovers the job.
  EXPECT_LE(cost, 12);
}

INSTANTIATE_TEST_SUITE_P(Workers, FleetCost, testing::Values("1", "10", "50", "200", "1000"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace sim
