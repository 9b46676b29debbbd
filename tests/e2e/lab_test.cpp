// `rehearse lab`, as a person would call it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/command_line.h"

namespace {

using namespace tests;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const std::string kSmall = "lab -q --clients 1,3 --limit 3 --per 10s --windows 3 --runs 2 ";

TEST(Lab, exit_codes_and_messages_say_what_happened) {
  struct Row {
    std::string arguments;
    int code;
    std::string says;
  };
  const Row rows[] = {
      {kSmall, 0, "== contention for one record"},
      {kSmall + "--only fleet --service ollama --strategy adaptive-shared", 0, "== ollama: 3 calls"},
      // A service that tells whole seconds costs a window of a second and a half more than the targets allow for.
      {"lab -q --only fleet --clients 4 --service github-secondary --strategy adaptive-shared --limit 2 --per 1500ms",
       1, "missed: github-secondary, adaptive-shared, 4 clients: 1.64 of the ideal time, not 1.10"},
      {"lab --help", 0, "--windows"},
      {"lab --clients 0", 2, "--clients"},
      {"lab --clients 1,x", 2, "--clients"},
      {"lab --clients 1001", 2, "--clients"},
      {"lab --service gitlab", 2, "--service"},
      {"lab --strategy hope", 2, "--strategy"},
      {"lab --per 1", 2, "--per: a duration above 0"},
      {"lab --per 25h", 2, "--per: a duration above 0"},
      {"lab --limit 10000 --windows 1000", 2, "at most 100000"},
      {"lab --only jitter --service ollama", 2, "which --only jitter leaves out"},
      {"lab --only both", 2, "--only: found \"both\"; accepted: fleet, jitter"},
      {"lab --format jsonl", 2, "--format: found \"jsonl\"; accepted: json, text"},
      {"lab --world openai/full", 2, "--world: found \"openai/full\""},
      {"lab --world openai/full/1001", 2, "--world: found"},
      {"lab --world openai/full/1x", 2, "--world: found"},
  };
  for (const auto& [arguments, code, says] : rows) {
    const Result result = rehearse(arguments, "2>&1");
    EXPECT_EQ(result.code, code) << arguments;
    EXPECT_THAT(result.out, HasSubstr(says)) << arguments;
  }
}

TEST(Lab, the_same_tables_come_out_whatever_the_threads) {
  for (const std::string format : {"text", "json"}) {
    const Result one = rehearse(kSmall + "--threads 1 --format " + format);
    EXPECT_EQ(rehearse(kSmall + "--threads 3 --format " + format).out, one.out);
    EXPECT_NE(rehearse(kSmall + "--seed 2 --format " + format).out, one.out);
    EXPECT_EQ(one.code, 0);
  }
}

TEST(Lab, one_table_and_a_part_of_its_rows_can_be_asked_for) {
  const std::string all = rehearse(kSmall).out;
  const std::string jitter = rehearse(kSmall + "--only jitter").out;
  const std::string fleet = rehearse(kSmall + "--only fleet").out;
  EXPECT_EQ(all, fleet + "\n" + jitter);
  const auto rows = lines_of(rehearse(kSmall + "--only fleet --service openai --strategy full").out, "      ");
  ASSERT_EQ(rows.size(), 2U);
  for (const std::string& row : rows) EXPECT_THAT(fleet, HasSubstr(row));
}

/// What a row is about can be looked at as any other scenario.
TEST(Lab, prints_the_world_of_a_cell) {
  const Result world = rehearse("lab --world openai/adaptive/3 --limit 3 --per 10s --windows 3 --seed 7");
  EXPECT_EQ(world.code, 0);
  const std::string file = file_with("openai-adaptive-3.json", world.out);
  const Result run = rehearse("run -q " + file);
  EXPECT_EQ(run.code, 0);
  EXPECT_THAT(run.out, HasSubstr("(seed 7)"));
  const Result log = rehearse("run --format jsonl " + file);
  const auto begun = [&log](const std::string& line) { return lines_of(log.out, line).size(); };
  EXPECT_GT(begun("{"), 0U);
  const Result rows = rehearse(
      "lab --only fleet --service openai --strategy adaptive --clients 3 --limit 3 --per 10s "
      "--windows 3 --seed 7 --format json");
  std::size_t calls = 0;
  for (const std::string& line : lines_of(log.out)) {
    const bool is_call = line.find("\"event\":\"call.started\"") != std::string::npos;
    if (is_call && line.find("\"api\":\"llm.chat\"") != std::string::npos) ++calls;
  }
  EXPECT_THAT(rows.out, HasSubstr("\"calls\":" + std::to_string(calls) + ","));
}

TEST(Lab, that_is_interrupted_has_the_rows_that_it_has) {
  const std::string run = "timeout --foreground --preserve-status -s INT -k 60 0.5 " + kProgram + " lab --only fleet";
  const Result result = shell(run + " 2>&1");
  EXPECT_EQ(result.code, 130);
  EXPECT_THAT(result.out, HasSubstr("interrupted: "));
  EXPECT_THAT(result.out, HasSubstr(" of 144 cells were measured"));
  const Result json = shell(run + " --format json 2>/dev/null");
  EXPECT_EQ(json.code, 130);
  EXPECT_THAT(json.out, HasSubstr("\"complete\":false"));
  EXPECT_THAT(json.out, StartsWith("{\"format\":\"rehearse-lab\""));
  const Result late = rehearse("lab --only fleet --timeout 1", "2>&1");
  EXPECT_EQ(late.code, 124);
  EXPECT_THAT(late.out, HasSubstr("error: the time of --timeout was over: "));
}

TEST(Lab, tells_of_its_progress_on_a_terminal_alone) {
  EXPECT_THAT(rehearse("lab --only fleet --clients 1 --limit 1 --windows 1", "2>&1 >/dev/null").out, IsEmpty());
}

}  // namespace
