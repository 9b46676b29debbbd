// The commands that read traces, as a user's shell sees them.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>
#include <vector>

#include "tests/support/trace_files.h"

namespace {

using namespace tests;

TEST(Check, every_scenario_that_holds_gives_a_trace_that_holds_and_has_its_digest) {
  const std::string folders = kScenarios + "documented " + kScenarios + "smoke";
  const std::string path = tests::own_folder() + "rehearse-trace-commands-all.jsonl";
  const Result run = rehearse("run -q --trace " + path + " " + folders);
  ASSERT_EQ(run.code, 0);
  const Result check = rehearse("check --format json " + path, "2>&1");
  EXPECT_EQ(check.code, 0) << check.out;
  std::vector<std::string> digests;
  const boost::json::value runs = boost::json::parse(check.out);
  for (const boost::json::value& each : runs.as_array()) {
    EXPECT_TRUE(each.at("held").as_bool()) << each;
    digests.push_back("digest: " + std::string(each.at("digest").as_string()));
  }
  EXPECT_GT(digests.size(), 100U);
  EXPECT_EQ(digests, lines_of(run.out, "digest: "));
}

TEST(Check, a_wait_that_is_too_short_is_told_with_the_jobs_last_events) {
  const std::string path = trace_of(kOne, "\"delay_ns\":2000000000", "\"delay_ns\":1");
  const Result check = rehearse("check " + path, "2>&1");
  EXPECT_EQ(check.code, 1);
  EXPECT_NE(check.out.find("VIOLATED: backoff at 2s, job abc-123\n    Every wait lies within"), std::string::npos)
      << check.out;
  EXPECT_NE(check.out.find("    llm.chat waits 1ns before attempt 3, outside 1.9"), std::string::npos) << check.out;
  EXPECT_NE(check.out.find("  wait 1ns (backoff)\n\n"), std::string::npos) << check.out;
  // Virtual time is exact: nobody comes late in it.
  EXPECT_NE(check.out.find("judged by the configuration in it"), std::string::npos) << check.out;
}

TEST(Check, only_virtual_time_is_exact) {
  // The call is made when it was, but its wait is said to have been shorter by what is within the jitter's bounds.
  const std::string config =
      file_with("rehearse-check-spread.json", R"({"github":{"tools":{"retry":{"jitter":"full"}}}})");
  const std::string wait =
      R"("api":"github.comments.create","attempt":2,"max_attempts":3,"failure":"rate_limited","delay_ns":)";
  const std::string simulated = trace_of(kOne, wait + "1000000000", wait + "500000000");
  const std::string real = file_with("rehearse-check-real.jsonl", [&] {
    std::string text = text_of(simulated);
    const std::string flag = "\"simulated\":true";
    text.replace(text.find(flag), flag.size(), "\"simulated\":false");
    return text;
  }());
  const Result exact = rehearse("check --config " + config + " " + simulated, "2>&1");
  EXPECT_EQ(exact.code, 1) << exact.out;
  EXPECT_NE(exact.out.find("VIOLATED: time at 5.5s"), std::string::npos) << exact.out;
  const Result late = rehearse("check --config " + config + " " + real, "2>&1");
  EXPECT_EQ(late.code, 0) << late.out;
}

TEST(Check, judges_by_the_traces_configuration_the_one_given_or_the_defaults) {
  const std::string own = trace_of("smoke/jitter-full.json");
  EXPECT_EQ(rehearse("check " + own).code, 0);
  const std::string none = trace_of("smoke/jitter-full.json", "\"config\":{", "\"other\":{");
  const Result by_defaults = rehearse("check " + none, "2>&1");
  EXPECT_EQ(by_defaults.code, 1) << by_defaults.out;
  EXPECT_NE(by_defaults.out.find("judged by the default configuration"), std::string::npos) << by_defaults.out;
  const std::string config = file_with("rehearse-check-config.json", R"({"llm":{"retry":{"attempts":2}}})");
  const Result given = rehearse("check --config " + config + " " + trace_of(kOne), "2>&1");
  EXPECT_EQ(given.code, 1);
  EXPECT_NE(given.out.find("llm.chat announces attempt 3 of 2"), std::string::npos) << given.out;
}

TEST(Check, json_has_the_violations_with_their_events) {
  const Result check = rehearse("check --format json " + trace_of(kOne, "\"delay_ns\":2000000000", "\"delay_ns\":1"));
  EXPECT_EQ(check.code, 1);
  const boost::json::value runs = boost::json::parse(check.out);
  const boost::json::value& run = runs.at(0);
  EXPECT_FALSE(run.at("held").as_bool());
  EXPECT_EQ(run.at("violation_count"), run.at("violations").as_array().size());
  const boost::json::value& first = run.at("violations").at(0);
  EXPECT_EQ(first.at("invariant"), "backoff");
  EXPECT_EQ(first.at("job"), "abc-123");
  EXPECT_EQ(first.at("t_ns"), 2'000'000'000);
  EXPECT_EQ(first.at("events").as_array().back().at("delay_ns"), 1);
}

TEST(Check, a_violation_comes_with_the_last_twelve_events_of_its_job_alone) {
  std::string trace = "{\"format\":\"rehearse-trace\",\"version\":1}\n";
  const auto add = [&trace](int seconds, const std::string& job, const std::string& event) {
    trace += R"({"t_ns":)" + std::to_string(seconds) + R"(000000000,"event":")" + event + R"(","runner":"r","job":")" +
             job + "\",\"tool\":\"t\"}\n";
  };
  for (int i = 1; i < 20; ++i) {
    add(i, "a\\u001b", "tool.started");
    add(i, "b", "tool.started");
  }
  add(20, "a\\u001b", "job.completed");
  add(20, "a\\u001b", "tool.started");
  const std::string path = file_with(fresh(".jsonl"), trace);
  const boost::json::value runs = boost::json::parse(rehearse("check --format json " + path).out);
  const boost::json::array& events = runs.at(0).at("violations").at(0).at("events").as_array();
  ASSERT_EQ(events.size(), 12U);
  for (const boost::json::value& event : events) EXPECT_EQ(event.at("job"), "a\x1b");
  EXPECT_EQ(events.back().at("event"), "job.completed");
  const Result text = rehearse("check " + path, "2>&1");
  EXPECT_EQ(text.code, 1);
  EXPECT_EQ(text.out.find('\x1b'), std::string::npos) << text.out;
}

TEST(Check, a_trace_carries_no_secret_and_the_mask_is_taken_for_none) {
  const std::string scenario = file_with("keeps-a-secret-in-traces.json", R"({
    "title": "keeps-a-secret-in-traces", "why": "A job may be called after the mask.",
    "config": { "llm": { "api_key": "sk-very-secret-0123456789" } }, "jobs": [ { "id": "job-with-***-in-it" } ]
  })");
  const std::string path = tests::own_folder() + "rehearse-secret-trace.jsonl";
  ASSERT_EQ(rehearse("run -q --trace " + path + " " + scenario).code, 0);
  EXPECT_EQ(text_of(path).find("very-secret"), std::string::npos);
  EXPECT_NE(text_of(path).find("\"api_key\":\"***\""), std::string::npos);
  const Result check = rehearse("check " + path, "2>&1");
  EXPECT_EQ(check.code, 0) << check.out;
}

TEST(Check, bad_input_is_told_and_nothing_is_judged) {
  const std::string good = trace_of(kOne);
  const std::string cut = file_with("rehearse-check-cut.jsonl", text_of(good).substr(0, text_of(good).size() - 28));
  const std::string bad_config = file_with("rehearse-check-bad-config.json", R"({"llm":{"retires":1}})");
  const std::string bad_header = trace_of(kOne, "\"min_interval\"", "\"min_intreval\"");
  const std::pair<std::string, std::string> rows[] = {
      {good + " " + cut,
       "error: " + cut + ":25: /job: the file ends inside the object that begins on line 25; accepted: "},
      {"--config " + bad_config + " " + good, "/llm/retires: unknown key"},
      {"--config /there/is/none " + good, "/there/is/none: there is no such file"},
      {bad_header, ":1: /config/llm/min_intreval: unknown key \"min_intreval\"; accepted: "},
      {"/there/is/none", "/there/is/none: there is no such file"},
      {"--format jsonl " + good, "--format: "},
      {"", "traces is required"},
  };
  for (const auto& [arguments, error] : rows) {
    const Result result = rehearse("check " + arguments, "2>&1");
    EXPECT_EQ(result.code, 2) << arguments;
    EXPECT_NE(result.out.find(error), std::string::npos) << result.out;
    EXPECT_EQ(rehearse("check " + arguments).out, "") << arguments;
  }
}

TEST(CheckTogether, runners_that_shared_a_redis_are_one_run) {
  const std::string one = runner_trace("2026-01-01T00:00:00Z", kRunner1 + kStopped1 + "\n");
  const std::string two = runner_trace("2026-01-01T00:00:01.5Z", kRunner2 + kStopped2 + "\n");
  const Result apart = rehearse("check " + one + " " + two, "2>&1");
  EXPECT_EQ(apart.code, 1) << "one alone does not know of the other's re-queue";
  for (const std::string& paths : {one + " " + two, two + " " + one}) {
    const Result check = rehearse("check --together " + paths, "2>&1");
    EXPECT_EQ(check.code, 0) << check.out;
    EXPECT_NE(check.out.find("== 2 traces together, from "), std::string::npos) << check.out;
    EXPECT_NE(check.out.find("all invariants hold (8 events)"), std::string::npos) << check.out;
  }
  // By their clocks the second run of the job began before the first.
  const std::string early = runner_trace("2025-12-31T23:59:58Z", kRunner2 + kStopped2 + "\n");
  const Result wrong = rehearse("check --together " + one + " " + early, "2>&1");
  EXPECT_EQ(wrong.code, 1) << wrong.out;
}

TEST(CheckTogether, a_killed_runner_may_have_a_cut_line_and_left_things_unsaid) {
  const std::string cut = runner_trace("2026-01-01T00:00:00Z", kRunner1.substr(0, kRunner1.size() - 40));
  const std::string two = runner_trace("2026-01-01T00:00:01.5Z", kRunner2 + kStopped2 + "\n");
  EXPECT_EQ(rehearse("check " + cut, "2>&1").code, 2) << "a file that is cut is no whole one";
  const Result check = rehearse("check --together " + cut + " " + two, "2>&1");
  EXPECT_EQ(check.code, 0) << check.out;
  EXPECT_NE(check.out.find(":4: the last line is cut, and left out"), std::string::npos) << check.out;
  EXPECT_NE(check.out.find("   jobs is not judged: a runner was killed"), std::string::npos) << check.out;
  EXPECT_NE(check.out.find("all other invariants hold (7 events)"), std::string::npos)
      << "with its crash: " << check.out;
  const Result json = rehearse("check --together --format json " + cut + " " + two, "2>/dev/null");
  EXPECT_NE(json.out.find(R"("held":true,"not_judged":["jobs"],)"), std::string::npos) << json.out;
}

TEST(CheckTogether, a_killed_runner_may_have_written_nothing) {
  const std::string two = runner_trace("2026-01-01T00:00:01.5Z", kRunner2 + kStopped2 + "\n");
  for (const std::string text : {"", "{\"format\":\"rehe"}) {
    const std::string nothing = file_with(fresh(".jsonl"), text);
    const Result check = rehearse("check --together " + nothing + " " + two, "2>&1");
    EXPECT_EQ(check.code, 0) << check.out;
    EXPECT_NE(check.out.find("all other invariants hold (4 events)"), std::string::npos) << check.out;
    EXPECT_EQ(rehearse("check " + nothing, "2>&1").code, 2);
    EXPECT_EQ(rehearse("check --together " + nothing, "2>&1").code, 0) << "nothing is at fault in nothing";
  }
}

TEST(CheckTogether, what_does_not_fit_is_told) {
  const std::string one = runner_trace("2026-01-01T00:00:00Z", kRunner1);
  const std::string simulated = trace_of(kOne);
  const std::string timeless = file_with(fresh(".jsonl"), R"({"format":"rehearse-trace","version":1})"
                                                          "\n" +
                                                              kRunner2);
  const std::string other = file_with(
      fresh(".jsonl"),
      R"({"format":"rehearse-trace","version":1,"started":"2026-01-01T00:00:00Z","config":{"jobs":{"concurrency":2}}})"
      "\n" +
          kRunner2);
  for (const auto& [path, why] :
       std::vector<std::pair<std::string, std::string>>{{simulated, ":1: this run was simulated"},
                                                        {timeless, ":1: the header does not say when the run started"},
                                                        {other, ":1: another configuration than in "}}) {
    const Result check = rehearse("check --together " + one + " " + path, "2>&1");
    EXPECT_EQ(check.code, 2) << check.out;
    EXPECT_NE(check.out.find(why), std::string::npos) << check.out;
  }
  const std::string config = file_with(fresh(".json"), R"({"jobs": {"concurrency": 2}})");
  EXPECT_EQ(rehearse("check --together --config " + config + " " + one + " " + other, "2>&1").code, 0);
}

TEST(Diff, equal_traces_are_told_so_whatever_their_headers_say) {
  const std::string a = trace_of(kOne);
  const Result same = rehearse("diff " + a + " " + trace_of(kOne, "\"build\":\"", "\"build\":\"another "));
  EXPECT_EQ(same.code, 0);
  EXPECT_EQ(same.out, "the same: 24 events in 1 run\n");
}

TEST(Diff, the_first_difference_is_marked_and_its_lines_named) {
  const Result different =
      rehearse("diff " + trace_of(kOne) + " " + trace_of(kOne, "\"status\":201", "\"status\":200"));
  EXPECT_EQ(different.code, 1);
  EXPECT_NE(different.out.find("first difference: event 14 of the run; A line 15, B line 15\n"), std::string::npos)
      << different.out;
  const std::vector<std::string> marked = lines_of(different.out, "-->");
  ASSERT_EQ(marked.size(), 1U);
  EXPECT_EQ(marked[0],
            "-->      14  4.5s runner-1 abc-123  github.token 1/5 ok 201                              #  "
            "4.5s runner-1 abc-123  github.token 1/5 ok 200");
  EXPECT_EQ(lines_of(different.out).back(), "    status: 201 in A, 200 in B");
}

TEST(Diff, a_run_more_is_a_difference) {
  const std::string one = trace_of(kOne);
  const std::string two = file_with("rehearse-diff-two.jsonl", text_of(one) + text_of(one));
  const Result different = rehearse("diff " + one + " " + two);
  EXPECT_EQ(different.code, 1);
  EXPECT_NE(different.out.find("A holds 1 run, B 2 runs"), std::string::npos) << different.out;
}

TEST(Diff, bad_input_is_told) {
  const std::string good = trace_of(kOne);
  for (const std::string& arguments : {good, good + " /there/is/none", good + " " + kScenarios + kOne, std::string()}) {
    const Result result = rehearse("diff " + arguments);
    EXPECT_EQ(result.code, 2) << arguments;
    EXPECT_EQ(result.out, "");
  }
}

}  // namespace
