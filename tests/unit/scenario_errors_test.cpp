// What is wrong with a scenario file is said with the line, the pointer and what is accepted instead.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "sim/scenario/load.h"
#include "tests/support/folders.h"

namespace sim {
namespace {

struct Row {
  std::string members;  ///< After title and why, which take lines 1 and 2; these begin on line 3.
  std::string expected;
};

std::string errors_of(const LoadedScenario& loaded) {
  std::string text;
  for (const auto& error : loaded.errors) text += core::to_text(error) + "\n";
  return text;
}

std::string errors_of(const std::string& members) {
  return errors_of(parse_scenario("x.json", "{\"title\": \"x\",\n\"why\": \"w\",\n" + members + "}"));
}

void expect_errors(const std::vector<Row>& rows) {
  for (const auto& [members, expected] : rows) {
    const LoadedScenario loaded = parse_scenario("x.json", "{\"title\": \"x\",\n\"why\": \"w\",\n" + members + "}");
    const std::string errors = errors_of(loaded);
    EXPECT_FALSE(loaded.scenario) << members.substr(0, 200);
    EXPECT_NE(errors.find(expected), std::string::npos)
        << "expected: " << expected << "\n  actual: " << errors << "      of: " << members.substr(0, 200);
    for (const auto& error : loaded.errors) EXPECT_LE(core::to_text(error).size(), core::kMaxInputErrorBytes);
  }
}

std::string many_tools(int count) {
  std::string text = R"({"tool": "a"})";
  for (int i = 1; i < count; ++i) text += R"(, {"tool": "a"})";
  return text;
}

TEST(ScenarioErrors, of_the_head) {
  expect_errors({
      {R"("jobz": [])", R"(x.json:3: /jobz: unknown key "jobz"; accepted: title, why, $schema, seed,)"},
      {R"("jobz": [])", R"(did you mean "jobs"?)"},
      {"\"limit\": \"1h\",\n\"seed\": \"1\"",
       R"(x.json:4: /seed: found "1"; accepted: a whole number from 0 to 18446744073709551615)"},
      {R"("seed": -1)", "x.json:3: /seed: found the number -1"},
      {R"("seed": 1.0)", "x.json:3: /seed: found the number 1.0"},
      {R"("seed": 18446744073709551616)", "x.json:3: /seed: found the number 18446744073709551616"},
      {R"("seed": 1e3)", "x.json:3: /seed: found the number 1e3"},
      {R"("seed": null)", "x.json:3: /seed: found null"},
      {R"("seed": NaN)", "x.json:3: /seed: not JSON: \"N\" at column 9"},
      {R"("start": "2026-01-01")", "x.json:3: /start: found \"2026-01-01\"; accepted: a time in UTC such as"},
      {R"("start": "2026-02-30T00:00:00Z")", "x.json:3: /start: "},
      {R"("start": "2026-01-01T00:00:00+01:00")", "x.json:3: /start: "},
      {R"("start": "9999-01-01T00:00:00Z")", "x.json:3: /start: "},
      {R"("limit": 5)",
       "x.json:3: /limit: found the number 5; accepted: a duration as a string with its unit, such as \"250ms\" or "
       "\"1h30m\"; did you mean \"5s\"?"},
      {R"("limit": "0s")", "x.json:3: /limit: found \"0s\"; accepted: a duration from 1ns"},
      {R"("limit": "90")", "at most 2562047h); did you mean \"90s\"?"},
      {R"("limit": "-5s")", "x.json:3: /limit: found \"-5s\"; accepted: a duration such as"},
      {R"("limit": "5 s")", "x.json:3: /limit: found \"5 s\""},
      {R"("limit": "2562048h")", "x.json:3: /limit: found \"2562048h\""},
      {R"("limit": "0.1ns")", "x.json:3: /limit: found \"0.1ns\""},
      {R"("runners": 0)", "x.json:3: /runners: found the number 0; accepted: a whole number from 1 to 1000"},
      {R"("runners": 1001)", "x.json:3: /runners: found the number 1001"},
      {R"("config": {"llm": {"modle": "x"}})", "x.json:3: /config/llm/modle: unknown key \"modle\""},
      {R"("github_app": {"id": 12345})", "x.json:3: /github_app/id: found the number 12345"},
      {R"("github_app": {"public_key": "x"})", "x.json:3: /github_app: the key \"id\" is missing"},
      {R"("github_app": {"id": "1", "public_key": "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----"})",
       "x.json:3: /github_app/public_key: found something else (not shown: it may be a secret)"},
      {"\"seed\": 1,\n\"seed\": 1", "x.json:4: /seed: the key \"seed\" is given twice, on line 3 and on line 4"},
  });
}

TEST(ScenarioErrors, of_what_github_holds_to_begin_with) {
  expect_errors({
      {R"("github_state": [])", "x.json:3: /github_state: found an array; accepted: an object"},
      {R"("github_state": {"coments": {}})", R"(/github_state/coments: unknown key "coments"; accepted: comments)"},
      {R"("github_state": {"comments": {"octo/hello": 3}})",
       R"(/github_state/comments/octo~1hello: found "octo/hello"; accepted: an issue such as "octo/hello#7")"},
      {R"("github_state": {"comments": {"octo/hello#1": -1}})", "found the number -1; accepted: a whole number from 0"},
      {R"("github_state": {"comments": {"octo/hello#1": {}}})", R"(the key "count" is missing)"},
      {R"("github_state": {"comments": {"octo/hello#1": {"count": 1, "bytes": 65537}}})", "found the number 65537"},
      {R"("github_state": {"comments": {"octo/hello#1": {"count": 100000, "bytes": 65536}}})",
       "the comments take 6579200000 bytes in all; accepted: at most 268435456 bytes"},
  });
}

TEST(ScenarioErrors, of_jobs) {
  expect_errors({
      {R"("jobs": [{"id": "a", "installations": 2}])", "x.json:3: /jobs/0/installations: \"installations\" without"},
      {R"("jobs": {})", "x.json:3: /jobs: found an object; accepted: an array"},
      {R"("jobs": ["a"])", "x.json:3: /jobs/0: found a string; accepted: an object"},
      {R"("jobs": [{}])", "x.json:3: /jobs/0: the key \"id\" is missing"},
      {R"("jobs": [{"id": ""}])",
       "x.json:3: /jobs/0/id: found \"\"; accepted: a job's id: 1 to 256 bytes, no control characters"},
      {R"("jobs": [{"id": "a\nb"}])", "x.json:3: /jobs/0/id: found \"a\\nb\""},
      {R"("jobs": [{"id": ")" + std::string(257, 'a') + "\"}]", "x.json:3: /jobs/0/id: found \"aaa"},
      {R"("jobs": [{"id": 7}])", "x.json:3: /jobs/0/id: found the number 7"},
      {"\"jobs\": [{\"id\": \"a\"},\n{\"id\": \"a\"}]",
       "x.json:4: /jobs/1/id: the job id \"a\" is given twice, first by line 3"},
      {"\"jobs\": [{\"id\": \"j-{n}\", \"count\": 5},\n{\"id\": \"j-{n}\", \"count\": 2}]",
       "x.json:4: /jobs/1/id: the job id \"j-1\" is given twice, first by line 3"},
      {"\"jobs\": [{\"id\": \"j-2\"},\n{\"id\": \"j-{n}\", \"count\": 2}]",
       "x.json:4: /jobs/1/id: the job id \"j-2\" is given twice, first by line 3"},
      {R"("jobs": [{"id": "a", "count": 2}])",
       "x.json:3: /jobs/0/id: found \"a\", which would be the id of 2 jobs; accepted: an id with {n} in it"},
      {R"("jobs": [{"id": "{n}", "count": 0}])", "x.json:3: /jobs/0/count: found the number 0"},
      {R"("jobs": [{"id": "{n}", "count": 1000001}])", "x.json:3: /jobs/0/count: found the number 1000001"},
      {R"("jobs": [{"id": ")" + std::string(250, 'a') + R"({n}", "count": 1000000}])",
       "x.json:3: /jobs/0: an id that is longer than 256 bytes"},
      {R"("jobs": [{"id": "{n}", "count": 1000000, "prompt": ")" + std::string(1'000, 'a') + "\"}]",
       "x.json:3: /jobs/0: the prompts take more than"},
      {R"("jobs": [{"id": "a", "every": "1s"}])", "x.json:3: /jobs/0/every: \"every\" without \"count\""},
      {R"("jobs": [{"id": "{n}", "count": 3, "every": "2562047h"}])",
       "x.json:3: /jobs/0/every: the last of these jobs"},
      {R"("jobs": [{"id": "a", "at": 5}])", "x.json:3: /jobs/0/at: found the number 5"},
      {R"("jobs": [{"id": "a", "repo": "octo"}])", "x.json:3: /jobs/0/repo: found \"octo\"; accepted: owner/name"},
      {R"("jobs": [{"id": "a", "repo": "octo/.."}])", "x.json:3: /jobs/0/repo: "},
      {R"("jobs": [{"id": "a", "repo": "octo/a/b"}])", "x.json:3: /jobs/0/repo: "},
      {R"("jobs": [{"id": "a", "issue": 0}])",
       "x.json:3: /jobs/0/issue: found the number 0; accepted: a whole number from 1 to"},
      {R"("jobs": [{"id": "a", "installation": "1"}])", "x.json:3: /jobs/0/installation: found \"1\""},
  });
}

TEST(ScenarioErrors, of_rules) {
  expect_errors({
      {R"("llm": [{"on": "chta"}])",
       "x.json:3: /llm/0/on: found \"chta\"; accepted: *, chat, generate, tags, version, models; did you mean "
       "\"chat\"?"},
      {R"("github": [{"on": "chat"}])", "x.json:3: /github/0/on: found \"chat\"; accepted: *, comments.create, "},
      {R"("redis": [{"on": "script:clam"}])", "did you mean \"script:claim\"?"},
      {R"("redis": [{"on": "EVAL SHA"}])", "x.json:3: /redis/0/on: found \"EVAL SHA\""},
      {R"("llm": [{"calls": "0"}])", "x.json:3: /llm/0/calls: found \"0\"; accepted: which calls, counted from 1"},
      {R"("llm": [{"calls": 1}])", "x.json:3: /llm/0/calls: found the number 1"},
      {R"("llm": [{"calls": "*/"}])", "x.json:3: /llm/0/calls: found \"*/\"; accepted: which calls, counted from 1"},
      {R"("llm": [{"calls": "*/-3"}])", "x.json:3: /llm/0/calls: found \"*/-3\""},
      {R"("llm": [{"calls": "*/3-5"}])", "x.json:3: /llm/0/calls: found \"*/3-5\""},
      {R"("llm": [{"calls": "*/18446744073709551616"}])", "x.json:3: /llm/0/calls: "},
      {R"("llm": [{"calls": ["*/3"]}])", "x.json:3: /llm/0/calls/0: found \"*/3\"; accepted: a whole number"},
      {R"("llm": [{"runner": "runner-2"}])",
       "x.json:3: /llm/0/runner: found \"runner-2\"; accepted: runner-1; did you mean \"runner-1\"?"},
      {R"("redis": [{"runner": 1}])", "x.json:3: /redis/0/runner: found the number 1; accepted: runner-1"},
      {R"("llm": [{"do": {"tools": {}}}])", "x.json:3: /llm/0/do/tools: found an object; accepted: an array"},
      {R"("llm": [{"do": {"tools": [{"arguments": {}}]}}])",
       "x.json:3: /llm/0/do/tools/0: the key \"tool\" is missing"},
      {R"("llm": [{"do": {"tools": [{"tool": "a", "argumnets": {}}]}}])",
       "x.json:3: /llm/0/do/tools/0/argumnets: unknown key \"argumnets\"; accepted: tool, arguments; did you mean "
       "\"arguments\"?"},
      {R"("llm": [{"do": {"tools": [)" + many_tools(1'000) + "]}}]",
       "x.json:3: /llm/0/do/tools: found 1000 items; accepted: "
       "at most 100"},
      {R"("llm": [{"do": {"stall": {"for": "20s"}}}])", "x.json:3: /llm/0/do/stall: the key \"after\" is missing"},
      {R"("llm": [{"do": {"stall": {"after": 0.5, "for": 20}}}])",
       "x.json:3: /llm/0/do/stall/for: found the number 20; accepted: a duration as a string"},
      {R"("llm": [{"do": {"stall": {"after": 0.5, "for": "9999999h"}}}])", "x.json:3: /llm/0/do/stall/for: "},
      {R"("llm": [{"do": {"stall": 0.5}}])", "x.json:3: /llm/0/do/stall: found a number; accepted: an object"},
      {R"("llm": [{"do": {"pace": {"chunks": 0, "every": "1s"}}}])",
       "x.json:3: /llm/0/do/pace/chunks: found the number 0; accepted: a whole number from 1 to 10000"},
      {R"("llm": [{"do": {"pace": {"chunks": 2}}}])", "x.json:3: /llm/0/do/pace: the key \"every\" is missing"},
      {R"("llm": [{"do": {"pace": {"chunks": 2, "every": "1s", "for": "1s"}}}])",
       "x.json:3: /llm/0/do/pace/for: unknown key \"for\""},
      {R"("github": [{"do": {"tools": [{"tool": "a"}]}}])", "x.json:3: /github/0/do/tools: unknown key \"tools\""},
      {R"("redis": [{"do": {"pace": {"chunks": 2, "every": "1s"}}}])",
       "x.json:3: /redis/0/do/pace: unknown key \"pace\""},
      {R"("config": {"llm": {"first_byte_timeout": "0s"}})", "x.json:3: /config/llm/first_byte_timeout: found \"0s\""},
      {R"("config": {"llm": {"idle_timout": "5s"}})", "x.json:3: /config/llm/idle_timout: unknown key \"idle_timout\""},
      {R"("llm": [{"calls": "3-1"}])", "x.json:3: /llm/0/calls: found \"3-1\"; accepted: a range that rises"},
      {R"("llm": [{"calls": "1-2-3"}])", "x.json:3: /llm/0/calls: "},
      {R"("llm": [{"calls": "-3"}])", "x.json:3: /llm/0/calls: "},
      {R"("llm": [{"calls": "99999999999999999999"}])", "x.json:3: /llm/0/calls: "},
      {R"("llm": [{"calls": [4, 4]}])",
       "x.json:3: /llm/0/calls/1: found the number 4; accepted: a number above the one before it"},
      {R"("llm": [{"calls": []}])", "x.json:3: /llm/0/calls: found an empty list"},
      {R"("llm": [{"calls": {}}])", "x.json:3: /llm/0/calls: found an object"},
      {R"("llm": [{"from": "5s", "until": "5s"}])", "x.json:3: /llm/0/until: \"until\" is not after \"from\""},
      {R"("llm": [{"probability": 1.1}])",
       "x.json:3: /llm/0/probability: found the number 1.1; accepted: a number from 0 to 1"},
      {R"("llm": [{"probability": -0.1}])", "x.json:3: /llm/0/probability: found the number -0.1"},
      {R"("llm": [{"probability": 1e999}])", "x.json:3: /llm/0/probability: found the number 1e999"},
      {R"("llm": [{"probability": "1"}])", "x.json:3: /llm/0/probability: found \"1\""},
      {R"("llm": [{"latency": 5}])", "x.json:3: /llm/0/latency: found the number 5"},
      {R"("llm": [{"latency": {"uniform": ["5s"]}}])",
       "x.json:3: /llm/0/latency/uniform: found 1 durations; accepted: two"},
      {R"("llm": [{"latency": {"uniform": ["5s", "1s"]}}])",
       "x.json:3: /llm/0/latency/uniform: the second duration is shorter"},
      {R"("llm": [{"latency": {"log_normal": {}}}])",
       "unknown key \"log_normal\"; accepted: uniform, lognormal; did you mean \"lognormal\"?"},
      {R"("llm": [{"latency": {"lognormal": {"median": "2s", "sigma": 0.5, "max": "1s"}}}])",
       "max is shorter than the median"},
      {R"("llm": [{"latency": {"lognormal": {"median": "2s"}}}])",
       "x.json:3: /llm/0/latency/lognormal: the key \"sigma\" is missing"},
      {R"("llm": [{"job": ""}])", "x.json:3: /llm/0/job: found \"\""},
  });
}

TEST(ScenarioErrors, of_actions) {
  const std::string list =
      "status, timeout, refuse, reset, truncate, garbage, flood, rate_limit, text, tool, tools, stall, pace";
  expect_errors({
      {"\"llm\": [{\n\"do\":\n{ \"statos\": 429 }}]",
       "x.json:5: /llm/0/do/statos: unknown key \"statos\"; accepted: " + list + "; did you mean \"status\"?"},
      {R"("llm": [{"do": {"status": 429, "retry_aftr": "5s"}}])",
       "unknown key \"retry_aftr\"; accepted: status, retry_after, headers, body; did you mean \"retry_after\"?"},
      {R"("llm": [{"do": {}}])",
       "x.json:3: /llm/0/do: found an object without the key that decides what it is; accepted: one of the keys " +
           list},
      {R"("llm": [{"do": {"retry_after": "5s"}}])",
       "x.json:3: /llm/0/do: found an object without the key that decides"},
      {R"("llm": [{"do": {"status": 429, "timeout": true}}])",
       "x.json:3: /llm/0/do/timeout: \"timeout\" beside \"status\"; accepted: only one of " + list},
      {R"("llm": [{"do": {"timeout": true, "retry_after": "5s"}}])", "unknown key \"retry_after\"; accepted: timeout"},
      {R"("llm": [{"do": "timeout"}])",
       "x.json:3: /llm/0/do: found a string; accepted: an object with one of the keys"},
      {R"("llm": [{"do": {"timeout": false}}])", "x.json:3: /llm/0/do/timeout: found false; accepted: true"},
      {R"("llm": [{"do": {"status": 99}}])",
       "x.json:3: /llm/0/do/status: found the number 99; accepted: a whole number from 100 to 599"},
      {R"("llm": [{"do": {"status": 600}}])", "x.json:3: /llm/0/do/status: found the number 600"},
      {R"("llm": [{"do": {"status": "429"}}])", "x.json:3: /llm/0/do/status: found \"429\""},
      {R"("llm": [{"do": {"status": 429, "retry_after": 5}}])", "x.json:3: /llm/0/do/retry_after: found the number 5"},
      {R"("llm": [{"do": {"status": 429, "retry_after": "5"}}])",
       "x.json:3: /llm/0/do/retry_after: found \"5\"; accepted: a duration such as \"250ms\", \"1.5s\" or \"1h30m\" "
       "(units "
       "h, m, s, ms, us, ns; at most 2562047h); or an object with one of the keys date, ms, raw, reset, body; did you "
       "mean \"5s\"?"},
      {R"("github": [{"do": {"status": 429, "retry_after": 1.5}}])",
       "x.json:3: /github/0/do/retry_after: found the number 1.5; accepted: a duration as a string with its unit, such "
       "as \"250ms\" or \"1h30m\"; or an object with one of the keys date, ms, raw, reset, words; did you mean "
       "\"1.5s\"?"},
      {R"("llm": [{"do": {"status": 429, "retry_after": {"raw": "a\nb"}}}])", "x.json:3: /llm/0/do/retry_after/raw: "},
      {R"("llm": [{"do": {"status": 429, "headers": {"a b": "x"}}}])",
       "x.json:3: /llm/0/do/headers/a b: the header name \"a b\""},
      {R"("llm": [{"do": {"status": 429, "headers": {"x": "a\r\nb"}}}])",
       "x.json:3: /llm/0/do/headers/x: found \"a\\u000d\\nb\""},
      {R"("llm": [{"do": {"status": 429, "headers": {"x": ["a", "\u0000"]}}}])",
       "x.json:3: /llm/0/do/headers/x/1: found \"\\u0000\""},
      {R"("llm": [{"do": {"status": 429, "headers": {"x": true}}}])", "x.json:3: /llm/0/do/headers/x: found true"},
      {R"("llm": [{"do": {"reset": "during"}}])",
       "x.json:3: /llm/0/do/reset: found \"during\"; accepted: before, after"},
      {R"("llm": [{"do": {"truncate": 2}}])",
       "x.json:3: /llm/0/do/truncate: found the number 2; accepted: a number from 0 to 1"},
      {R"("llm": [{"do": {"flood": "100"}}])",
       "x.json:3: /llm/0/do/flood: found \"100\"; accepted: a size such as \"100MB\""},
      {R"("llm": [{"do": {"flood": {"body": "99999999999999999999B"}}}])", "x.json:3: /llm/0/do/flood/body: "},
      {R"("llm": [{"do": {"rate_limit": {"limit": 10}}}])",
       "x.json:3: /llm/0/do/rate_limit: the key \"per\" is missing"},
      {R"("llm": [{"do": {"rate_limit": {"limit": 10, "per": "1m", "kind": "primary"}}}])",
       "x.json:3: /llm/0/do/rate_limit/kind: unknown key \"kind\"; accepted: limit, per"},
      {R"("llm": [{"do": {"tool": "t", "arguments": "{}"}}])",
       "x.json:3: /llm/0/do/arguments: found a string; accepted: an object"},
      {R"("github": [{"do": {"text": "Done."}}])", "x.json:3: /github/0/do/text: unknown key \"text\""},
      {R"("github": [{"do": {"rate_limit": {"limit": 10, "per": "1m", "kind": "third"}}}])",
       "accepted: primary, secondary"},
      {R"("redis": [{"do": {"status": 500}}])",
       "x.json:3: /redis/0/do/status: unknown key \"status\"; accepted: error, reset, timeout, flush_scripts"},
      {R"("redis": [{"do": {"error": "ERR a\r\n+OK"}}])", "x.json:3: /redis/0/do/error: found \"ERR a\\u000d\\n+OK\""},
  });
}

TEST(ScenarioErrors, of_the_world) {
  expect_errors({
      {R"("runners": 2, "world": [{"at": "1s", "crash": "runner-3"}])",
       "x.json:3: /world/0/crash: found \"runner-3\"; accepted: runner-1 to runner-2"},
      {R"("world": [{"at": "1s", "start": "runner-2"}])",
       "x.json:3: /world/0/start: found \"runner-2\"; accepted: runner-1; did you mean \"runner-1\"?"},
      {R"("world": [{"at": "1s", "stop": "runner-01"}])", "x.json:3: /world/0/stop: found \"runner-01\""},
      {R"("world": [{"at": "1s", "stop": "runner-"}])", "x.json:3: /world/0/stop: found \"runner-\""},
      {R"("world": [{"crash": "runner-1"}])", "x.json:3: /world/0: the key \"at\" is missing"},
      {R"("world": [{"at": "1s"}])", "x.json:3: /world/0: found an object without the key that decides"},
      {R"("world": [{"at": "1s", "crush": "runner-1"}])",
       "x.json:3: /world/0/crush: unknown key \"crush\"; accepted: crash, start, stop, wall_clock, restart, partition, "
       "pause, "
       "redis, enqueue, operator; did you "
       "mean \"crash\"?"},
      {R"("world": [{"at": "1s", "wall_clock": "+-2h"}])",
       "x.json:3: /world/0/wall_clock: found \"+-2h\"; accepted: a duration with its sign"},
      {R"("world": [{"at": "1s", "restart": "github"}])",
       "x.json:3: /world/0/restart: found \"github\"; accepted: redis"},
      {R"("world": [{"at": "1s", "restart": "redis", "lose": "2s"}])",
       "x.json:3: /world/0/lose: the stretch 2s begins before the run does"},
  });
}

TEST(ScenarioErrors, of_expectations) {
  expect_errors({
      {R"("expect": {"timelin": []})",
       "x.json:3: /expect/timelin: unknown key \"timelin\"; accepted: timeline, jobs, ends_at, comments, effects, log, "
       "violations; did you mean \"timeline\"?"},
      {R"("expect": {"timeline": [{"event": "job.started"}]})",
       "x.json:3: /expect/timeline/0: the key \"at\" is missing"},
      {R"("expect": {"timeline": [{"at": "1s", "event": "job.start"}]})", "did you mean \"job.started\"?"},
      {R"("expect": {"timeline": [{"at": "1s", "event": "job.started", "jub": "a"}]})", "did you mean \"job\"?"},
      {R"("expect": {"timeline": [{"at": "1s", "event": "call.failed", "failure": "ratelimited"}]})",
       "did you mean \"rate_limited\"?"},
      {R"("expect": {"timeline": [{"at": "1s", "event": "call.retry", "delay": 1}]})",
       "x.json:3: /expect/timeline/0/delay: found the number 1"},
      {R"("expect": {"timeline": [{"at": "1s", "event": "call.retry", "source": "hint"}]})",
       "accepted: backoff, retry_after, rate_limit_reset"},
      {R"("expect": {"timeline": [{"at": "1s", "event": "job.failed", "reason": "tired"}]})",
       "accepted: not_retryable, exhausted,"},
      {R"("expect": {"timeline": [{"at": "1s", "event": "agent.finished", "outcome": "done"}]})",
       "accepted: completed, rate_limited, service_error, failed"},
      {R"("expect": {"timeline": [{"at": "1s", "event": "call.failed", "attempt": "1"}]})",
       "x.json:3: /expect/timeline/0/attempt: found \"1\""},
      {R"("jobs": [{"id": "abc-123"}], "expect": {"jobs": {"abc-124": "completed"}})",
       "x.json:3: /expect/jobs/abc-124: no job has the id \"abc-124\"; accepted: \"*\" for all, or a job's id; did you "
       "mean \"abc-123\"?"},
      {R"("expect": {"jobs": {"*": "complete"}})",
       "accepted: completed, failed, waiting, delayed, running; did you mean \"completed\"?"},
      {R"("expect": {"comments": {"octo/hello": 1}})",
       "x.json:3: /expect/comments/octo~1hello: found \"octo/hello\"; accepted: an issue such as"},
      {R"("expect": {"comments": {"octo/hello#7": -1}})",
       "x.json:3: /expect/comments/octo~1hello#7: found the number -1"},
      {R"("expect": {"log": "x"})", "x.json:3: /expect/log: found a string; accepted: an array"},
      {R"("expect": {"violations": [1]})", "x.json:3: /expect/violations/0: found the number 1"},
  });
}

TEST(ScenarioErrors, suggest_no_unit_where_that_would_be_wrong_too) {
  for (const char* limit : {"\"0\"", "0", "\"1h30\"", "\"1.2.3\"", "\".\"", "\"\"", "\"12345678901\"", "-5", "1e3"}) {
    const std::string errors = errors_of(std::string("\"limit\": ") + limit);
    EXPECT_NE(errors.find("x.json:3: /limit: found "), std::string::npos) << errors;
    EXPECT_EQ(errors.find("did you mean"), std::string::npos) << errors;
  }
}

TEST(ScenarioErrors, of_the_file_as_a_whole) {
  const std::pair<std::string, std::string> rows[] = {
      {"", "x.json:1: the file is empty; accepted: a JSON object\n"},
      {"[]", "x.json:1: found an array; accepted: an object\n"},
      {"{}", "x.json:1: the key \"title\" is missing\nx.json:1: the key \"why\" is missing\n"},
      {"{\"title\": \"y\",\n \"why\": \"w\"}",
       "x.json:1: /title: found \"y\"; accepted: the file's name without .json; did you mean \"x\"?\n"},
      {"{\"title\": \"x\",\n \"why\": \" \"}", "x.json:2: /why: found \" \"; accepted: a sentence\n"},
      {"{\"title\": \"x\",\n \"why\": \"a\nb\"}",
       "x.json:2: /why: not JSON: the end of the line at column 11; accepted: texts that end on their line; control "
       "characters in them escaped\n"},
      {std::string(100'000, '['), "x.json:1: nested deeper than 64 levels\n"},
      {std::string(1, '\0'), "x.json:1: a NUL byte at column 1\n"},
  };
  for (const auto& [text, expected] : rows) EXPECT_EQ(errors_of(parse_scenario("x.json", text)), expected);
}

TEST(ScenarioErrors, are_all_listed_by_line_up_to_a_bound) {
  EXPECT_EQ(
      errors_of("\"limit\": 5,\n\"llm\": [{\"on\": 5}],\n\"seed\": -1,\n\"expect\": {\"ends_at\": 5}").find("x.json:3"),
      0U);
  const std::string errors = errors_of("\"expect\": {\"ends_at\": 5},\n\"limit\": 5");
  EXPECT_LT(errors.find("x.json:3: /expect"), errors.find("x.json:4: /limit"));
  std::string many = "\"jobs\": [5";
  for (int i = 0; i < 99'999; ++i) many += ",5";
  const LoadedScenario loaded = parse_scenario("x.json", "{\"title\": \"x\", \"why\": \"w\", " + many + "]}");
  ASSERT_EQ(loaded.errors.size(), 21U);
  EXPECT_EQ(core::to_text(loaded.errors.back()), "x.json: 99980 more errors");
}

TEST(ScenarioErrors, stay_short_whatever_the_file_holds) {
  for (const std::string& key :
       {std::string(1'000'000, 'A'), std::string(1'000'000, '\x7f'), std::string(500'000, '\\')}) {
    for (const std::string& members :
         {"\"" + key + "\": 1", "\"seed\": \"" + key + "\"", "\"llm\": [{\"on\": \"" + key + "\"}]",
          "\"expect\": {\"jobs\": {\"" + key + "\": 1}}", "\"seed\": -" + std::string(100'000, '1')}) {
      for (const auto& error : parse_scenario("x.json", "{\"title\": \"x\", \"why\": \"w\", " + members + "}").errors) {
        EXPECT_LE(core::to_text(error).size(), core::kMaxInputErrorBytes);
      }
    }
  }
}

TEST(ScenarioErrors, of_the_files_that_must_be_refused) {
  const std::pair<std::string, std::string> rows[] = {
      {"bare-duration",
       ":4: /limit: found the number 60; accepted: a duration as a string with its unit, such as \"250ms\" or "
       "\"1h30m\"; did you mean \"60s\"?"},
      {"byte-order-mark",
       ":1: the file begins with a byte order mark (EF BB BF); accepted: UTF-8 without a byte order mark"},
      {"duplicate-job",
       ":6: /jobs/1/id: the job id \"job-2\" is given twice, first by line 5; accepted: ids that differ"},
      {"duplicate-key", ":6: /seed: the key \"seed\" is given twice, on line 4 and on line 6"},
      {"empty", ":1: the file is empty; accepted: a JSON object"},
      {"enqueue-unknown-job",
       ":10: /world/0/enqueue: no job has the id \"jobb-a\"; accepted: a job's id; did you mean \"job-a\"?"},
      {"every-zeroth-call",
       ":4: /llm/0/calls: found \"*/0\"; accepted: which calls, counted from 1: \"1\", \"1-3\", \"5-\", every third "
       "one as "
       "\"*/3\", or a rising list such as [1, 4]"},
      {"finish-is-empty",
       ":13: /llm/0/do/finish: found \"\"; accepted: the word for an answer's end, such as \"length\" or "
       "\"content_filter\", up to 64 bytes"},
      {"huge-number", ":4: /llm/0/probability: found the number 1e999; accepted: a number from 0 to 1"},
      {"lose-too-much",
       ":4: /world/0/lose: the stretch 2s begins before the run does; accepted: at most the entry's own time, 1s"},
      {"no-tools",
       ":4: /llm/0/do/tools: found an empty list; accepted: a list of 1 to 100 calls such as {\"tool\": \"name\"}"},
      {"not-utf8", ":3: not UTF-8: the byte FF at column 49"},
      {"operator-command-unknown",
       ":10: /world/0/operator: found \"cancle\"; accepted: retry, cancel, drop, pause, resume; did you mean "
       "\"cancel\"?"},
      {"operator-job-unknown",
       ":10: /world/0/job: no job has the id \"job-c\"; accepted: a job's id; did you mean \"job-a\"?"},
      {"operator-pause-of-a-job",
       ":5: /world/0/job: \"job\" beside pause; accepted: only retry, cancel and drop name a job"},
      {"other-title",
       ":2: /title: found \"another-title\"; accepted: the file's name without .json; did you mean \"other-title\"?"},
      {"own-invariant-named-as-another",
       ":6: /invariants/0: the name \"backoff\" is taken; accepted: a name that no other invariant has"},
      {"own-invariant-without-an-end", ":6: /invariants/0: the key \"expect\" is missing"},
      {"partition-from-nothing",
       ":10: /world/0/from: found an empty list; accepted: one or more of redis, llm, github"},
      {"partition-from-one-twice", ":10: /world/0/from/1: found \"llm\" a second time; accepted: each service once"},
      {"partition-from-unknown-service",
       ":10: /world/0/from/0: found \"gitub\"; accepted: redis, llm, github; did you mean \"github\"?"},
      {"pause-of-no-length", ":10: /world/0/for: found \"0s\"; accepted: a duration from 1ns"},
      {"pause-of-unknown-runner", ":10: /world/0/pause: found \"runner-3\"; accepted: runner-1 to runner-2"},
      {"pause-without-an-end", ":10: /world/0: the key \"for\" is missing"},
      {"recoveries-of-a-text", ":4: /config/jobs/recoveries: found \"3\"; accepted: a whole number from 0 to 1000000"},
      {"redis-state-unknown",
       ":10: /world/0/redis: found \"read-only\"; accepted: full, read_only; did you mean \"read_only\"?"},
      {"rule-for-unknown-runner", ":5: /redis/0/runner: found \"runer-2\"; accepted: runner-1 to runner-2"},
      {"stall-behind-the-end", ":4: /llm/0/do/stall/after: found the number 2; accepted: a number from 0 to 1"},
      {"stall-of-github",
       ":4: /github/0/do/stall: unknown key \"stall\"; accepted: status, timeout, refuse, reset, truncate, garbage, "
       "flood, "
       "rate_limit"},
      {"strategy-constant-with-a-multiplier",
       ":4: /config/llm/retry/multiplier: found \"multiplier\" beside the strategy constant; accepted: multiplier with "
       "the strategy exponential alone"},
      {"strategy-delay-beyond-the-cap",
       ":4: /config/llm/retry/strategy: found the delay 120s, and max_delay is 60s; accepted: delays up to max_delay, "
       "or "
       "a longer max_delay"},
      {"strategy-ends-in-no-delay",
       ":4: /config/llm/retry/strategy/delays/1: found 0s as the last delay, which repeats; accepted: a positive "
       "duration"},
      {"strategy-is-not-registered",
       ":4: /config/llm/retry/strategy/custom: found \"fibonacy\"; accepted: fibonacci; did you mean \"fibonacci\"?"},
      {"strategy-linear-decorrelated",
       ":4: /config/llm/retry/jitter: found decorrelated jitter with the strategy linear; accepted: a jitter of none, "
       "spread, full or equal; decorrelated only with exponential"},
      {"too-many-chunks",
       ":4: /llm/0/do/pace/chunks: found the number 1000000000; accepted: a whole number from 1 to 10000"},
      {"truncated", ":4: /jobs/0: the file ends inside the object that begins on line 4"},
      {"two-actions-in-one-entry",
       ":10: /world/0/crash: \"crash\" beside \"pause\"; accepted: only one of crash, start, stop, wall_clock, "
       "restart, partition, pause, redis, enqueue, operator"},
      {"unknown-action",
       ":6: /llm/0/do/statos: unknown key \"statos\"; accepted: status, timeout, refuse, reset, truncate, garbage, "
       "flood, rate_limit, text, tool, tools, stall, pace; did you mean \"status\"?"},
      {"unknown-api", ":7: /expect/timeline/0/api: found \"llm.chatt\"; accepted: llm.chat, github.token, *"},
      {"unknown-forms", ":9: /forms: found \"various\"; accepted: plain, varied"},
      {"unknown-job",
       ":5: /expect/jobs/abc-124: no job has the id \"abc-124\"; accepted: \"*\" for all, or a job's id; did you mean "
       "\"abc-123\"?"},
      {"unknown-runner-expected", ":8: /expect/timeline/0/runner: found \"runner-3\"; accepted: runner-1 to runner-2"},
      {"unknown-runner", ":5: /world/0/crash: found \"runner-3\"; accepted: runner-1 to runner-2"},
      {"wall-clock-of-unknown-runner", ":10: /world/0/runner: found \"runner-9\"; accepted: runner-1 to runner-2"},
  };
  const std::vector<std::string> folder = {tests::source_path("scenarios/negative/invalid")};
  const ScenarioFiles found = find_scenario_files(folder);
  ASSERT_EQ(found.paths.size(), std::size(rows));
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    const std::string path = folder[0] + "/" + rows[i].first + ".json";
    EXPECT_EQ(found.paths[i], path);
    const std::string expected = path + rows[i].second, found_errors = errors_of(load_scenario(path));
    // A list that grows with the project is not written out.
    const bool is_open = expected.ends_with('*');
    EXPECT_EQ(found_errors.substr(0, is_open ? expected.size() - 1 : std::string::npos),
              is_open ? expected.substr(0, expected.size() - 1) : expected + "\n");
  }
}

}  // namespace
}  // namespace sim
