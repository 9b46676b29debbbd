// The program itself, as a user's shell sees it: exit codes, what goes where, the same digest in every process.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/command_line.h"

namespace {

using namespace tests;

TEST(CommandLine, exit_codes_say_what_happened) {
  const std::pair<std::string, int> rows[] = {
      {"run -q " + kScenarios + "documented", 0},
      {"run -q " + kScenarios + "negative/caught", 1},
      {"run -q " + kScenarios + "negative/invalid", 2},
      {"run -q " + kScenarios + "documented " + kScenarios + "negative/caught/wrong-state.json", 1},
      {"validate " + kScenarios + "documented " + kScenarios + "smoke", 0},
      {"validate " + kScenarios + "negative/invalid/truncated.json", 2},
      {"run /there/is/no/such/file.json", 2},
      {"run", 2},
      {"", 2},
      {"no-such-command", 2},
      {"run --no-such-option x", 2},
      {"run --format xml " + kScenarios + "documented", 2},
      {"run --seed -1 " + kScenarios + "documented", 2},
      {"--help", 0},
      {"run --help", 0},
      {"validate --help", 0},
      {"--version", 0},
      {"-V", 0},
      {"help", 0},
      {"help run", 0},
      {"help rnu", 2},
  };
  for (const auto& [arguments, code] : rows) EXPECT_EQ(rehearse(arguments).code, code) << arguments;
}

TEST(CommandLine, every_scenario_has_the_same_digest_in_two_processes) {
  const std::string arguments = "run -q " + kScenarios + "documented " + kScenarios + "smoke";
  const std::vector<std::string> first = lines_of(rehearse(arguments).out, "digest: ");
  EXPECT_GT(first.size(), 100u);
  EXPECT_EQ(lines_of(rehearse(arguments).out, "digest: "), first);
}

TEST(CommandLine, another_seed_gives_another_digest_where_there_is_chance) {
  const std::string file = kScenarios + "smoke/jitter-full.json";
  const auto digest = [&](const std::string& more) {
    return lines_of(rehearse("run -q " + more + " " + file).out, "digest: ");
  };
  EXPECT_EQ(digest(""), digest("--seed 1"));
  EXPECT_NE(digest(""), digest("--seed 2"));
}

TEST(CommandLine, nothing_is_run_when_one_file_is_bad) {
  const Result result = rehearse("run " + kScenarios + "documented " + kScenarios + "negative/invalid/truncated.json");
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.out, "");
}

TEST(CommandLine, errors_go_to_stderr_with_file_line_and_pointer) {
  const Result result = rehearse("validate " + kScenarios + "negative/invalid/unknown-action.json", "2>&1 >/dev/null");
  EXPECT_NE(result.out.find("unknown-action.json:6: /llm/0/do/statos: unknown key"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("did you mean \"status\"?"), std::string::npos) << result.out;
}

TEST(CommandLine, rules_that_matched_nothing_are_told_of_and_change_nothing_else) {
  const std::string path = tests::own_folder() + "idle-rules.json";
  const auto run = [&](const std::string& rules, const std::string& options) {
    std::ofstream(path) << R"({"title": "idle-rules", "why": "w", "jobs": [{"id": "a"}], "llm": [)" << rules << "]}";
    return rehearse("run " + options + path);
  };
  const std::string idle = R"({"calls": "9"})";
  std::string many = idle;
  for (int i = 1; i < 8; ++i) many += ", " + idle;
  const Result text = run(many, "");
  EXPECT_EQ(text.code, 0);
  const std::vector<std::string> notes = lines_of(text.out, "note: ");
  ASSERT_EQ(notes.size(), 5u) << text.out;
  EXPECT_EQ(notes[4], R"(note: llm[4] ("calls": "9") matched no call)");
  EXPECT_NE(text.out.find("\n  and 3 more rules\nverdict: held\n"), std::string::npos) << text.out;
  EXPECT_EQ(lines_of(text.out, "digest: "), lines_of(run("", "").out, "digest: "));
  for (const char* options : {"--quiet ", "--format json ", "--format jsonl "}) {
    EXPECT_EQ(run(idle, options).out.find("matched no call"), std::string::npos) << options;
  }
}

TEST(CommandLine, help_of_a_command_is_asked_for_in_either_order) {
  EXPECT_EQ(rehearse("help fuzz").out, rehearse("fuzz --help").out);
  EXPECT_EQ(rehearse("help").out, rehearse("--help").out);
  EXPECT_NE(rehearse("help fuzz").out.find("\nUsage: rehearse fuzz "), std::string::npos);
  EXPECT_EQ(rehearse("-V").out, rehearse("--version").out);
}

TEST(CommandLine, an_unknown_option_is_named_with_those_that_there_are) {
  const auto said = [](const std::string& arguments) { return rehearse(arguments, "2>&1 >/dev/null").out; };
  EXPECT_EQ(
      said("fuzz --sed=secret 3 --runs 1").rfind("error: rehearse fuzz: unknown option \"--sed\"; accepted: --", 0),
      0U);
  const std::string text = said("fuzz --sed=secret 3 --runs 1");
  EXPECT_NE(text.find("did you mean \"--seed\"?"), std::string::npos) << text;
  EXPECT_EQ(text.find("secret"), std::string::npos) << text;
  EXPECT_EQ(said("fuzz secret"),
            "error: rehearse fuzz: an argument more than is expected; accepted: what --help shows\n");
  EXPECT_EQ(rehearse("fuzz --sed 3").code, 2);
}

TEST(CommandLine, jobs_that_failed_though_nothing_expects_it_are_told_of) {
  const std::string path = tests::own_folder() + "unexpected-failures.json";
  const auto verdict = [&](const std::string& expect, const std::string& calls = "1-") {
    std::ofstream(path)
        << R"({"title": "unexpected-failures", "why": "w", "jobs": [{"id": "a"}, {"id": "b"}], "llm": [{"calls": ")"
        << calls << R"(", "do": {"status": 404}}], "world": [{"at": "1s", "operator": "retry"}],
                        "expect": )"
        << expect << "}";
    return lines_of(rehearse("run -q " + path).out, "verdict: ").at(0);
  };
  EXPECT_EQ(verdict("{}"), "verdict: held; 2 jobs failed, and the file expects nothing of them");
  EXPECT_EQ(verdict(R"({"jobs": {"a": "failed"}})"), "verdict: held; a job failed, and the file expects nothing of it");
  EXPECT_EQ(verdict(R"({"jobs": {"*": "failed"}})"), "verdict: held");
  EXPECT_EQ(verdict(R"({"timeline": [{"at": "0s", "event": "job.failed", "job": "a", "reason": "not_retryable"}]})"),
            "verdict: held; a job failed, and the file expects nothing of it");
  EXPECT_EQ(verdict("{}", "1-2"), "verdict: held") << "an operator has put them back";
  EXPECT_NE(rehearse("run --format json " + path).out.find("\"unexpected_failures\":0"), std::string::npos);
}

TEST(CommandLine, json_is_one_array_that_parses) {
  const Result result = rehearse("run --format json " + kScenarios + "documented");
  const boost::json::value value = boost::json::parse(result.out);
  ASSERT_TRUE(value.is_array());
  EXPECT_EQ(value.as_array().size(), 12u);
  const boost::json::object& first = value.as_array()[0].as_object();
  EXPECT_TRUE(first.at("held").as_bool());
  EXPECT_FALSE(first.at("events").as_array().empty());
}

TEST(CommandLine, a_trace_is_json_lines_with_a_header_and_is_the_same_every_time) {
  const std::string path = tests::own_folder() + "rehearse-command-line-test.jsonl";
  const auto trace = [&] {
    EXPECT_EQ(rehearse("run -q --trace " + path + " " + kScenarios + "documented/rate-limited-every-layer.json").code,
              0);
    std::ifstream stream(path);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  };
  const std::string first = trace();
  const std::vector<std::string> lines = lines_of(first);
  ASSERT_EQ(lines.size(), 25u);
  const boost::json::value header = boost::json::parse(lines[0]);
  EXPECT_EQ(header.at("version").as_int64(), 1);
  EXPECT_EQ(header.at("seed").as_int64(), 1);
  EXPECT_EQ(lines.back(),
            R"({"t_ns":6000000000,"event":"job.completed","runner":"runner-1","job":"abc-123","run":1,"attempt":1})");
  EXPECT_EQ(trace(), first);
  for (const auto& entry : std::filesystem::directory_iterator(tests::own_folder())) {
    EXPECT_FALSE(entry.path().filename().string().starts_with("rehearse-command-line-test.jsonl.")) << entry.path();
  }
}

TEST(CommandLine, a_trace_that_cannot_be_written_is_bad_usage_and_nothing_is_run) {
  const Result result = rehearse("run --trace /there/is/no/folder/trace.jsonl " + kScenarios + "documented");
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.out, "");
}

TEST(CommandLine, an_unknown_command_is_named_whatever_follows) {
  for (const char* arguments : {"rnu", "rnu --help", "rnu file.json"}) {
    const Result result = rehearse(arguments, "2>&1");
    EXPECT_EQ(result.code, 2) << arguments;
    EXPECT_EQ(result.out.rfind("error: rehearse: unknown command \"rnu\"; accepted: run, ", 0), 0u) << result.out;
    EXPECT_NE(result.out.find("did you mean \"run\"?"), std::string::npos) << result.out;
  }
}

TEST(CommandLine, a_trace_replaces_nothing_but_plain_files) {
  const std::string target = tests::own_folder() + "rehearse-trace-target.jsonl";
  const std::string link = tests::own_folder() + "rehearse-trace-link.jsonl";
  std::filesystem::remove(target);
  std::filesystem::remove(link);
  std::filesystem::create_symlink(target, link);
  const std::string file = " " + kScenarios + "documented/rate-limited-every-layer.json";
  EXPECT_EQ(rehearse("run -q --trace " + link + file).code, 0);
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_GT(std::filesystem::file_size(target), 0u);
  EXPECT_EQ(rehearse("run -q --trace " + tests::own_folder() + file).code, 2);
}

TEST(CommandLine, a_trace_is_its_owners_alone) {
  const std::string path = own_folder() + "rehearse-owner.jsonl";
  shell("umask 0; " + kProgram + " run -q --trace " + path + " " + kScenarios +
        "documented/rate-limited-every-layer.json");
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(path).permissions(), perms::owner_read | perms::owner_write);
}

TEST(CommandLine, output_that_does_not_arrive_is_an_error) {
  const std::string path = tests::own_folder() + "rehearse-closed-stdout.jsonl";
  const std::string run = "run -q --trace " + path + " " + kScenarios + "documented/rate-limited-every-layer.json";
  for (const char* redirect : {"2>&1 >/dev/full", "2>&1 >&-"}) {
    const Result result = rehearse(run, redirect);
    EXPECT_EQ(result.code, 2) << redirect;
    EXPECT_EQ(result.out.rfind("error: stdout cannot be written", 0), 0u) << result.out;
    std::ifstream trace(path);
    std::string text(std::istreambuf_iterator<char>(trace), {});
    EXPECT_EQ(lines_of(text).size(), 25u) << text;
  }
}

TEST(CommandLine, the_digest_ends_the_output) {
  const std::string folder = kScenarios + "documented";
  EXPECT_EQ(lines_of(rehearse("run -q " + folder).out).back().rfind("digest: ", 0), 0u);
}

TEST(CommandLine, a_secret_of_the_configuration_is_in_no_output) {
  const std::string path = file_with("keeps-a-secret.json", R"({
    "title": "keeps-a-secret", "why": "Secrets stay secret.",
    "config": { "llm": { "api_key": "sk-very-secret-0123456789" } },
    "jobs": [ { "id": "a" } ], "llm": [ { "calls": "1", "do": { "status": 401, "body": "sk-very-secret-0123456789" } } ]
  })");
  for (const char* format : {"text", "json", "jsonl"}) {
    const Result result = rehearse("run --log --options --format " + std::string(format) + " " + path, "2>&1");
    EXPECT_EQ(result.code, 0);
    EXPECT_EQ(result.out.find("very-secret"), std::string::npos) << result.out;
  }
}

TEST(CommandLine, a_run_that_is_interrupted_ends_tidily) {
  const std::string folder = own_folder() + "interrupted/";
  std::filesystem::create_directories(folder);
  const std::string pipe = own_folder() + "interrupted.pipe";
  const std::string many = "$(for i in $(seq 40); do echo " + kScenarios + "documented; done)";
  // More is printed than a pipe holds: it cannot have ended when it is told to.
  const Result result = shell("mkfifo " + pipe + "; " + kProgram + " run --trace " + folder + "trace.jsonl " + many +
                              " >" + pipe + " 2>" + own_folder() + "interrupted.txt & exec 3<" + pipe +
                              "; read -r line <&3; kill -TERM $!; cat <&3 >/dev/null; wait $!");
  EXPECT_EQ(result.code, 130);
  const std::string told = text_of(own_folder() + "interrupted.txt");
  EXPECT_TRUE(told.starts_with("interrupted: ") && told.ends_with(" of 480 scenarios were run\n")) << told;
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

}  // namespace
