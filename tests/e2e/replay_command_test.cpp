// The command that makes a trace into a scenario, as a user's shell sees it.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/support/trace_files.h"

namespace {

using namespace tests;

TEST(ReplayCommand, writes_a_scenario_that_runs_to_the_same_digest) {
  const std::string trace = trace_of(kOne);
  const std::string out = tests::own_folder() + fresh(".json");
  const Result replay = rehearse("replay --out " + out + " " + trace);
  EXPECT_EQ(replay.code, 0);
  EXPECT_EQ(replay.out, "the replay makes the same decisions: 24 events of 1 job\n");
  const Result run = rehearse("run -q " + out, "2>&1");
  EXPECT_EQ(run.code, 0) << run.out;
  EXPECT_EQ(lines_of(run.out, "digest: "), lines_of(rehearse("run -q " + kScenarios + kOne).out, "digest: "));
  const Result printed = rehearse("replay " + trace);
  EXPECT_EQ(printed.code, 0);
  EXPECT_EQ(printed.out.rfind("// the replay makes the same decisions", 0), 0U) << printed.out;
  EXPECT_EQ(rehearse("validate " + file_with("replay.json", printed.out), "2>&1").code, 0);
}

TEST(ReplayCommand, shows_where_it_departs_from_the_trace) {
  const Result replay = rehearse("replay " + trace_of(kOne, "\"delay_ns\":2000000000", "\"delay_ns\":1"));
  EXPECT_EQ(replay.code, 1);
  EXPECT_NE(replay.out.find("departs from the trace at event 8 of job abc-123"), std::string::npos) << replay.out;
  EXPECT_EQ(lines_of(replay.out, "// -->").size(), 1U) << replay.out;
  EXPECT_NE(replay.out.find("//     delay: 1ns in A, 2s in B\n"), std::string::npos) << replay.out;
}

TEST(ReplayCommand, compares_no_times_of_a_real_machine) {
  const std::string simulated = trace_of("smoke/jitter-full.json");
  std::string text = text_of(simulated);
  for (const auto& [from, to] :
       {std::pair("\"simulated\":true", "\"simulated\":false"), std::pair("\"seed\":1,", "\"seed\":2,")}) {
    ASSERT_NE(text.find(from), std::string::npos);
    text.replace(text.find(from), std::string(from).size(), to);
  }
  for (std::size_t at = 0; (at = text.find("\"runner-1\"", at)) != std::string::npos; ++at) {
    text.replace(at, 10, "\"host-7:421\"");
  }
  // By another seed the waits are others, and with them all times; started long ago by its own clock.
  for (std::size_t at = 0; (at = text.find("\"t_ns\":", at)) != std::string::npos; at += 10) text.insert(at + 7, "7");
  const Result replay = rehearse("replay " + file_with(fresh(".jsonl"), text), "2>&1");
  EXPECT_EQ(replay.code, 0) << replay.out;
}

TEST(ReplayCommand, takes_one_run_of_several) {
  const std::string two =
      file_with(fresh(".jsonl"), text_of(trace_of(kOne)) + text_of(trace_of("smoke/jitter-full.json")));
  EXPECT_EQ(rehearse("replay --run 2 " + two).code, 0);
  const std::pair<std::string, std::string> rows[] = {
      {two, "the trace holds 2 runs; accepted: one of them, by --run N, or all of them, --together"},
      {"--run 3 " + two, "there is no run 3; accepted: 1 to 2"},
      {"--run 0 " + two, "--run: a whole number from 1"},
      {"/there/is/none", "there is no such file"},
      {"--run 1 --out /there/is/no/folder/x.json " + two, "x.json cannot be written"},
  };
  for (const auto& [arguments, error] : rows) {
    const Result result = rehearse("replay " + arguments, "2>&1 >/dev/null");
    EXPECT_EQ(result.code, 2) << arguments;
    EXPECT_NE(result.out.find(error), std::string::npos) << result.out;
  }
}

/// What each of two runners would have written of a simulated day in real time; the second began one second later.
std::pair<std::string, std::string> traces_of_a_day() {
  const std::string scenario = file_with("day.json", R"({
      "title": "day", "why": "A job is re-queued, and Redis restarts.", "seed": 3, "runners": 2,
      "jobs": [{"id": "a", "at": "2s"}, {"id": "b", "at": "4s"}, {"id": "c", "at": "2020ms"}],
      "llm": [{"job": "a", "calls": "1-5", "do": {"status": 503}}, {"job": "c", "latency": "5s"}],
      "world": [{"at": "10s", "restart": "redis", "down": "3s"}]})");
  const std::string whole = tests::own_folder() + fresh(".jsonl");
  EXPECT_EQ(rehearse("run -q --trace " + whole + " " + scenario).code, 0);
  std::string traces[2];
  for (const std::string& line : lines_of(text_of(whole))) {
    for (const int runner : {0, 1}) {
      const std::string name = "\"runner\":\"runner-" + std::to_string(runner + 1) + "\"";
      const std::size_t time = line.find(':') + 1;
      const std::int64_t begun = runner * 1'000'000'000;
      if (line.find(name) == std::string::npos) continue;
      const std::int64_t at = std::stoll(line.substr(time)) - begun;
      if (at >= 0) traces[runner] += line.substr(0, time) + std::to_string(at) + line.substr(line.find(',')) + "\n";
    }
  }
  return {runner_trace("2026-01-01T00:00:00Z", traces[0]), runner_trace("2026-01-01T00:00:01Z", traces[1])};
}

TEST(ReplayTogether, runners_that_shared_a_redis_make_one_scenario) {
  const auto [one, two] = traces_of_a_day();
  for (const std::string& paths : {one + " " + two, two + " " + one}) {
    const std::string out = tests::own_folder() + fresh(".json");
    const Result replay = rehearse("replay --together --out " + out + " " + paths, "2>&1");
    EXPECT_EQ(replay.code, 0) << replay.out;
    EXPECT_NE(text_of(out).find("\"runners\": 2"), std::string::npos) << text_of(out);
    EXPECT_NE(text_of(out).find("\"restart\": \"redis\""), std::string::npos) << text_of(out);
  }
  EXPECT_EQ(rehearse("replay " + one + " " + two, "2>&1").out,
            "error: found 2 traces; accepted: one, or several with --together\n");
  const std::pair<std::string, std::string> rows[] = {
      {"--together " + file_with(fresh(".jsonl"), ""), "no trace holds a run; accepted: "},
      {"--together " + one + " " + trace_of(kOne), "this run was simulated"},
      {"--together --run 1 " + one, "--together excludes --run"},
      {"--together " + one + " /there/is/none", "there is no such file"},
  };
  for (const auto& [arguments, error] : rows) {
    const Result result = rehearse("replay " + arguments, "2>&1 >/dev/null");
    EXPECT_EQ(result.code, 2) << arguments;
    EXPECT_NE(result.out.find(error), std::string::npos) << result.out;
  }
}

TEST(ReplayCommand, says_where_another_runner_had_a_job_before) {
  std::string second = kRunner2;
  second.insert(second.find("\"attempt\":2"), "\"run\":2,");
  const std::string two = runner_trace("2026-01-01T00:00:01.5Z", second + kStopped2 + "\n");
  const Result replay = rehearse("replay " + two, "2>&1");
  EXPECT_EQ(replay.code, 1);
  EXPECT_NE(replay.out.find("Another runner had a job before: give the traces of all of them, --together.\n"),
            std::string::npos)
      << replay.out;
}

}  // namespace
