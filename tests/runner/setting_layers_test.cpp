// The layers of settings as one, and the table of all settings.
#include <array>
#include <set>
#include <string>
#include <vector>

#include "runner/layers.h"
#include "runner/setting_table.h"
#include "runner/settings.h"
#include "tests/runner/loaded_settings.h"

namespace runner {
namespace {

class SettingLayers : public RunnerSettings {};

/// What settings are tried with, until one is accepted and changes something: numbers, durations, words of closed sets.
constexpr std::array kTried = {"7",     "7s",     "true",  "false", "0.5",  "text-7",   "https://host.example/x",
                               "fleet", "openai", "fail",  "any",   "json", "constant", "fibonacci",
                               "full",  "strict", "1s,2s", "0.25"};

/// What else has to be said for a setting to mean anything.
std::vector<std::string> needed_by(const Setting& setting) {
  if (!setting.path.ends_with(".increment")) return {};
  return {setting.path.substr(0, setting.path.rfind('.')) + ".strategy=linear"};
}

TEST_F(SettingLayers, are_each_set_by_the_file_the_environment_and_a_flag) {
  const std::vector<Setting> settings = all_settings();
  EXPECT_GT(settings.size(), 90U);
  for (const Setting& setting : settings) {
    const std::vector<std::string> also = needed_by(setting);
    const std::string before = settings_to_json(load({}, also).so_far);
    bool is_set = false;
    for (const std::string value : kTried) {
      const LoadedSettings by_file = load({}, also, object_with(setting.path, json_of(setting.form, value)));
      const std::string expected = settings_to_json(by_file.so_far);
      if (!by_file.errors.empty() || expected == before) continue;
      is_set = true;
      std::vector<std::string> flags = also;
      flags.push_back(setting.path + "=" + value);
      const LoadedSettings by_variable = load({{setting.variable, value}}, also);
      const LoadedSettings by_flag = load({}, flags);
      EXPECT_EQ(settings_to_json(by_variable.so_far), expected) << setting.variable << errors_of(by_variable);
      EXPECT_EQ(settings_to_json(by_flag.so_far), expected) << setting.path << errors_of(by_flag);
      const auto says = [](const LoadedSettings& loaded, const std::string& source) {
        return settings_table(loaded.so_far).str().find(source) != std::string::npos;
      };
      EXPECT_TRUE(says(by_file, "runner_settings_test.json")) << setting.path;
      EXPECT_TRUE(says(by_variable, "environment variable " + setting.variable)) << setting.path;
      EXPECT_TRUE(says(by_flag, "option --set " + setting.path)) << setting.path;
      break;
    }
    EXPECT_TRUE(is_set) << setting.path << " takes none of the values that are tried";
  }
}

TEST_F(SettingLayers, have_variables_that_differ) {
  std::set<std::string> names;
  for (const Setting& setting : all_settings()) {
    EXPECT_TRUE(names.insert(setting.variable).second) << setting.variable;
    EXPECT_FALSE(setting.what.empty()) << setting.path;
  }
  EXPECT_TRUE(names.contains("REHEARSE_LLM_RETRY_ATTEMPTS"));
  EXPECT_TRUE(names.contains("REHEARSE_TOOLS_COMMENT_ON_ISSUE_RETRY_INITIAL_DELAY"));
  EXPECT_TRUE(names.contains("REHEARSE_JOBS_RETRY_REQUEUES"));
}

TEST_F(SettingLayers, take_flags_over_own_variables_over_the_summarys_over_the_file) {
  const std::string file = R"({"llm": {"model": "file", "retry": {"attempts": 2, "max_delay": "20s"}}})";
  const LoadedSettings loaded = load({{"OLLAMA_MODEL", "summary"},
                                      {"REHEARSE_LLM_MODEL", "own"},
                                      {"REHEARSE_LLM_RETRY_ATTEMPTS", "3"},
                                      {"REHEARSE_LLM_RETRY_INITIAL_DELAY", "'4s'"}},
                                     {"llm.retry.attempts=4"}, file);
  ASSERT_TRUE(loaded.errors.empty()) << errors_of(loaded);
  EXPECT_EQ(loaded.so_far.core.llm.model, "own");
  EXPECT_EQ(loaded.so_far.core.llm.retry.attempts, 4U);
  EXPECT_EQ(loaded.so_far.core.llm.retry.backoff.initial_delay, std::chrono::seconds(4));
  EXPECT_EQ(loaded.so_far.core.llm.retry.backoff.max_delay, std::chrono::seconds(20));
  EXPECT_THAT(warnings_of(loaded), testing::HasSubstr("its value stands in quotes"));
}

TEST_F(SettingLayers, read_a_protocol_that_a_variable_says_before_the_models_variables) {
  const Variables both{{"OPENAI_MODEL", "theirs"}, {"OLLAMA_MODEL", "other"}, {"REHEARSE_LLM_PROTOCOL", "openai"}};
  EXPECT_EQ(load(both).so_far.core.llm.model, "theirs");
  EXPECT_EQ(load(both, {"llm.protocol=ollama"}).so_far.core.llm.model, "other");
}

TEST_F(SettingLayers, warn_of_a_variable_that_sets_nothing_and_was_meant_to) {
  const LoadedSettings loaded = load({{"REHEARSE_LLM_RETRY_ATEMPTS", "3"},
                                      {"REHEARSE_REDIS_PORT_6379_TCP", "x"},
                                      {"REHEARSE_PACKAGES", "not one of ours"},
                                      {"OTHER_LLM_MODEL", "m"}});
  ASSERT_TRUE(loaded.errors.empty());
  const std::string warnings = warnings_of(loaded);
  EXPECT_THAT(warnings, testing::HasSubstr("environment variable REHEARSE_LLM_RETRY_ATEMPTS: it sets nothing"));
  EXPECT_THAT(warnings, testing::HasSubstr("did you mean \"REHEARSE_LLM_RETRY_ATTEMPTS\"?"));
  EXPECT_EQ(loaded.warnings.size(), 2U) << warnings;
}

TEST_F(SettingLayers, report_what_is_wrong_in_a_variable_by_its_name) {
  EXPECT_EQ(errors_of(load({{"REHEARSE_JOBS_RETRY_REQUEUES", "many"}})),
            "environment variable REHEARSE_JOBS_RETRY_REQUEUES:1: /jobs/retry/requeues: found \"many\"; accepted: a "
            "whole number from 0 to 1000\n");
}

TEST_F(SettingLayers, report_what_is_wrong_though_a_stronger_layer_puts_it_right) {
  const std::string file = R"({"llm": {"timeout": 5, "retry": []}, "jobs": 7})";
  const LoadedSettings loaded = load({}, {"llm.timeout=5s", "llm.retry.attempts=2", "jobs.lease=1s"}, file);
  const std::string errors = errors_of(loaded);
  EXPECT_EQ(loaded.errors.size(), 3U) << errors;
  for (const char* part : {"/llm/timeout: found the number 5", "/llm/retry: found an array", "/jobs: found a number"}) {
    EXPECT_THAT(errors, testing::HasSubstr(part));
  }
}

TEST_F(SettingLayers, of_a_tool_are_put_together_from_all_layers) {
  const std::string file =
      R"({"tools": {"comment_on_issue": {"most_calls": 3, "retry": {"max_delay": "9s"}}},
          "github": {"tools": {"retry": {"attempts": 6}}}})";
  const LoadedSettings loaded = load({{"REHEARSE_TOOLS_COMMENT_ON_ISSUE_RETRY_INITIAL_DELAY", "2s"}},
                                     {"github.tools.retry.jitter=full", "github.tools.timeout=8s"}, file);
  ASSERT_TRUE(loaded.errors.empty()) << errors_of(loaded);
  const core::ToolConfig& tool = loaded.so_far.core.tools.at("comment_on_issue");
  EXPECT_EQ(tool.most_calls, 3U);
  EXPECT_EQ(tool.retry.attempts, 6U);
  EXPECT_EQ(tool.retry.backoff.initial_delay, std::chrono::seconds(2));
  EXPECT_EQ(tool.retry.backoff.max_delay, std::chrono::seconds(9));
  EXPECT_EQ(tool.retry.backoff.jitter.kind, core::JitterKind::Full);
  EXPECT_THAT(shown(loaded, "tools.comment_on_issue.retry.jitter"),
              testing::EndsWith("option --set github.tools.retry.jitter"));
  EXPECT_THAT(shown(loaded, "tools.comment_on_issue.retry.multiplier"), testing::EndsWith("default"));
}

TEST_F(SettingLayers, beat_a_profile_whichever_layer_says_them) {
  const std::string file = R"({"limits": {"adaptive": false}, "github": {"rate_limited_403": "retry"}})";
  const LoadedSettings fleet = load({}, {"profile=fleet"}, file);
  EXPECT_FALSE(fleet.so_far.core.limits.adaptive);
  EXPECT_THAT(shown(fleet, "limits.adaptive"), testing::EndsWith("runner_settings_test.json"));
  const LoadedSettings strict = load({{"REHEARSE_PROFILE", "strict"}}, {}, file);
  EXPECT_EQ(strict.so_far.core.github.rate_limited_403, core::RateLimited403::Retry);
  EXPECT_EQ(strict.so_far.core.github.new_token_refused, core::NewTokenRefused::Fail);
}

TEST_F(SettingLayers, that_a_profile_made_say_so) {
  const LoadedSettings fleet = load({}, {"profile=fleet"});
  EXPECT_THAT(shown(fleet, "limits.adaptive"),
              testing::EndsWith("true                      profile fleet, option --set profile"));
  EXPECT_THAT(shown(fleet, "limits.max_wait"), testing::EndsWith("default"));
  const LoadedSettings strict = load({}, {}, R"({"profile": "strict"})");
  EXPECT_THAT(shown(strict, "retry_after_ceiling"),
              testing::ContainsRegex("profile strict, .*runner_settings_test.json"));
  EXPECT_THAT(shown(load({}, {"profile=documented"}), "limits.adaptive"), testing::EndsWith("default"));
}

TEST_F(SettingLayers, leave_out_of_force_what_belongs_to_a_strategy_that_a_stronger_layer_replaced) {
  const std::string file = R"({"llm": {"retry": {"multiplier": 3}},
                               "jobs": {"retry": {"strategy": {"delays": ["1s", "4s"]}}}})";
  const LoadedSettings loaded =
      load({{"REHEARSE_LLM_RETRY_STRATEGY", "constant"}}, {"jobs.retry.strategy.custom=fibonacci"}, file);
  ASSERT_TRUE(loaded.errors.empty()) << errors_of(loaded);
  EXPECT_EQ(loaded.so_far.core.llm.retry.backoff.strategy.kind, core::StrategyKind::Constant);
  EXPECT_EQ(shown(loaded, "llm.retry.multiplier"), "");
  EXPECT_EQ(loaded.so_far.core.jobs.retry.backoff.strategy.kind, core::StrategyKind::Custom);
  const std::string errors =
      errors_of(load({{"REHEARSE_LLM_RETRY_MULTIPLIER", "3"}}, {}, R"({"llm": {"retry": {"strategy": "constant"}}})"));
  EXPECT_THAT(errors, testing::HasSubstr("environment variable REHEARSE_LLM_RETRY_MULTIPLIER:1: /llm/retry/multiplier: "
                                         "found \"multiplier\" beside the strategy constant"));
}

TEST_F(SettingLayers, take_a_list_with_commas) {
  const LoadedSettings loaded = load({{"REHEARSE_LLM_RETRY_STRATEGY_DELAYS", "1s, 5s,30s"}},
                                     {"jobs.retry.strategy.delays=2s", R"(redis.retry.strategy.delays=["1s","2s"])"});
  ASSERT_TRUE(loaded.errors.empty()) << errors_of(loaded);
  EXPECT_EQ(loaded.so_far.core.llm.retry.backoff.strategy.delays.size(), 3U);
  EXPECT_EQ(loaded.so_far.core.jobs.retry.backoff.strategy.delays.size(), 1U);
  EXPECT_EQ(loaded.so_far.core.redis.retry.backoff.strategy.delays.size(), 2U);
}

}  // namespace
}  // namespace runner
