// The program in bad hands: values that make no sense, a reader that leaves, a disk that is full, a signal in the
// middle.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/command_line.h"

namespace {

using namespace tests;
using testing::HasSubstr;

const std::string kTimeline1 = kScenarios + "documented/rate-limited-every-layer.json";
const std::string kFails = R"({"title": "fails", "why": "w", "limit": "1s",
  "jobs": [{"id": "a"}], "llm": [{"calls": "1", "do": {"status": 503}}]})";

/// A folder that is not there, with nothing left of earlier runs.
std::string no_folder(const std::string& name) {
  const std::string folder = tests::own_folder() + name;
  std::filesystem::remove_all(folder);
  return folder;
}

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename());
  return names;
}

/// `arguments` of the program, told to stop by that signal after half a second.
Result interrupted(const std::string& signal, const std::string& arguments) {
  // In the foreground, or it would tell its whole process group too: a second signal insists.
  return shell("timeout --foreground --preserve-status -s " + signal + " -k 60 0.5 " + kProgram + " " + arguments +
               " 2>&1");
}

TEST(Hostile, values_that_make_no_sense_are_named) {
  const std::pair<std::string, std::string> rows[] = {
      {"fuzz --runs 1.5", "--runs: a whole number from 1 to"},
      {"fuzz --first -1 --runs 1", "--first: a whole number from 0 to"},
      {"fuzz --world -1", "--world: a whole number from 0 to"},
      {"fuzz --runs 1 --out ''", "--out: a file's name is wanted"},
      {"run --trace '' " + kTimeline1, "--trace: a file's name is wanted"},
      {"run --format yaml " + kTimeline1, "--format: found \"yaml\"; accepted: json, jsonl, text"},
      {"check --format jsonl x", "--format: found \"jsonl\"; accepted: json, text"},
      {"explore --pairs " + kTimeline1, "--pairs requires --crashes"},
      {"shrink --runs 0 x", "--runs: a whole number from 1 to"},
      {"shrink --out x.json " + kScenarios + "negative/caught", "--out is one file"},
  };
  for (const auto& [arguments, message] : rows) {
    const Result result = rehearse(arguments, "2>&1");
    EXPECT_EQ(result.code, 2) << arguments;
    EXPECT_THAT(result.out, HasSubstr(message)) << arguments;
  }
}

TEST(Hostile, all_probes_are_asked_for_when_only_counting_too) {
  const Result result = rehearse("fuzz --runs 5 --count --all-probes");
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.out, HasSubstr("FAILED: never met: "));
}

TEST(Hostile, what_was_found_is_kept_though_nobody_reads) {
  const std::string file = file_with("fails.json", kFails);
  const std::string folder = no_folder("rehearse-nobody-reads");
  EXPECT_EQ(rehearse("explore -q --depth 1 --out " + folder + " " + file, "2>/dev/null | true").code, 0);
  EXPECT_THAT(files_in(folder), testing::ElementsAre("liveness-fails.json"));
}

TEST(Hostile, what_cannot_be_kept_is_printed_with_what_to_do) {
  const std::string file = file_with("fails.json", kFails);
  const std::string folder = no_folder("rehearse-cannot-be-kept");
  // A folder stands where the file would.
  std::filesystem::create_directories(folder + "/liveness-fails.json");
  const Result result = rehearse("explore -q --depth 1 --out " + folder + " " + file, "2>&1");
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.out, HasSubstr("liveness-fails.json cannot be written: Is a directory"));
  EXPECT_THAT(result.out, HasSubstr("repeat it: save this as "));
  EXPECT_THAT(result.out, HasSubstr("options: seed 1, schedule 0, "));
}

TEST(Hostile, a_file_that_may_not_grow_is_an_error_and_leaves_nothing) {
  const std::string folder = no_folder("rehearse-may-not-grow");
  std::filesystem::create_directories(folder);
  const std::string command = "bash -c 'ulimit -f 1; " + kProgram + " run -q --trace " + folder + "/t.jsonl " +
                              kScenarios + "documented 2>&1 >/dev/null; echo code $?'";
  const Result result = shell(command);
  EXPECT_THAT(result.out, HasSubstr("t.jsonl cannot be written: File too large"));
  EXPECT_THAT(result.out, HasSubstr("code 2"));
  EXPECT_THAT(files_in(folder), testing::IsEmpty());
}

/// A run of which nobody will see the end.
std::string endless_scenario() {
  return file_with("endless.json", R"({"title": "endless", "why": "w", "limit": "100000h",
    "jobs": [{"count": 100000, "id": "job-{n}", "every": "1s"}]})");
}

TEST(Hostile, a_run_that_takes_too_long_is_ended_and_named) {
  const std::string endless = endless_scenario();
  const Result result = rehearse("run -q --timeout 1 " + endless + " " + kTimeline1, "2>&1");
  EXPECT_EQ(result.code, 124);
  EXPECT_THAT(result.out, HasSubstr("error: " + endless + ": the run was not at its end after 1 s of real time"));
  // The others are run all the same.
  EXPECT_THAT(result.out, HasSubstr("rate-limited-every-layer.json (seed 1)"));
  EXPECT_THAT(result.out, HasSubstr("verdict: held"));
  EXPECT_EQ(rehearse("run -q --timeout 100 " + kTimeline1).code, 0);
  EXPECT_THAT(rehearse("run --timeout 0 " + kTimeline1, "2>&1").out, HasSubstr("--timeout"));
}

/// What a trace is read into is in memory as a whole: a pipe that never ends must not fill it.
TEST(Hostile, a_trace_without_end_is_refused) {
  const std::string header =
      R"({"format":"rehearse-trace","version":1,"config":{"x":")" + std::string(100'000, 'x') + R"("}})";
  for (const std::string& command : {std::string("check"), std::string("replay"), "diff " + kTimeline1}) {
    const Result headers =
        shell("yes '" + header + "' | head -c 200000000 | " + kProgram + " " + command + " /dev/stdin 2>&1");
    EXPECT_EQ(headers.code, 2) << command;
    EXPECT_THAT(headers.out, HasSubstr("the headers of its runs are longer than")) << command;
    const Result zeros = rehearse(command + " /dev/zero", "2>&1");
    EXPECT_EQ(zeros.code, 2) << command;
    EXPECT_THAT(zeros.out, HasSubstr("/dev/zero:1: the line is longer than 1048576 bytes")) << command;
  }
}

TEST(Hostile, a_search_that_takes_too_long_is_ended) {
  const Result result = rehearse("explore -q --depth 12 --timeout 1 " + kTimeline1, "2>&1");
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.out, HasSubstr("NOT complete: the time of --timeout was over"));
}

TEST(Hostile, shrinking_and_random_worlds_that_take_too_long_are_ended) {
  const std::string endless = endless_scenario();
  const Result shrunk = rehearse("shrink --timeout 1 " + endless, "2>&1");
  EXPECT_EQ(shrunk.code, 124);
  EXPECT_EQ(shrunk.out, "error: " + endless + ": the run was not at its end after 1 s of real time (--timeout)\n");
  const Result worlds = rehearse("fuzz -q --runs 100000000 --threads 1 --timeout 1", "2>&1");
  EXPECT_EQ(worlds.code, 124);
  EXPECT_THAT(worlds.out, HasSubstr("0 of "));
  EXPECT_THAT(worlds.out, HasSubstr("error: the search was ended after 1 s of real time (--timeout)"));
  for (const char* command : {"fuzz", "shrink x.json", "explore x.json"}) {
    for (const char* value : {"0", "-1", "soon", "1000001"}) {
      const Result refused = rehearse(std::string(command) + " --timeout " + value, "2>&1");
      EXPECT_EQ(refused.code, 2) << command << value;
      EXPECT_THAT(refused.out, HasSubstr("--timeout")) << command << value;
    }
  }
}

TEST(Hostile, a_run_is_interrupted_in_its_midst) {
  const Result result = interrupted("INT", "run -q " + endless_scenario());
  EXPECT_EQ(result.code, 130);
  EXPECT_THAT(result.out, HasSubstr("interrupted: 0 of 1 scenarios were run"));
}

TEST(Hostile, a_search_that_is_told_to_stop_says_what_it_has) {
  for (const std::string signal : {"INT", "TERM", "HUP"}) {
    const Result fuzz = interrupted(signal, "fuzz --seconds 300");
    EXPECT_EQ(fuzz.code, 0) << signal;
    EXPECT_THAT(fuzz.out, HasSubstr("worlds violate an invariant")) << signal;
    // Of another number of worlds each time.
    EXPECT_THAT(fuzz.out, testing::Not(HasSubstr("digest: "))) << signal;
    const Result explore = interrupted(signal, "explore -q --depth 12 " + kTimeline1);
    EXPECT_EQ(explore.code, 1) << signal;
    EXPECT_THAT(explore.out, HasSubstr("NOT complete: interrupted")) << signal;
  }
}

}  // namespace
