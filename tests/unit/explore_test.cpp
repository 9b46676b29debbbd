// The search over all outcomes: that merging changes nothing, that it counts every sequence, and that it finds a bug.
#include "sim/explore/explore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/explore/outcome.h"
#include "sim/scenario/load.h"
#include "tests/support/folders.h"

namespace sim {
namespace {

Scenario documented(const std::string& name) {
  LoadedScenario loaded = load_scenario(tests::source_path("scenarios/documented/" + name + ".json"));
  EXPECT_TRUE(loaded.scenario.has_value());
  return std::move(*loaded.scenario);
}

Scenario parsed(std::string_view text) {
  LoadedScenario loaded = parse_scenario("t.json", text);
  EXPECT_TRUE(loaded.scenario.has_value());
  return std::move(*loaded.scenario);
}

constexpr std::string_view kJittered = R"({"title": "t", "why": "w", "jobs": [{"id": "a"}]})";
constexpr std::string_view kTwoJobs = R"({"title": "t", "why": "w", "jobs": [{"id": "a"}, {"id": "b"}],
  "config": {"jobs": {"concurrency": 2}, "llm": {"retry": {"jitter": "none"}},
             "github": {"token": {"retry": {"jitter": "none"}}, "tools": {"retry": {"jitter": "none"}}}}})";

void expect_merging_changes_nothing(const Scenario& scenario, std::uint32_t depth) {
  const Exploration merged = explore_calls(scenario, {.depth = depth, .threads = 2});
  const Exploration unmerged = explore_calls(scenario, {.depth = depth, .threads = 2, .merge = false});
  EXPECT_TRUE(merged.complete && unmerged.complete);
  EXPECT_EQ(merged.sequences, unmerged.sequences);
  EXPECT_EQ(merged.ended, unmerged.ended);
  EXPECT_EQ(merged.ends, unmerged.ends);
  EXPECT_LT(merged.runs, unmerged.runs);
  EXPECT_THAT(merged.found, testing::IsEmpty());
  EXPECT_THAT(unmerged.found, testing::IsEmpty());
}

TEST(Explore, merging_changes_nothing_in_timeline1) {
  expect_merging_changes_nothing(documented("rate-limited-every-layer"), 3);
}
TEST(Explore, merging_changes_nothing_in_timeline2) {
  expect_merging_changes_nothing(documented("rate-limited-until-dead-letter"), 3);
}
TEST(Explore, merging_changes_nothing_with_jitter) {
  expect_merging_changes_nothing(parsed(kJittered), 3);
}
TEST(Explore, merging_changes_nothing_with_two_jobs_at_once) {
  expect_merging_changes_nothing(parsed(kTwoJobs), 3);
}

TEST(Explore, counts_every_sequence) {
  const Exploration result = explore_calls(parsed(kJittered), {.depth = 2});
  const std::uint64_t kinds = call_outcomes().size();
  // Of the first call only these end the world: 401, 403, GitHub's words for a limit from a model, and a wait beyond
  // the ceiling.
  EXPECT_EQ(result.sequences, (kinds - 4) * kinds + 4);
  EXPECT_EQ(result.ended, 4u);
  std::uint64_t ends = 0;
  for (const auto& [end, times] : result.ends) ends += times;
  EXPECT_EQ(ends, result.sequences);
}

TEST(Explore, is_the_same_on_any_number_of_threads) {
  const Scenario scenario = parsed(kJittered);
  const Exploration one = explore_calls(scenario, {.depth = 3, .threads = 1});
  const Exploration four = explore_calls(scenario, {.depth = 3, .threads = 4});
  EXPECT_EQ(one.runs, four.runs);
  EXPECT_EQ(one.states, four.states);
  EXPECT_EQ(one.ends, four.ends);
}

TEST(Explore, finds_what_only_one_sequence_shows) {
  Scenario scenario = parsed(kJittered);
  scenario.config.llm.retry.backoff.jitter.kind = core::JitterKind::None;
  scenario.limit = std::chrono::minutes(3);
  const Exploration result = explore_calls(scenario, {.depth = 2});
  // A hint that is too long to be slept through puts the job off for two minutes; it takes two of them.
  ASSERT_THAT(result.found, testing::ElementsAre(testing::Key("liveness")));
  const FoundViolation& found = result.found.at("liveness");
  EXPECT_EQ(found.outcomes.size(), 2u);
  for (const std::uint8_t outcome : found.outcomes) EXPECT_NE(call_outcomes()[outcome].name, "ok");
}

TEST(Explore, stops_when_told) {
  const std::atomic<bool> stop{true};
  const Exploration result = explore_calls(parsed(kJittered), {.depth = 3, .stop = &stop});
  EXPECT_FALSE(result.complete);
}

TEST(ExploreBlows, strike_at_every_step) {
  const Scenario scenario = parsed(kJittered);
  const Exploration singles = explore_blows(scenario, false, {.threads = 2});
  EXPECT_TRUE(singles.complete);
  EXPECT_EQ(singles.runs % 5, 0u);
  EXPECT_GT(singles.runs, 60u);
  EXPECT_THAT(singles.found, testing::IsEmpty());
  EXPECT_THAT(singles.ends, testing::ElementsAre(testing::Pair("completed; 1 comments", singles.runs)));
}

TEST(ExploreBlows, strike_each_runner_by_itself) {
  Scenario scenario = parsed(kJittered);
  scenario.runners = 2;
  const Exploration singles = explore_blows(scenario, false, {.threads = 2});
  EXPECT_TRUE(singles.complete);
  // At each step: two runners crash, are paused and are cut off; Redis restarts, connections are lost.
  Recorder plain(KeepEvents::No);
  EXPECT_EQ(singles.runs, 8 * World(scenario, plain).run().steps);
  for (const std::uint32_t runner : {0U, 1U}) {
    Recorder recorder(KeepEvents::Yes);
    run_scenario(scenario, recorder, {.blows = {{5, Blow::Kind::CrashRunner, runner}}});
    std::vector<std::string_view> crashed;
    for (const core::Event& event : recorder.events()) {
      if (event.kind == core::EventKind::WorkerCrashed) crashed.push_back(event.runner);
    }
    EXPECT_THAT(crashed, testing::ElementsAre(runner == 0 ? "runner-1" : "runner-2"));
  }
}

TEST(ExploreBlows, pairs_are_every_two_of_them) {
  Scenario scenario = parsed(R"({"title": "t", "why": "w", "limit": "10ms", "jobs": [{"id": "a"}]})");
  Recorder plain(KeepEvents::No);
  const std::uint64_t steps = World(scenario, plain).run().steps;
  const Exploration pairs = explore_blows(scenario, true, {.threads = 2});
  // Five kinds; the second one at the same step, or at one of those after it, until twice as many have gone by.
  std::uint64_t runs = 5 * steps;
  for (std::uint64_t first = 0; first < steps; ++first) runs += 10 + 5 * 5 * (2 * steps - first - 1);
  EXPECT_EQ(pairs.runs, runs);
}

TEST(Blow, is_read_as_it_is_written) {
  const Blow blows[] = {{0, Blow::Kind::RestartRedis},
                        {17, Blow::Kind::DropConnections},
                        {~std::uint64_t{0}, Blow::Kind::CrashRunner, 41},
                        {3, Blow::Kind::PauseRunner, 1},
                        {4, Blow::Kind::PartitionRunner, 0}};
  for (const Blow& blow : blows) EXPECT_EQ(read_blow(written(blow)), blow) << written(blow);
  EXPECT_EQ(written(blows[2]), "18446744073709551615:crash:runner-42");
  EXPECT_EQ(written(blows[3]), "3:pause:runner-2");
  EXPECT_EQ(written(blows[4]), "4:partition:runner-1");
  for (const char* wrong :
       {"1:pause", "1:pausee:runner-1", "1:restart-redis:runner-1", "1:partition:", "", "1", "1:", ":restart-redis",
        "-1:restart-redis", "1:restart-redis ", "1:crash", "1:crash:runner-", "1:crash:runner-0", "1:crash:runner-1x",
        "1:crash:runner-4294967296", "18446744073709551616:restart-redis", "1:burn"}) {
    EXPECT_FALSE(read_blow(wrong)) << wrong;
  }
}

TEST(ExploreBlows, find_a_job_that_a_pause_delays) {
  Scenario scenario = parsed(kJittered);
  scenario.limit = std::chrono::seconds(29);  // A pause takes a lease of 30 s, and a second.
  const Exploration singles = explore_blows(scenario, false, {});
  ASSERT_THAT(singles.found, testing::ElementsAre(testing::Key("liveness")));
  EXPECT_EQ(singles.found.at("liveness").blows.at(0), (Blow{0, Blow::Kind::PauseRunner, 0}));
}

}  // namespace
}  // namespace sim
