#include "core/config/config_json.h"

#include <gtest/gtest.h>

#include <string>

#include "core/retry/strategy.h"

namespace core {
namespace {

using namespace std::chrono_literals;

std::string texts(const std::vector<InputError>& errors) {
  std::string result;
  for (const InputError& error : errors) result += to_text(error) + "\n";
  return result;
}

Config must_read(std::string_view text) {
  ConfigInput input = parse_config("c.json", text);
  EXPECT_TRUE(input.config) << texts(input.errors);
  return input.config.value_or(Config{});
}

std::string errors_of(std::string_view text) {
  return texts(parse_config("c.json", text).errors);
}

TEST(ConfigJson, leaves_the_defaults_where_nothing_is_given) {
  EXPECT_EQ(config_to_json(must_read("{}")), config_to_json(Config{}));
  const Config config = must_read(R"({"llm": {"retry": {"attempts": 7}}})");
  EXPECT_EQ(config.llm.retry.attempts, 7U);
  EXPECT_EQ(config.llm.retry.backoff, Config{}.llm.retry.backoff);
  EXPECT_EQ(config.github.token.retry, Config{}.github.token.retry);
  EXPECT_EQ(must_read(R"({"redis": {"timeout": "1s"}})").redis.retry.attempts, std::nullopt);
}

TEST(ConfigJson, warns_of_a_limit_that_the_whole_answers_comes_before) {
  const auto warnings = [](const char* llm) {
    return texts(parse_config("c.json", std::string(R"({"llm": )") + llm + "}").warnings);
  };
  EXPECT_NE(
      warnings(R"({"first_byte_timeout": "30s"})").find("/llm/first_byte_timeout: first_byte_timeout is not below"),
      std::string::npos);
  EXPECT_NE(warnings(R"({"timeout": "5s", "idle_timeout": "6s"})").find("/llm/idle_timeout: idle_timeout is not below"),
            std::string::npos);
  EXPECT_EQ(warnings(R"({"first_byte_timeout": "29s", "idle_timeout": "29s"})"), "");
}

TEST(ConfigJson, reads_every_option) {
  const Config config = must_read(R"({
    "llm": {"protocol": "openai", "url": "https://llm.example/v1", "model": "m", "api_key": "k", "stream": false,
            "timeout": "1s", "first_byte_timeout": "300ms", "idle_timeout": "200ms", "min_interval": "0s", "max_turns": 3,
            "retry": {"attempts": 1, "initial_delay": "2s", "max_delay": "3s", "multiplier": 1.5,
                      "jitter": {"spread": 0.1}, "retry_after_max": "4s"}},
    "github": {"url": "http://127.0.0.1:8080", "app_id": "Iv1.x", "token": {"timeout": "5s", "retry": {"jitter": "full"}},
               "tools": {"timeout": "6s", "retry": {"jitter": "equal", "attempts": 8}}, "rate_limited_403": "fail"},
    "tools": {"comment_on_issue": {"retry": {"initial_delay": "7s"}, "most_calls": 3}},
    "jobs": {"retry": {"requeues": 0, "jitter": "decorrelated"}, "lease": "1ms", "recoveries": 0, "concurrency": 9},
    "redis": {"key_prefix": "{a}:", "timeout": "8s", "retry": {"attempts": 2}}})");
  EXPECT_EQ(config.llm.protocol, LlmProtocol::OpenAi);
  EXPECT_EQ(config.llm.base_url(), "https://llm.example/v1");
  EXPECT_EQ(config.llm.model, "m");
  EXPECT_EQ(config.llm.api_key, "k");
  EXPECT_FALSE(config.llm.stream);
  EXPECT_EQ(config.llm.timeout, 1s);
  EXPECT_EQ(config.llm.first_byte_timeout, 300ms);
  EXPECT_EQ(config.llm.idle_timeout, 200ms);
  EXPECT_EQ(config.llm.min_interval, 0s);
  EXPECT_EQ(config.llm.max_turns, 3U);
  const RetryPolicy expected{.attempts = 1,
                             .backoff = {.initial_delay = 2s,
                                         .max_delay = 3s,
                                         .multiplier = {1'500'000},
                                         .jitter = {JitterKind::Spread, {100'000}}},
                             .retry_after_max = 4s};
  EXPECT_EQ(config.llm.retry, expected);
  EXPECT_EQ(config.github.url, "http://127.0.0.1:8080");
  EXPECT_EQ(config.github.app_id, "Iv1.x");
  EXPECT_EQ(config.github.token.timeout, 5s);
  EXPECT_EQ(config.github.token.retry.backoff.jitter.kind, JitterKind::Full);
  EXPECT_EQ(config.github.rate_limited_403, RateLimited403::Fail);
  EXPECT_EQ(config.retry_for_tool("other").attempts, 8U);
  EXPECT_EQ(config.most_calls_of_tool("comment_on_issue"), 3U);
  EXPECT_EQ(config.most_calls_of_tool("another"), 20U);
  EXPECT_EQ(config.retry_for_tool("comment_on_issue").attempts, 8U);  // Over the tools' common policy.
  EXPECT_EQ(config.retry_for_tool("comment_on_issue").backoff.initial_delay, 7s);
  EXPECT_EQ(config.jobs.retry.requeues, 0U);
  EXPECT_EQ(config.jobs.retry.backoff.jitter.kind, JitterKind::Decorrelated);
  EXPECT_EQ(config.jobs.lease, 1ms);
  EXPECT_EQ(config.jobs.recoveries, 0U);
  EXPECT_EQ(config.jobs.concurrency, 9U);
  EXPECT_EQ(config.redis.key_prefix, "{a}:");
  EXPECT_EQ(config.redis.retry.attempts, 2U);
}

TEST(ConfigJson, reads_a_tools_policy_over_the_common_one_wherever_it_stands) {
  const Config config = must_read(R"({"tools": {"t": {"retry": {"max_delay": "9s"}}},
                                      "github": {"tools": {"retry": {"attempts": 6}}}})");
  EXPECT_EQ(config.retry_for_tool("t").attempts, 6U);
  EXPECT_EQ(config.retry_for_tool("t").backoff.max_delay, 9s);
}

TEST(ConfigJson, reads_every_strategy_and_writes_it_as_it_was) {
  const Config config = must_read(R"({
    "llm": {"retry": {"strategy": "constant", "initial_delay": "3s"}},
    "github": {"token": {"retry": {"strategy": {"delays": ["0s", "5s", "30s"]}, "jitter": "none"}},
               "tools": {"retry": {"strategy": "linear", "increment": "2s"}}},
    "tools": {"a": {"retry": {"attempts": 2}}, "b": {"timeout": "4s", "retry": {"strategy": "exponential", "multiplier": 3}}},
    "jobs": {"retry": {"strategy": {"custom": "fibonacci"}}}})");
  EXPECT_EQ(config.llm.retry.backoff.strategy, Strategy{.kind = StrategyKind::Constant});
  EXPECT_EQ(config.github.token.retry.backoff.strategy,
            (Strategy{.kind = StrategyKind::Delays, .delays = {0s, 5s, 30s}}));
  EXPECT_EQ(config.github.tools.retry.backoff.strategy, Strategy{.kind = StrategyKind::Linear});
  EXPECT_EQ(config.github.tools.retry.backoff.increment, 2s);
  EXPECT_EQ(config.retry_for_tool("a").backoff.increment, 2s) << "a tool's policy is read over the common one";
  EXPECT_EQ(config.retry_for_tool("b").backoff.strategy, Strategy{});
  EXPECT_EQ(config.retry_for_tool("b").backoff.multiplier.millionths, 3'000'000U);
  EXPECT_EQ(config.timeout_for_tool("a"), 10s);
  EXPECT_EQ(config.timeout_for_tool("b"), 4s);
  EXPECT_EQ(config.longest_timeout_of_tools(), 10s);
  EXPECT_EQ(config.jobs.retry.backoff.strategy, (Strategy{.kind = StrategyKind::Custom, .custom = &kFibonacci}));
  const std::string written = config_to_json(config);
  EXPECT_EQ(config_to_json(must_read(written)), written);
  EXPECT_EQ(must_read(written).retry_for_tool("a"), config.retry_for_tool("a"));
}

TEST(ConfigJson, writes_an_increment_that_holds_over_another_one) {
  Config config;
  config.github.tools.retry.backoff.strategy.kind = StrategyKind::Linear;
  ToolConfig tool{.retry = config.github.tools.retry};
  config.github.tools.retry.backoff.increment = 7s;
  config.tools.emplace("t", tool);
  EXPECT_EQ(must_read(config_to_json(config)).retry_for_tool("t").backoff.increment, 1s);
}

TEST(ConfigJson, refuses_what_means_nothing_beside_a_strategy) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {R"("strategy": "constant", "multiplier": 2)", "/multiplier: found \"multiplier\" beside the strategy constant"},
      {R"("strategy": "constant", "increment": "1s")", "/increment: found \"increment\" beside the strategy constant"},
      {R"("increment": "1s")", "/increment: found \"increment\" beside the strategy exponential"},
      {R"("strategy": "linear", "multiplier": 2)", "accepted: multiplier with the strategy exponential alone"},
      {R"("strategy": {"delays": ["1s"]}, "initial_delay": "1s")",
       "/initial_delay: found \"initial_delay\" beside the strategy delays; accepted: initial_delay with every"},
      {R"("strategy": {"custom": "fibonacci"}, "multiplier": 2)", "beside the strategy custom"},
      {R"("strategy": "linear", "jitter": "decorrelated")",
       "/jitter: found decorrelated jitter with the strategy linear"},
      {R"("strategy": {"delays": ["1s", "61s"]})", "/strategy: found the delay 61s, and max_delay is 60s"},
      {R"("strategy": {"delays": ["9s"]}, "max_delay": "8s")", "/strategy: found the delay 9s, and max_delay is 8s"},
      {R"("strategy": {"delays": []})", "/strategy/delays: found no delay"},
      {R"("strategy": {"delays": ["1s", "0s"]})", "/strategy/delays/1: found 0s as the last delay, which repeats"},
      {R"("strategy": {"delays": ["1s"], "custom": "fibonacci"})", "found \"custom\" beside \"delays\""},
      {R"("strategy": {})", "/strategy: found an empty object; accepted: one of the keys delays, custom"},
      {R"("strategy": {"delay": ["1s"]})", "did you mean \"delays\"?"},
      {R"("strategy": {"custom": "fibonaci"})", "accepted: fibonacci"},
      {R"("strategy": "fibonacci")",
       "accepted: exponential, constant, linear; or an object with one of the keys delays"},
      {R"("strategy": 5)", "/strategy: found the number 5; accepted: exponential, constant, linear; or an object"},
  };
  for (const auto& [retry, expected] : rows) {
    const std::string errors = errors_of(R"({"llm": {"retry": {)" + std::string(retry) + "}}}");
    EXPECT_NE(errors.find(expected), std::string::npos) << retry << "\n" << errors;
  }
  const std::string inherited = errors_of(R"({"github": {"tools": {"retry": {"strategy": "constant"}}},
                                              "tools": {"t": {"retry": {"multiplier": 3}}}})");
  EXPECT_NE(inherited.find("/tools/t/retry/multiplier: found \"multiplier\" beside the strategy constant"),
            std::string::npos)
      << inherited;
}

TEST(ConfigJson, keeps_six_decimals_of_a_ratio) {
  const std::pair<std::string_view, std::uint32_t> cases[] = {{"1", 1'000'000},
                                                              {"1.0", 1'000'000},
                                                              {"1.0000004", 1'000'000},
                                                              {"1.0000005", 1'000'001},
                                                              {"1.1", 1'100'000},
                                                              {"1000", 1'000'000'000},
                                                              {"1e3", 1'000'000'000},
                                                              {"15E-1", 1'500'000},
                                                              {"0.15e+1", 1'500'000},
                                                              {"2.999999", 2'999'999},
                                                              {"1.00000000000000000000000000000001", 1'000'000}};
  for (const auto& [text, expected] : cases) {
    const Config config = must_read("{\"llm\": {\"retry\": {\"multiplier\": " + std::string(text) + "}}}");
    EXPECT_EQ(config.llm.retry.backoff.multiplier.millionths, expected) << text;
  }
}

TEST(ConfigJson, writes_what_it_reads_back_and_masks_secrets) {
  Config config =
      must_read(R"({"llm": {"api_key": "sk-very-secret", "retry": {"jitter": {"spread": 0.1}, "multiplier": 1.000001}},
      "tools": {"b": {"retry": {"attempts": 2}}, "a": {"retry": {"retry_after_max": "1ns"}}}, "jobs": {"lease": "1h30m"}})");
  const std::string written = config_to_json(config);
  EXPECT_EQ(written.find("sk-very-secret"), std::string::npos);
  EXPECT_NE(written.find(R"("api_key": "***")"), std::string::npos) << written;
  const Config again = must_read(written);
  EXPECT_EQ(config_to_json(again), written);
  EXPECT_EQ(again.llm.retry, config.llm.retry);
  EXPECT_EQ(again.tools, config.tools);
  EXPECT_EQ(again.jobs.lease, config.jobs.lease);
  const std::string line = config_to_json_line(config);
  EXPECT_EQ(line.find_first_of("\n"), std::string::npos);
  EXPECT_EQ(line.find("sk-very-secret"), std::string::npos);
  EXPECT_EQ(config_to_json(must_read(line)), written);
}

TEST(ConfigJson, says_what_is_wrong) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"[]", "c.json:1: found an array; accepted: an object"},
      {R"({"lmm": {}})",
       R"(/lmm: unknown key "lmm"; accepted: profile, llm, github, tools, jobs, redis, limits, breaker, budget, retry_after_ceiling; did you mean "llm"?)"},
      {R"({"llm": {"timeout": 30}})", R"(/llm/timeout: found the number 30; accepted: a duration as a string)"},
      {R"({"llm": {"timeout": "0s"}})", R"(/llm/timeout: found "0s"; accepted: a duration from 1ns)"},
      {R"({"llm": {"protocol": "olama"}})", R"(accepted: ollama, openai; did you mean "ollama"?)"},
      {R"({"llm": {"model": ""}})", R"(/llm/model: found "")"},
      {R"({"llm": {"stream": "yes"}})", R"(/llm/stream: found "yes"; accepted: true, false)"},
      {R"({"llm": {"url": "ftp://x"}})",
       "/llm/url: found something else (not shown: it may be a secret); accepted: a URL"},
      {R"({"llm": {"url": "https://"}})", "/llm/url: "},
      {R"({"llm": {"url": "https://x:99999"}})", "/llm/url: "},
      {R"({"llm": {"url": "https://x y/"}})", "/llm/url: "},
      {R"({"llm": {"max_turns": 0}})", "/llm/max_turns: found the number 0; accepted: a whole number from 1 to 1000"},
      {R"({"llm": {"retry": {"attempts": 1001}}})", "/llm/retry/attempts: found the number 1001"},
      {R"({"llm": {"retry": {"attempts": 1.5}}})", "/llm/retry/attempts: found the number 1.5"},
      {R"({"llm": {"retry": {"attempts": 99999999999999999999}}})", "/llm/retry/attempts: found the number 999"},
      {R"({"llm": {"retry": {"requeues": 1}}})", R"(unknown key "requeues")"},
      {R"({"llm": {"retry": {"multiplier": 0.999}}})", "accepted: a number from 1 to 1000"},
      {R"({"llm": {"retry": {"multiplier": 1e999}}})", "found the number 1e999; accepted: a number from 1 to 1000"},
      {R"({"llm": {"retry": {"multiplier": 1000.000001}}})", "accepted: a number from 1 to 1000"},
      {R"({"llm": {"retry": {"multiplier": "2"}}})", R"(found "2"; accepted: a number)"},
      {R"({"llm": {"retry": {"jitter": {"spread": -0.1}}}})", "/llm/retry/jitter/spread: found the number -0.1"},
      {R"({"llm": {"retry": {"jitter": {"ratio": 1}}}})", "unknown key \"ratio\"; accepted: spread"},
      {R"({"llm": {"retry": {"jitter": "spred"}}})", "did you mean \"spread\"?"},
      {R"({"jobs": {"retry": {"attempts": 1}}})", R"(unknown key "attempts"; accepted: requeues)"},
      {R"({"jobs": {"retry": {"retry_after_max": "1s"}}})", R"(unknown key "retry_after_max")"},
      {R"({"jobs": {"retry": {"requeues": -1}}})", "found the number -1; accepted: a whole number from 0 to 1000"},
      {R"({"jobs": {"lease": "999us"}})", "accepted: a duration from 1ms"},
      {R"({"jobs": {"recoveries": -1}})", "found the number -1; accepted: a whole number from 0 to 1000000"},
      {R"({"jobs": {"recovery": 1}})", "accepted: retry, lease, recoveries, concurrency"},
      {R"({"jobs": {"concurrency": 0}})", "accepted: a whole number from 1 to 1000"},
      {R"({"github": {"token": "ghs_secret"}})", "/github/token: found a string; accepted: an object"},
      {R"({"github": {"app_id": "1\n2"}})", "/github/app_id: found \"1\\n2\""},
      {R"({"github": {"rate_limited_403": true}})", "/github/rate_limited_403: found true; accepted: retry, fail"},
      {R"({"tools": {"t": {"most_calls": 0}}})",
       "/tools/t/most_calls: found the number 0; accepted: a whole number from 1 to 1000"},
      {R"({"tools": {"t": {"most_call": 2}}})", R"(did you mean "most_calls"?)"},
      {R"({"tools": {"": {"retry": {}}}})", "accepted: a tool's name"},
      {R"({"redis": {"key_prefix": "a\u0000"}})", "/redis/key_prefix: "},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_NE(errors_of(text).find(expected), std::string::npos) << text << "\n" << errors_of(text);
  }
}

TEST(ConfigJson, never_shows_a_secret) {
  for (const std::string_view text :
       {R"({"llm": {"api_key": "hunter2\n"}})", R"({"llm": {"api_key": ["hunter2"]}})", R"({"llm": "hunter2"})",
        R"({"llm": {"url": "https://me:hunter2@host/"}})", R"({"github": {"url": "https://host/?key=hunter2"}})",
        R"({"github": {"token": "hunter2"}})", R"({} "hunter2")", R"({"llm": {"api_key": "x" "hunter2"}})",
        R"({"llm": {"api_key": "hunter2", "api_key": "hunter2"}})"}) {
    const std::string errors = errors_of(text);
    EXPECT_FALSE(errors.empty()) << text;
    EXPECT_EQ(errors.find("hunter2"), std::string::npos) << errors;
  }
}

TEST(ConfigJson, warns_where_the_range_of_the_jitter_closes) {
  const auto warnings = [](std::string_view text) { return texts(parse_config("c.json", text).warnings); };
  EXPECT_EQ(warnings(R"({"llm": {"retry": {"initial_delay": "2m"}}})"),
            "c.json:1: /llm/retry: max_delay 60s is below initial_delay 120s: the range closes, every wait is "
            "max_delay\n");
  EXPECT_NE(warnings(R"({"llm": {"retry": {"max_delay": "1200ms"}}})").find("hardly above"), std::string::npos);
  EXPECT_EQ(warnings(R"({"llm": {"retry": {"max_delay": "1250ms"}}})"), "");
  EXPECT_EQ(warnings(R"({"llm": {"retry": {"max_delay": "1s", "jitter": "none"}}})"), "");
  EXPECT_EQ(warnings("{}"), "");
}

}  // namespace
}  // namespace core
