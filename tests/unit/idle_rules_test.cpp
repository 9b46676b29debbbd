// A run lists the rules that matched nothing, each with its conditions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/scenario/load.h"
#include "sim/world/world.h"

namespace sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// What a run of one job by these rules tells.
std::vector<std::string> notes_of(const std::string& rules) {
  const LoadedScenario loaded =
      parse_scenario("x.json", R"({"title": "x", "why": "w", "runners": 2, "jobs": [{"id": "a"}], )" + rules + "}");
  if (!loaded.scenario) return {"refused"};
  Recorder recorder(KeepEvents::No);
  const Report report = run_scenario(*loaded.scenario, recorder);
  std::vector<std::string> notes;
  for (const IdleRule& idle : report.outcome.idle_rules) notes.push_back(describe(idle, *loaded.scenario));
  return notes;
}

TEST(IdleRules, are_those_that_matched_no_call) {
  EXPECT_THAT(notes_of(R"("llm": [{"do": {"status": 429}, "calls": "1"}], "redis": [{"on": "evalsha"}])"), IsEmpty());
  EXPECT_THAT(notes_of(R"("github": [{"on": "token"}, {"on": "comments.create", "calls": "3"}])"),
              ElementsAre(R"(github[1] ("on": "comments.create", "calls": "3") matched no call)"));
  EXPECT_THAT(
      notes_of(
          R"("llm": [{"job": "b", "calls": "*/2"}, {"calls": [7, 9], "from": "5s", "until": "60s"}, {"calls": "8-"}],
                  "redis": [{"on": "script:recover", "runner": "runner-2", "probability": 0.5}])"),
      ElementsAre(R"(llm[0] ("job": "b", "calls": "*/2") matched no call)",
                  R"(llm[1] ("calls": [7, 9], "from": "5s", "until": "60s") matched no call)",
                  R"(llm[2] ("calls": "8-") matched no call)",
                  R"(redis[0] ("on": "script:recover", "runner": "runner-2") matched no call)"));
}

TEST(IdleRules, are_those_behind_a_rule_that_takes_all_of_their_calls) {
  EXPECT_THAT(notes_of(R"("llm": [{"latency": "1s"}, {"do": {"status": 429}}])"),
              ElementsAre("llm[1] never applied: earlier rules matched all of its calls"));
  EXPECT_THAT(
      notes_of(R"("llm": [{"calls": "1"}, {"on": "chat", "calls": "1"}, {"calls": "1-2"}])"),
      ElementsAre(R"(llm[1] ("on": "chat", "calls": "1") never applied: earlier rules matched all of its calls)"));
}

TEST(IdleRules, are_not_those_that_only_chance_kept_from_their_calls) {
  EXPECT_THAT(notes_of(R"("llm": [{"probability": 0, "do": {"status": 429}}])"), IsEmpty());
}

TEST(IdleRules, are_told_on_one_short_line) {
  const std::vector<std::string> notes = notes_of(R"("llm": [{"job": "\u202e)" + std::string(500, '\\') + R"("}])");
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_TRUE(notes[0].starts_with(R"(llm[0] ("job": "\u202e\)")) << notes[0];
  EXPECT_LT(notes[0].size(), 450U);
}

}  // namespace
}  // namespace sim
