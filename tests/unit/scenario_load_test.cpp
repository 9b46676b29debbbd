#include "sim/scenario/load.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/random/random.h"
#include "sim/scenario/types.h"
#include "tests/support/folders.h"

namespace sim {
namespace {

using namespace std::chrono_literals;
using core::SteadyTime;
using fakes::HttpAction;

const std::string kMaximal = tests::source_path("tests/unit/data/maximal.json");

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string errors_of(const LoadedScenario& loaded) {
  std::string text;
  for (const auto& error : loaded.errors) text += core::to_text(error) + "\n";
  return text;
}

Scenario must_parse(std::string_view members) {
  LoadedScenario loaded = parse_scenario("x.json", fmt::format(R"({{"title": "x", "why": "w", {}}})", members));
  EXPECT_TRUE(loaded.scenario) << errors_of(loaded);
  return loaded.scenario ? std::move(*loaded.scenario) : Scenario{};
}

template <class Action, class Rule>
const Action& action_of(const Rule& rule) {
  return std::get<Action>(rule.action);
}

TEST(Scenario, needs_no_more_than_a_title_and_a_reason) {
  const LoadedScenario loaded = parse_scenario("some/folder/x.json", R"({"title": "x", "why": "Because."})");
  ASSERT_TRUE(loaded.scenario) << errors_of(loaded);
  const Scenario& scenario = *loaded.scenario;
  EXPECT_EQ(scenario.file, "some/folder/x.json");
  EXPECT_EQ(scenario.seed, 1U);
  EXPECT_EQ(core::format_utc(scenario.start), "2026-01-01T00:00:00Z");
  EXPECT_EQ(scenario.limit, 1h);
  EXPECT_EQ(scenario.runners, 1U);
  EXPECT_TRUE(scenario.jobs.empty());
  EXPECT_FALSE(scenario.github_app);
}

TEST(Scenario, reads_the_head_of_a_file_that_has_everything) {
  const LoadedScenario loaded = load_scenario(kMaximal);
  ASSERT_TRUE(loaded.scenario) << errors_of(loaded);
  EXPECT_TRUE(loaded.warnings.empty());
  const Scenario& s = *loaded.scenario;
  EXPECT_EQ(s.seed, UINT64_MAX);
  EXPECT_EQ(core::format_utc(s.start), "2026-01-01T00:00:00.5Z");
  EXPECT_EQ(s.limit, 90min);
  EXPECT_EQ(s.runners, 2U);
  EXPECT_EQ(s.config.llm.model, "glm-4.6");
  EXPECT_EQ(s.config.jobs.concurrency, 4U);
  EXPECT_EQ(s.github_app->id, "12345");
  ASSERT_EQ(s.jobs.size(), 4U);
  EXPECT_EQ(s.jobs[0].id, "abc-123");
  EXPECT_EQ(s.jobs[0].issue, 7U);
  EXPECT_EQ(s.jobs[0].prompt, "Say hi");
  EXPECT_EQ(s.jobs[3].id, "job-3");
  EXPECT_EQ(s.jobs[3].at, SteadyTime(1020ms));
  EXPECT_EQ(s.jobs[3].repo, "octo/hello");
}

TEST(Scenario, reads_every_rule) {
  const Scenario s = load_scenario(kMaximal).scenario.value();
  ASSERT_EQ(s.llm.size(), 20U);
  const fakes::HttpRule& first = s.llm[0];
  EXPECT_EQ(first.on, "chat");
  EXPECT_EQ(first.job, "abc-123");
  ASSERT_EQ(first.calls.size(), 1U);
  EXPECT_EQ(first.calls[0].last, 1U);
  EXPECT_EQ(first.until, SteadyTime(1min));
  EXPECT_EQ(first.probability_millionths, 500'000U);
  EXPECT_EQ(std::get<core::Duration>(first.latency), 500ms);
  const auto& status = action_of<fakes::DoStatus>(first);
  EXPECT_EQ(status.status, 429);
  EXPECT_EQ(std::get<fakes::RetryAfterSeconds>(*status.retry_after).delay, 5s);
  ASSERT_EQ(status.headers.size(), 4U);
  EXPECT_EQ(status.headers[2].name + ": " + status.headers[2].value, "retry-after: 2");
  EXPECT_EQ(status.body, R"({"a":[1.50,null]})");
  EXPECT_EQ(std::get<fakes::UniformLatency>(s.llm[1].latency).high, 50ms);
  EXPECT_EQ(action_of<fakes::DoStatus>(s.llm[1]).body, "plain");
  EXPECT_EQ(std::get<fakes::RetryAfterDate>(*action_of<fakes::DoStatus>(s.llm[1]).retry_after).ahead, 5s);
  EXPECT_EQ(s.llm[2].calls[0].first, 5U);
  EXPECT_EQ(s.llm[2].calls[0].last, UINT64_MAX);
  EXPECT_EQ(std::get<fakes::LogNormalLatency>(s.llm[2].latency).sigma_millionths, 500'000U);
  EXPECT_EQ(std::get<fakes::LogNormalLatency>(s.llm[2].latency).max, 5s);
  EXPECT_EQ(std::get<fakes::RetryAfterMs>(*action_of<fakes::DoStatus>(s.llm[2]).retry_after).delay, 1500ms);
  EXPECT_EQ(s.llm[3].calls[1].first, 4U);
  EXPECT_EQ(s.llm[3].calls[1].last, 4U);
  EXPECT_EQ(std::get<fakes::RetryAfterRaw>(*action_of<fakes::DoStatus>(s.llm[3]).retry_after).text, "abc");
  action_of<fakes::DoTimeout>(s.llm[4]);
  action_of<fakes::DoRefuse>(s.llm[5]);
  EXPECT_EQ(action_of<fakes::DoReset>(s.llm[6]).when, fakes::ResetWhen::Before);
  EXPECT_EQ(action_of<fakes::DoTruncate>(s.llm[7]).millionths, 500'000U);
  action_of<fakes::DoGarbage>(s.llm[8]);
  EXPECT_EQ(action_of<fakes::DoFlood>(s.llm[9]).bytes, 100'000'000U);
  EXPECT_EQ(action_of<fakes::DoFlood>(s.llm[10]).bytes, 1'000'000'000U);
  EXPECT_EQ(action_of<fakes::DoFlood>(s.llm[11]).part, fakes::DoFlood::Part::Headers);
  EXPECT_EQ(action_of<fakes::DoRateLimit>(s.llm[12]).per, 1min);
  EXPECT_EQ(action_of<fakes::DoText>(s.llm[13]), (fakes::DoText{"Done.", "Hm.", "length"}));
  EXPECT_EQ(action_of<fakes::DoTool>(s.llm[14]).finish, "stop");
  EXPECT_EQ(s.forms, fakes::AnswerForms::Varied);
  EXPECT_EQ(action_of<fakes::DoTool>(s.llm[14]).arguments, R"({"body":"hi"})");
  EXPECT_EQ(s.llm[15].runner, "runner-2");
  EXPECT_EQ(s.llm[15].calls, (std::vector<fakes::CallRange>{{3, UINT64_MAX, 3}}));
  EXPECT_EQ(action_of<fakes::DoTools>(s.llm[15]).tools,
            (std::vector<fakes::DoTool>{{"comment_on_issue", R"({"body":"hi"})"}, {"search", "{}"}}));
  EXPECT_EQ(action_of<fakes::DoStall>(s.llm[16]), (fakes::DoStall{500'000, core::Duration(20s)}));
  EXPECT_EQ(action_of<fakes::DoStall>(s.llm[17]), (fakes::DoStall{0, std::nullopt}));
  EXPECT_EQ(action_of<fakes::DoPace>(s.llm[18]), (fakes::DoPace{20, 200ms}));
  action_of<std::monostate>(s.llm[19]);
  EXPECT_EQ(s.github[0].runner, "runner-1");
  EXPECT_EQ(s.redis[1].runner, "runner-1");
  EXPECT_EQ(s.config.llm.first_byte_timeout, 10s);
  EXPECT_EQ(s.config.llm.idle_timeout, 5s);
  EXPECT_EQ(action_of<fakes::DoReset>(s.github[0]).when, fakes::ResetWhen::After);
  EXPECT_EQ(action_of<fakes::DoRateLimit>(s.github[1]).kind, fakes::GitHubLimit::Secondary);
  EXPECT_EQ(action_of<fakes::DoRateLimit>(s.github[1]).of, fakes::LimitOf::Installation);
  EXPECT_EQ(action_of<fakes::DoError>(s.redis[0]).error, "LOADING Redis is loading the dataset in memory");
  EXPECT_EQ(s.redis[1].on, "script:claim");
  action_of<fakes::DoTimeout>(s.redis[2]);
  action_of<fakes::DoFlushScripts>(s.redis[3]);
}

TEST(Scenario, reads_the_world_by_time_and_all_expectations) {
  const Scenario s = load_scenario(kMaximal).scenario.value();
  ASSERT_EQ(s.world.size(), 14U);
  EXPECT_EQ(std::get<CrashRunner>(s.world[0].action).runner, "runner-1");
  EXPECT_EQ(std::get<StartRunner>(s.world[1].action).runner, "runner-1");
  EXPECT_EQ(std::get<ShiftWallClock>(s.world[2].action).by, 2h);  // Of one instant: in the order of the file.
  EXPECT_EQ(std::get<ShiftWallClock>(s.world[3].action).by, -2h);
  EXPECT_EQ(std::get<StopRunner>(s.world[4].action).runner, "runner-2");
  EXPECT_EQ(std::get<RestartRedis>(s.world[5].action).lose, 1s);
  EXPECT_EQ(std::get<RestartRedis>(s.world[5].action).down, 2s);
  EXPECT_EQ(std::get<ShiftWallClock>(s.world[6].action).runner, "runner-2");
  const auto& partition = std::get<PartitionRunner>(s.world[7].action);
  EXPECT_EQ(partition.from, (std::vector{Peer::GitHub, Peer::Redis, Peer::Llm}));
  EXPECT_EQ(partition.lasts, 10s);
  EXPECT_EQ(std::get<PauseRunner>(s.world[8].action).lasts, 90s);
  EXPECT_EQ(std::get<LimitRedis>(s.world[9].action).condition, fakes::redis::Condition::Full);
  EXPECT_EQ(std::get<LimitRedis>(s.world[10].action).condition, fakes::redis::Condition::ReadOnly);
  EXPECT_EQ(std::get<EnqueueAgain>(s.world[11].action).job, "abc-123");
  EXPECT_EQ(std::get<OperatorEntry>(s.world[12].action).job, "abc-123");
  EXPECT_EQ(std::get<OperatorEntry>(s.world[13].action).job, "");
  EXPECT_EQ(s.schedule, 5U);
  ASSERT_EQ(s.invariants.size(), 2U);
  EXPECT_EQ(s.invariants[0].name, "invariant-1");
  EXPECT_EQ(describe(std::get<Never>(s.invariants[0].rule).never), "job.failed runner=runner-2");
  const After& soon = std::get<After>(s.invariants[1].rule);
  EXPECT_EQ(s.invariants[1].name, "soon");
  EXPECT_EQ(describe(soon.after), "call.failed status=429");
  EXPECT_EQ(soon.within, 5s);
  EXPECT_EQ(describe(soon.expect), "call.started attempt=2");
  ASSERT_EQ(s.expect.timeline.size(), 6U);
  const ExpectedEvent& event = s.expect.timeline[0];
  EXPECT_EQ(event.at, SteadyTime(1s));
  EXPECT_EQ(event.event, core::EventKind::CallFailed);
  EXPECT_EQ(event.within, 50ms);
  const std::vector<std::pair<std::string, FieldValue>> fields = {{"runner", "runner-1"},
                                                                  {"job", "abc-123"},
                                                                  {"api", "llm.chat"},
                                                                  {"attempt", std::int64_t{1}},
                                                                  {"max_attempts", std::int64_t{5}},
                                                                  {"status", std::int64_t{429}},
                                                                  {"failure", "rate_limited"},
                                                                  {"code", "ERR_BAD_REQUEST"}};
  EXPECT_EQ(event.fields, fields);
  EXPECT_EQ(std::get<core::Duration>(s.expect.timeline[1].fields[0].second), 1s);
  EXPECT_EQ(s.expect.jobs.at("*"), JobState::Waiting);
  EXPECT_EQ(s.expect.jobs.at("job-3"), JobState::Failed);
  EXPECT_EQ(s.expect.ends_at, SteadyTime(6s));
  EXPECT_EQ(s.expect.comments.at("octo/hello#7"), 1U);
  EXPECT_EQ(s.expect.log.size(), 1U);
}

TEST(Scenario, makes_many_jobs_from_one_entry) {
  const Scenario s = must_parse(R"("jobs": [{"id": "{n}-of-{n}", "count": 2, "at": "1s", "every": "1ms"},
                                            {"id": "plain-{n}"}, {"id": "one", "count": 1}])");
  ASSERT_EQ(s.jobs.size(), 4U);
  EXPECT_EQ(s.jobs[0].id, "1-of-1");
  EXPECT_EQ(s.jobs[1].id, "2-of-2");
  EXPECT_EQ(s.jobs[1].at, SteadyTime(1001ms));
  EXPECT_EQ(s.jobs[2].id, "plain-{n}");
  EXPECT_EQ(s.jobs[3].id, "one");
}

TEST(Scenario, makes_a_million_jobs_and_not_one_more) {
  const Scenario s = must_parse(R"("jobs": [{"id": "job-{n}", "count": 1000000, "every": "1us"}])");
  ASSERT_EQ(s.jobs.size(), 1'000'000U);
  EXPECT_EQ(s.jobs.back().id, "job-1000000");
  EXPECT_EQ(s.jobs.back().at, SteadyTime(999'999us));
  const auto more = parse_scenario("x.json", R"({"title": "x", "why": "w",
      "jobs": [{"id": "job-{n}", "count": 1000000},
               {"id": "one"}]})");
  EXPECT_EQ(errors_of(more), "x.json:3: /jobs/1: more than 1000000 jobs in all\n");
}

TEST(Scenario, warns_of_what_can_never_apply) {
  const auto loaded = parse_scenario("x.json", R"({"title": "x", "why": "w", "jobs": [{"id": "a"}],
      "llm": [{"job": "a"}, {"job": "b"}]})");
  ASSERT_TRUE(loaded.scenario);
  ASSERT_EQ(loaded.warnings.size(), 1U);
  EXPECT_EQ(core::to_text(loaded.warnings[0]), "x.json:2: /llm/1: no job has the id \"b\": this rule never applies");
}

TEST(Scenario, knows_the_commands_of_redis_and_the_scripts_of_the_queue) {
  const auto errors = [](const std::string& on) {
    return errors_of(parse_scenario(
        "x.json", R"({"title": "x", "why": "w", "jobs": [{"id": "a"}], "redis": [{"on": ")" + on + "\"}]}"));
  };
  for (const char* known :
       {"*", "EVALSHA", "evalsha", "Hello", "client", "script:claim", "script:revive", "script:list"}) {
    EXPECT_EQ(errors(known), "") << known;
  }
  using testing::HasSubstr;
  EXPECT_THAT(errors("claim"), HasSubstr("did you mean \"script:claim\"?"));
  EXPECT_THAT(errors("script:clam"), HasSubstr("did you mean \"script:claim\"?"));
  EXPECT_THAT(errors("EVALSH"), HasSubstr("did you mean \"evalsha\"?"));
  EXPECT_THAT(errors("client|id"), HasSubstr("accepted: \"*\", a command of Redis such as EVALSHA, script:"));
  EXPECT_THAT(errors("nonsense"), HasSubstr("/redis/0/on: found \"nonsense\""));
}

TEST(ScenarioSchema, is_what_the_parser_accepts) {
  const std::string path = tests::source_path("scenarios/schema.json");
  if (std::getenv("REHEARSE_REWRITE") != nullptr) std::ofstream(path, std::ios::binary) << scenario_schema();
  EXPECT_TRUE(read(path) == scenario_schema())
      << path << " is not the schema of this parser: run this test with REHEARSE_REWRITE=1";
}

TEST(ScenarioFiles, are_all_below_a_folder_in_the_order_of_their_bytes) {
  namespace fs = std::filesystem;
  const fs::path root = tests::built_path("scenario_files_test");
  fs::remove_all(root);
  fs::create_directories(root / "b" / "deep");
  fs::create_directories(root / "empty.json");
  for (const char* name : {"a.json", "B.json", "schema.json", "note.txt", "b/x.json", "b/deep/y.json", "b-c.json"}) {
    std::ofstream(root / name) << "{}";
  }
  fs::create_directory_symlink(root, root / "b" / "loop");
  const std::string r = root.string();
  const std::vector<std::string> paths = {r, r + "/note.txt", r + "/missing.json"};
  const ScenarioFiles found = find_scenario_files(paths);
  const std::vector<std::string> expected = {r + "/B.json",        r + "/a.json",   r + "/b-c.json",
                                             r + "/b/deep/y.json", r + "/b/x.json", r + "/note.txt"};
  EXPECT_EQ(found.paths, expected);
  ASSERT_EQ(found.errors.size(), 1U);
  EXPECT_EQ(core::to_text(found.errors[0]), r + "/missing.json: there is no such file or folder");
  EXPECT_EQ(errors_of(load_scenario(r)), r + ": this is a folder, not a file\n");
  EXPECT_EQ(errors_of(load_scenario(r + "/missing.json")), r + "/missing.json: there is no such file\n");
  fs::remove_all(root);
}

TEST(Scenario, survives_every_damage_to_a_valid_file) {
  const std::string whole = read(kMaximal);
  ASSERT_FALSE(whole.empty());
  const std::string_view pieces[] = {
      "{",  "}",    "[",    "]",  "\"", ",", ":", "-", "1e999", "null", "\\u0000", "/*", "99999999999999999999",
      "\n", "true", "\xff", "{n}"};
  const core::Random random = core::Random(7).fork("damage");
  int accepted = 0;
  for (std::uint64_t round = 0; round < 3'000; ++round) {
    const core::Random draw = random.fork(round);
    std::string text = whole;
    const std::uint64_t damages = draw.between(1, 3, 0);
    for (std::uint64_t i = 0; i < damages; ++i) {
      const core::Random damage = draw.fork(i);
      const auto at = static_cast<std::size_t>(damage.between(0, text.size() - 1, 0));
      switch (damage.between(0, 4, 1)) {
        case 0:
          text[at] = static_cast<char>(damage.between(0, 255, 2));
          break;
        case 1:
          text.erase(at, static_cast<std::size_t>(damage.between(1, 8, 2)));
          break;
        case 2:
          text.insert(at, pieces[damage.between(0, std::size(pieces) - 1, 2)]);
          break;
        case 3:
          text.resize(at + 1);
          break;
        default:
          text.insert(at, text.substr(static_cast<std::size_t>(damage.between(0, text.size() - 1, 2)),
                                      static_cast<std::size_t>(damage.between(1, 80, 3))));
      }
    }
    const LoadedScenario loaded = parse_scenario("maximal.json", text);
    accepted += loaded.scenario ? 1 : 0;
    ASSERT_EQ(loaded.scenario.has_value(), loaded.errors.empty());
    for (const auto& error : loaded.errors) {
      const std::string line = core::to_text(error);
      ASSERT_LE(line.size(), core::kMaxInputErrorBytes);
      ASSERT_TRUE(std::none_of(line.begin(), line.end(), [](char c) { return c >= 0 && c < 0x20; })) << line;
    }
  }
  EXPECT_GT(accepted,
            10);  // Damage to comments and texts does no harm; were nothing read, this test would show nothing.
}

}  // namespace
}  // namespace sim
