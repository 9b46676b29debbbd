// The search commands, as a person would call them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/command_line.h"

namespace {

using tests::file_with;
using tests::kScenarios;
using tests::lines_of;
using tests::rehearse;
using tests::Result;

const std::string kTimeline1 = kScenarios + "documented/rate-limited-every-layer.json";
const std::string kTooShort = R"({"title": "too-short", "why": "w", "limit": "1s", "runners": 3,
  "jobs": [{"id": "a"}, {"id": "b"}], "llm": [{"calls": "1", "do": {"status": 503}}]})";

TEST(Search, exit_codes_say_what_happened) {
  const std::string empty = file_with("rehearse-empty.jsonl", "");
  const std::pair<std::string, int> rows[] = {
      {"fuzz --runs 200 -q", 0},
      {"fuzz --runs 0", 2},
      {"fuzz --runs 200 --out /proc/there/is/none", 2},
      {"fuzz --seconds x", 2},
      {"fuzz --help", 0},
      {"explore -q --depth 2 " + kTimeline1, 0},
      {"explore --depth 0 " + kTimeline1, 2},
      {"explore /there/is/no/such/file.json", 2},
      {"shrink " + kTimeline1, 2},
      {"check /there/is/no/such/file.jsonl", 2},
      {"check " + empty, 2},
      {"diff " + empty + " " + empty, 2},
  };
  for (const auto& [arguments, code] : rows) EXPECT_EQ(rehearse(arguments).code, code) << arguments;
}

TEST(Search, the_same_worlds_have_the_same_digest_whatever_the_threads) {
  const auto digest = [](const std::string& more) {
    return lines_of(rehearse("fuzz -q --runs 300 --seed 9 " + more).out, "digest: ");
  };
  const auto one = digest("--threads 1");
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(digest("--threads 3"), one);
  EXPECT_NE(lines_of(rehearse("fuzz -q --runs 300 --seed 10").out, "digest: "), one);
}

TEST(Search, a_range_of_worlds_is_a_part_of_the_whole_and_each_can_be_printed) {
  const std::string printed = rehearse("fuzz --seed 9 --world 12").out;
  const std::string file = file_with("fuzz-9-12.json", printed);
  const auto digest = [](const Result& result) { return lines_of(result.out, "digest: "); };
  ASSERT_EQ(digest(rehearse("run -q " + file)).size(), 1u);
  EXPECT_EQ(digest(rehearse("fuzz -q --seed 9 --first 12 --runs 1")),
            digest(rehearse("fuzz -q --seed 9 --first 12 --runs 1 --threads 2")));
  EXPECT_NE(digest(rehearse("fuzz -q --seed 9 --first 12 --runs 1")),
            digest(rehearse("fuzz -q --seed 9 --first 13 --runs 1")));
}

TEST(Search, a_probe_that_was_never_met_is_named) {
  const Result few = rehearse("fuzz -q --runs 5 --all-probes");
  EXPECT_EQ(few.code, 1);
  EXPECT_THAT(few.out, testing::HasSubstr("FAILED: never met: "));
  EXPECT_EQ(rehearse("fuzz -q --runs 5").code, 0);
  EXPECT_EQ(rehearse("fuzz -q --runs 20000 --all-probes").code, 0);
}

TEST(Search, a_file_adds_its_own_invariants) {
  const std::string file = file_with("own.json", R"({"title": "own", "why": "w", "jobs": [{"id": "a"}],
    "invariants": [{"name": "no/third", "never": {"event": "call.retry", "attempt": 3}}]})");
  EXPECT_EQ(rehearse("run -q " + file).code, 0);
  const Result explored = rehearse("explore -q --depth 2 " + file);
  EXPECT_EQ(explored.code, 1);
  EXPECT_THAT(explored.out, testing::HasSubstr("call.retry attempt=3 happened, which must never be"));
  EXPECT_THAT(explored.out, testing::HasSubstr("\"title\": \"no-third-own\""));
}

TEST(Search, exploration_says_that_it_is_complete) {
  const Result result = rehearse("explore -q --depth 3 --crashes " + kTimeline1);
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, testing::ContainsRegex("complete: all [0-9,]+ sequences of [0-9]+ outcomes a call"));
  EXPECT_THAT(result.out, testing::HasSubstr("complete: 160 runs"));
}

TEST(Search, what_a_crash_leads_to_is_repeated_by_one_command) {
  // The lease of a runner that has crashed, or is paused for longer than that, ends after 30 s only.
  const std::string file = file_with("crashed.json", R"({"title": "crashed", "why": "w", "limit": "29s",
    "jobs": [{"id": "a"}], "expect": {"jobs": {"a": "completed"}}})");
  EXPECT_EQ(rehearse("run -q " + file).code, 0);
  const Result explored = rehearse("explore -q --depth 1 --crashes " + file);
  EXPECT_EQ(explored.code, 1);
  const auto commands = lines_of(explored.out, "repeat it: rehearse ");
  ASSERT_EQ(commands.size(), 1u);
  const Result repeated = rehearse(commands[0].substr(20));
  EXPECT_EQ(repeated.code, 1);
  EXPECT_THAT(repeated.out, testing::HasSubstr("violation of liveness"));
  EXPECT_THAT(repeated.out, testing::ContainsRegex("WORKER (CRASHED|PAUSED)"));

  EXPECT_EQ(rehearse("run -q --blow 100000:restart-redis " + file).code, 0) << "it has ended by then";
  const Result nobody = rehearse("run --blow 1:crash:runner-2 " + file, "2>&1");
  EXPECT_EQ(nobody.code, 2);
  EXPECT_THAT(nobody.out, testing::HasSubstr("has 1 runners"));
  const Result senseless = rehearse("run --blow 1:burn " + file, "2>&1");
  EXPECT_EQ(senseless.code, 2);
  EXPECT_THAT(senseless.out, testing::HasSubstr("STEP:drop-connections"));
}

TEST(Search, what_violates_is_told_with_its_story) {
  const std::string file = file_with("too-short.json", kTooShort);
  const Result explored = rehearse("explore -q --depth 1 " + file);
  EXPECT_EQ(explored.code, 1);
  EXPECT_THAT(explored.out, testing::HasSubstr("violation of liveness"));
  const Result shrunk = rehearse("shrink " + file);
  EXPECT_EQ(shrunk.code, 0);
  EXPECT_THAT(shrunk.out, testing::HasSubstr("\"limit\": \"1s\""));
  EXPECT_THAT(shrunk.out, testing::Not(testing::HasSubstr("runners")));
  const std::string folder = tests::own_folder() + "explored";
  EXPECT_EQ(rehearse("explore -q --depth 1 --out " + folder + " " + file).code, 1);
  EXPECT_THAT(rehearse("run -q " + folder + "/liveness-too-short.json").out,
              testing::HasSubstr("violation of liveness"));
  const std::string kept = tests::own_folder() + "smaller.json";
  EXPECT_EQ(rehearse("shrink " + file + " --out " + kept).code, 0);
  EXPECT_THAT(rehearse("run -q " + kept).out, testing::HasSubstr("violation of liveness"));
}

}  // namespace
