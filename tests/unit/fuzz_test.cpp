// Random worlds: valid files, the same on any number of threads, clean; and shrinking.
#include "sim/fuzz/fuzz.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

#include "sim/fuzz/generate.h"
#include "sim/fuzz/shrink.h"
#include "sim/scenario/load.h"
#include "sim/scenario/types.h"
#include "sim/scenario/write.h"

namespace sim {
namespace {

std::string digest_of(const Scenario& scenario) {
  Recorder recorder(KeepEvents::No);
  return run_scenario(scenario, recorder).digest;
}

TEST(RandomScenario, survives_its_file) {
  for (std::uint64_t number = 0; number < 300; ++number) {
    const Scenario scenario = random_scenario(7, number);
    const std::string text = scenario_text(scenario);
    const LoadedScenario loaded = parse_scenario(scenario.file, text);
    ASSERT_TRUE(loaded.scenario.has_value()) << core::to_text(loaded.errors.front()) << text;
    EXPECT_EQ(scenario_text(*loaded.scenario), text);
    EXPECT_EQ(digest_of(*loaded.scenario), digest_of(scenario)) << text;
  }
}

/// What a value would spell otherwise, and what is deeper than Boost.JSON goes by itself.
TEST(ScenarioText, keeps_json_as_it_is) {
  const std::string deep = std::string(40, '[') + std::string(40, ']');
  for (const std::string& json : {std::string("1.50"), std::string("1e999"), std::string("-0"), deep}) {
    const LoadedScenario loaded = parse_scenario("t.json", R"({"title": "t", "why": "w", "jobs": [{"id": "a"}], "llm": [
        {"do": {"tool": "x", "arguments": {"b": )" + json + R"(}}}, {"do": {"status": 500, "body": {"b": )" +
                                                               json + "}}}]}");
    ASSERT_TRUE(loaded.scenario.has_value()) << core::to_text(loaded.errors.front());
    const std::string text = scenario_text(*loaded.scenario);
    const LoadedScenario again = parse_scenario("t.json", text);
    ASSERT_TRUE(again.scenario.has_value()) << core::to_text(again.errors.front()) << text;
    ASSERT_EQ(again.scenario->llm.size(), 2U);
    EXPECT_EQ(again.scenario->llm[0].action, loaded.scenario->llm[0].action);
    EXPECT_EQ(again.scenario->llm[1].action, loaded.scenario->llm[1].action);
  }
}

TEST(RandomScenario, has_every_strategy_in_some_world) {
  std::set<core::StrategyKind> met;
  for (std::uint64_t number = 0; number < 300; ++number) {
    const core::Config config = random_scenario(7, number).config;
    for (const core::RetryPolicy* policy :
         {&config.llm.retry, &config.github.token.retry, &config.github.tools.retry}) {
      met.insert(policy->backoff.strategy.kind);
    }
  }
  EXPECT_EQ(met.size(), 5U);
}

TEST(RandomScenario, is_a_function_of_seed_and_number) {
  EXPECT_EQ(scenario_text(random_scenario(1, 5)), scenario_text(random_scenario(1, 5)));
  EXPECT_NE(scenario_text(random_scenario(1, 5)), scenario_text(random_scenario(1, 6)));
  EXPECT_NE(scenario_text(random_scenario(1, 5)), scenario_text(random_scenario(2, 5)));
}

TEST(ScenarioText, writes_every_kind_of_rule) {
  constexpr std::string_view kAll =
      R"({"title": "t", "why": "w", "seed": 3, "schedule": 4, "start": "2026-02-03T04:05:06Z",
    "limit": "2h", "config": {"llm": {"stream": false}, "jobs": {"retry": {"jitter": {"spread": 0.1}}}}, "runners": 2,
    "github_app": {"id": "7"},
    "jobs": [{"id": "a", "at": "1s", "repo": "o/h", "issue": 2, "installation": 3, "prompt": "p"}],
    "llm": [{"on": "chat", "job": "a", "calls": "2-", "from": "1s", "until": "9s", "probability": 0.25,
             "latency": {"uniform": ["1ms", "2ms"]}, "do": {"status": 429, "retry_after": {"ms": "1.5s"},
             "headers": {"X-A": "1", "X-B": ["2", "3"]}, "body": {"error": "no"}}},
            {"calls": [1, 4], "latency": {"lognormal": {"median": "80ms", "sigma": 0.5, "max": "5s"}}},
            {"do": {"text": "hi"}}, {"do": {"tool": "x", "arguments": {"b": 1}}}, {"do": {"flood": "5KB"}},
            {"do": {"status": 500, "body": "plain"}}, {"do": {"status": 503, "retry_after": {"raw": "abc"}}}],
    "github": [{"do": {"rate_limit": {"limit": 1, "per": "1m", "kind": "secondary"}}}, {"do": {"truncate": 0.5}},
               {"do": {"reset": "after"}}, {"do": {"refuse": true}}, {"do": {"garbage": true}}, {"do": {"timeout": true}},
               {"do": {"status": 403, "retry_after": {"date": "5s"}}}],
    "redis": [{"on": "script:claim", "calls": "1", "do": {"error": "LOADING x"}}, {"do": {"flush_scripts": true}}],
    "world": [{"at": "1s", "crash": "runner-1"}, {"at": "2s", "start": "runner-1"}, {"at": "3s", "stop": "runner-2"},
              {"at": "4s", "wall_clock": "-7200s"}, {"at": "5s", "restart": "redis", "lose": "1s", "down": "2s"}],
    "invariants": [{"never": {"event": "call.failed", "runner": "runner-2", "status": 500, "hint": "1.5s"}},
                   {"name": "n", "after": {"event": "lease.lost"}, "within": "5s", "expect": {"event": "job.started"}}]})";
  const LoadedScenario loaded = parse_scenario("t.json", kAll);
  ASSERT_TRUE(loaded.scenario.has_value()) << core::to_text(loaded.errors.front());
  const std::string text = scenario_text(*loaded.scenario);
  const LoadedScenario again = parse_scenario("t.json", text);
  ASSERT_TRUE(again.scenario.has_value()) << core::to_text(again.errors.front()) << text;
  EXPECT_EQ(scenario_text(*again.scenario), text);
  EXPECT_EQ(digest_of(*again.scenario), digest_of(*loaded.scenario));
  for (const char* part : {"lognormal", "uniform", "flood", "secondary", "\"2-\"", "-7200s", "X-B", "spread",
                           "retry_after", "\"schedule\": 4", "invariant-1", "within", "1.5s", "runner-2"})
    EXPECT_THAT(text, testing::HasSubstr(part));
}

TEST(ScenarioText, writes_a_body_as_deep_as_a_document_may_be_so_that_it_is_read_again) {
  for (const std::size_t depth : {59U, 60U, 61U, 64U}) {
    const std::string body = std::string(depth, '[') + std::string(depth, ']');
    Scenario scenario;
    scenario.title = "t";
    scenario.why = "w";
    scenario.start = kDefaultStart;
    scenario.github.push_back({.action = fakes::DoStatus{.status = 422, .body = body}});
    const LoadedScenario again = parse_scenario("t.json", scenario_text(scenario));
    ASSERT_TRUE(again.scenario.has_value()) << depth << core::to_text(again.errors.front());
    EXPECT_EQ(std::get<fakes::DoStatus>(again.scenario->github[0].action).body, body) << depth;
  }
}

TEST(Fuzz, is_the_same_on_any_number_of_threads) {
  const FuzzResult one = fuzz({.seed = 3, .runs = 300, .threads = 1});
  const FuzzResult three = fuzz({.seed = 3, .runs = 300, .threads = 3});
  EXPECT_EQ(one.digest, three.digest);
  EXPECT_EQ(one.counts.worlds, 300u);
  EXPECT_EQ(one.counts.events, three.counts.events);
  EXPECT_EQ(one.counts.met, three.counts.met);
  EXPECT_EQ(one.counts.simulated, three.counts.simulated);
}

TEST(Fuzz, finds_the_core_clean_and_meets_everything) {
  const FuzzResult result = fuzz({.seed = 20261124, .runs = 5'000, .threads = 2});
  for (const auto& [invariant, found] : result.found) {
    ADD_FAILURE() << invariant << " in world " << found.number << ": " << found.violation.message;
  }
  for (std::size_t i = 0; i < kProbes; ++i) {
    EXPECT_GT(result.counts.met[i], 0u) << probe_name(i) << " was never met";
  }
}

TEST(Fuzz, stops_when_told) {
  const FuzzResult result = fuzz({.go_on = [](const FuzzCounts& counts) { return counts.worlds < 100; }});
  EXPECT_GE(result.counts.worlds, 100u);
  EXPECT_LT(result.counts.worlds, 1'000u);
}

TEST(Fuzz, that_breaks_keeps_what_it_has) {
  const FuzzResult result = fuzz({.go_on = [](const FuzzCounts&) -> bool { throw std::runtime_error("broken"); }});
  EXPECT_GT(result.counts.worlds, 0u);
  ASSERT_TRUE(result.failure);
  EXPECT_THROW(std::rethrow_exception(result.failure), std::runtime_error);
}

TEST(Shrink, keeps_what_matters_and_nothing_else) {
  const Scenario scenario = parse_scenario("t.json", R"({"title": "t", "why": "w", "runners": 3,
    "config": {"llm": {"timeout": "9s"}},
    "jobs": [{"id": "a"}, {"id": "b", "issue": 4}],
    "llm": [{"do": {"garbage": true}}, {"on": "chat", "job": "b", "calls": "2-5", "latency": "1s", "do": {"timeout": true}}],
    "world": [{"at": "1s", "crash": "runner-3"}]})")
                                .scenario.value();
  const auto has_timeout = [](const Scenario& candidate) {
    return std::any_of(candidate.llm.begin(), candidate.llm.end(), [](const fakes::HttpRule& rule) {
      return std::holds_alternative<fakes::DoTimeout>(rule.action);
    });
  };
  const Shrunk shrunk = shrink(scenario, has_timeout, 1'000);
  EXPECT_TRUE(shrunk.complete);
  const Scenario expected = parse_scenario("t.json", R"({"title": "t", "why": "w",
    "jobs": [{"id": "b"}], "llm": [{"on": "chat", "calls": "2", "do": {"timeout": true}}]})")
                                .scenario.value();
  EXPECT_EQ(scenario_text(shrunk.scenario), scenario_text(expected));
}

TEST(Shrink, prefers_the_ordinary_schedule) {
  Scenario scenario = random_scenario(1, 5);
  scenario.schedule = 9;
  const auto always = [](const Scenario&) { return true; };
  EXPECT_EQ(shrink(scenario, always, 100'000).scenario.schedule, 0u);
  const auto shuffled = [](const Scenario& candidate) { return candidate.schedule == 9; };
  EXPECT_EQ(shrink(scenario, shuffled, 100'000).scenario.schedule, 9u);
}

TEST(Shrink, leaves_a_runner_to_end_the_jobs) {
  const Scenario scenario = parse_scenario("t.json", R"({"title": "t", "why": "w", "jobs": [{"id": "a"}],
    "world": [{"at": "1s", "crash": "runner-1"}, {"at": "2s", "start": "runner-1"}]})")
                                .scenario.value();
  const auto crashes = [](const Scenario& candidate) {
    return !candidate.world.empty() && std::holds_alternative<CrashRunner>(candidate.world.front().action);
  };
  EXPECT_EQ(shrink(scenario, crashes, 100).scenario.world.size(), 2u);
}

TEST(Shrink, stops_at_its_bound) {
  const Shrunk shrunk = shrink(random_scenario(1, 11), [](const Scenario&) { return true; }, 3);
  EXPECT_EQ(shrunk.runs, 3u);
  EXPECT_FALSE(shrunk.complete);
}

TEST(Shrink, holds_the_invariant) {
  Scenario scenario = random_scenario(1, 2);
  scenario.limit = core::Duration(1);  // Nothing can end by then, unless the world is empty.
  scenario.llm.push_back({.latency = core::Duration(std::chrono::seconds(1))});
  ASSERT_TRUE(violates(scenario, "liveness"));
  const Shrunk shrunk = shrink(scenario, [](const Scenario& each) { return violates(each, "liveness"); }, 1'000);
  EXPECT_TRUE(violates(shrunk.scenario, "liveness"));
  EXPECT_EQ(shrunk.scenario.jobs.size(), 1u);
  EXPECT_EQ(shrunk.scenario.runners, 1u);
  EXPECT_THAT(shrunk.scenario.world, testing::IsEmpty());
}

}  // namespace
}  // namespace sim
