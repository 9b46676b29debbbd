// The search commands and those over traces, as a person would call them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/command_line.h"

namespace {

using test::file_with;
using test::kScenarios;
using test::lines_of;
using test::rehearse;
using test::Result;

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

TEST(Search, exploration_says_that_it_is_complete) {
  const Result result = rehearse("explore -q --depth 3 --crashes " + kTimeline1);
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, testing::HasSubstr("complete: all 4,369 sequences of 17 outcomes a call"));
  EXPECT_THAT(result.out, testing::HasSubstr("complete: 84 runs"));
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
  const std::string kept = testing::TempDir() + "smaller.json";
  EXPECT_EQ(rehearse("shrink " + file + " --out " + kept).code, 0);
  EXPECT_THAT(rehearse("run -q " + kept).out, testing::HasSubstr("violation of liveness"));
}

TEST(Traces, are_checked_and_compared) {
  const std::string good = testing::TempDir() + "good.jsonl";
  ASSERT_EQ(rehearse("run -q --trace " + good + " " + kScenarios + "documented").code, 0);
  EXPECT_EQ(rehearse("check " + good).code, 0);
  EXPECT_EQ(rehearse("diff " + good + " " + good).code, 0);
  std::ifstream stream(good);
  std::string text(std::istreambuf_iterator<char>(stream), {});
  const std::string delay = "\"delay_ns\":1000000000";
  text.replace(text.find(delay), delay.size(), "\"delay_ns\":1000100000");
  const std::string bad = file_with("bad.jsonl", text);
  const Result checked = rehearse("check " + bad);
  EXPECT_EQ(checked.code, 1);
  EXPECT_THAT(checked.out, testing::HasSubstr("violation of backoff"));
  EXPECT_THAT(rehearse("check --json " + bad).out, testing::HasSubstr("\"invariant\":\"backoff\""));
  const Result compared = rehearse("diff " + good + " " + bad);
  EXPECT_EQ(compared.code, 1);
  EXPECT_THAT(compared.out, testing::HasSubstr("the first difference is at event"));
  // Under another configuration the same trace is another matter.
  const std::string config = file_with("config.json", R"({"llm": {"retry": {"attempts": 2}}})");
  EXPECT_EQ(rehearse("check " + good + " --config " + config).code, 1);
}

TEST(Traces, that_are_cut_are_refused) {
  const std::string good = testing::TempDir() + "whole.jsonl";
  ASSERT_EQ(rehearse("run -q --trace " + good + " " + kTimeline1).code, 0);
  std::filesystem::resize_file(good, std::filesystem::file_size(good) - 10);
  const Result result = rehearse("check " + good, "2>&1");
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.out, testing::HasSubstr("the file ends in the middle of a line"));
}

}  // namespace
