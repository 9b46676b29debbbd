// What a scenario, a trace or a command line holds is shown, and never obeyed: by no terminal, by no CI system.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <filesystem>

#include "core/json/escape.h"
#include "tests/support/command_line.h"
#include "tests/support/terminal_bytes.h"

namespace {

using namespace tests;

std::string quoted(const std::string& word) {
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

/// A scenario all of whose texts are hostile, in a folder with a hostile name, which commands are called in.
class HostileTexts : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    write("hostile.json", scenario("hostile", ""));
    write("fails.json",
          scenario("fails", R"(,"expect": {"log": [)" + text_ + R"(], "jobs": {"*": "completed"}, "timeline":
            [{"at": "0s", "event": "job.failed", "job": )" +
                                id_ + R"(}]})"));
    write("bad.json", R"({"title": "bad", "why": 1, )" + text_ + R"(: 2, "llm": [{"do": {)" + text_ + ": 1}}]}");
    write("config.json", "{" + text_ + ": 1}");
  }

  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ + name) << text; }

  std::string scenario(const std::string& title, const std::string& more) const {
    return R"({"title": ")" + title + R"(", "why": )" + text_ + R"(, "limit": "20s",
      "jobs": [{"id": )" +
           id_ + R"(, "prompt": )" + text_ + R"(}],
      "llm": [{"calls": "1", "do": {"status": 400, "body": )" +
           text_ + R"(}}, {"calls": "99", "do": {"text": )" + text_ + R"(}}],
      "invariants": [{"name": )" +
           text_ + R"(, "never": {"event": "job.failed"}}])" + more + "}";
  }

  /// Runs the program with its two streams on one; its exit code is to be `code`.
  std::string shown(const std::string& arguments, int code) const {
    const Result result = shell("cd " + quoted(folder_) + " && " + kProgram + " " + arguments + " 2>&1");
    EXPECT_EQ(result.code, code) << arguments << '\n' << core::printable(result.out, 4'000);
    EXPECT_EQ(obeyed(result.out), "") << arguments;
    EXPECT_NE(result.out, "") << arguments;
    return result.out;
  }

  const std::string text_ = core::json_string(kHostile);
  const std::string id_ = core::json_string(kHostileId);
  const std::string folder_ = own_folder() + "::error::\x1b[2J\n##[error]/";
};

TEST_F(HostileTexts, of_scenarios_are_shown_escaped) {
  for (const char* options : {"", "-q ", "--log ", "--options ", "--format json ", "--format jsonl "}) {
    shown(std::string("run ") + options + "hostile.json", 1);
    shown(std::string("run ") + options + "fails.json", 1);
  }
  EXPECT_NE(shown("run fails.json", 1).find("expected: x\\u001b[31m"), std::string::npos);
  EXPECT_NE(shown("run hostile.json", 1).find("\n   x\\u001b[31m"), std::string::npos);
  shown("run " + quoted(folder_), 2);
  shown("validate bad.json", 2);
  shown("validate " + quoted(folder_ + "hostile.json"), 0);
  shown("explore -q --depth 1 hostile.json", 1);
  shown("explore -q --depth 1 --crashes --out " + quoted(folder_ + "found") + " hostile.json", 1);
  shown("shrink hostile.json", 0);
}

TEST_F(HostileTexts, of_what_is_served_are_shown_escaped) {
  write("served.json",
        R"({"title": "served", "why": "w", "jobs": [], "llm": [{"runner": "runner-1", "do": {"status": 500}}]})");
  const Result result = shell("timeout --foreground --preserve-status -s TERM 0.5 " + kProgram + " serve " +
                              quoted(folder_ + "served.json") + " --llm 127.0.0.1:0 2>&1");
  EXPECT_EQ(obeyed(result.out), "");
  EXPECT_NE(result.out.find("/::error::\\u001b[2J\\n\\u0023#[error]/served.json: /llm/0"), std::string::npos)
      << result.out;
  EXPECT_NE(result.out.find("\nverdict: no faults in no requests\n"), std::string::npos) << result.out;
}

TEST_F(HostileTexts, of_traces_are_shown_escaped) {
  shown("run --trace trace.jsonl hostile.json", 1);
  const std::string event = R"({"t_ns":1,"event":"call.failed","runner":)" + text_ + R"(,"job":)" + text_ +
                            R"(,"api":)" + text_ + R"(,"attempt":1,"max_attempts":3,"status":500})";
  const std::string header = R"({"format":"rehearse-trace","version":1,"scenario":)" + text_ + "," + text_ + ":1}\n";
  write("foreign.jsonl", header + event + "\n" + event + "\n");
  write("other.jsonl", header + event + "\n" + R"({"t_ns":1,"event":"worker.started","runner":)" + text_ + "}\n");
  write("bad.jsonl", header + "{" + text_ + ":1}\n{\"event\":" + text_ + "}\n" + kHostile);
  shown("check trace.jsonl", 0);
  shown("check foreign.jsonl", 1);
  shown("check --format json foreign.jsonl", 1);
  shown("check bad.jsonl", 2);
  shown("check --config config.json trace.jsonl", 2);
  shown("diff trace.jsonl foreign.jsonl", 1);
  shown("diff foreign.jsonl other.jsonl", 1);
  shown("replay trace.jsonl", 0);
  shown("replay --out replay.json trace.jsonl", 0);
  shown("replay foreign.jsonl", 2);
}

TEST_F(HostileTexts, of_the_command_line_are_shown_escaped) {
  const std::string text = quoted(kHostile);
  for (const char* before : {"",
                             "--",
                             "run --",
                             "run ",
                             "validate ",
                             "run --seed ",
                             "run --format ",
                             "run --blow ",
                             "run --trace /nowhere/",
                             "check ",
                             "check --config ",
                             "diff x ",
                             "replay ",
                             "shrink ",
                             "explore --depth ",
                             "explore ",
                             "fuzz --without ",
                             "fuzz --seconds ",
                             "serve ",
                             "help ",
                             "serve hostile.json --llm ",
                             "serve hostile.json --redis-upstream "}) {
    shown(before + text, 2);
  }
}

TEST_F(HostileTexts, of_json_are_the_same_values) {
  const auto run = boost::json::parse(shown("run --format json hostile.json", 1));
  EXPECT_EQ(run.at(0).at("violations").at(0).as_string().subview(0, kHostile.size()), kHostile);
  EXPECT_EQ(run.at(0).at("events").at(1).at("job").as_string(), kHostileId);
}

TEST(ClosedPipe, ends_the_program_quietly_as_git_does) {
  const std::string many = "$(for i in $(seq 20); do echo " + kScenarios + "documented; done)";
  const std::string pipe = own_folder() + "nobody-reads.pipe";
  for (const std::string& arguments :
       {"run " + many, "run --format jsonl " + many, "run -q " + kScenarios + "documented",
        std::string("fuzz --world 1"), std::string("--help")}) {
    // Its reader is gone before the program begins.
    const Result result = shell("rm -f " + pipe + "; mkfifo " + pipe + "; exec 3<>" + pipe + " 4>" + pipe + " 3>&-; " +
                                kProgram + " " + arguments + " 2>&1 >&4; echo code $?");
    EXPECT_EQ(result.out, "code 141\n") << arguments;
  }
}

TEST(ClosedPipe, keeps_no_trace_from_being_written) {
  const std::string path = own_folder() + "nobody-reads.jsonl";
  const std::string run = "run --trace " + path + " " + kScenarios + "documented";
  EXPECT_EQ(shell(kProgram + " " + run + " 2>&1 | :").out, "");
  const std::string whole = own_folder() + "somebody-reads.jsonl";
  EXPECT_EQ(rehearse("run -q --trace " + whole + " " + kScenarios + "documented").code, 0);
  EXPECT_EQ(text_of(path), text_of(whole));
}

}  // namespace
