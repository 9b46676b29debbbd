#include "runner/settings.h"
#include "runner/layers.h"
#include "runner/setting_table.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>

namespace runner {
namespace {

using Variables = std::map<std::string, std::string>;

class RunnerSettings : public testing::Test {
 protected:
  LoadedSettings load(const Variables& variables, std::vector<std::string> assignments = {},
                      const std::string& file_text = {}, Needs needs = Needs::Redis) {
    SettingsInput input{.assignments = std::move(assignments)};
    if (!file_text.empty()) {
      input.config_file = tests::own_folder() + "runner_settings_test.json";
      std::ofstream(input.config_file) << file_text;
    }
    input.variable = [&variables](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    input.variable_names = [&variables] {
      std::vector<std::string> names;
      for (const auto& [name, value] : variables) names.push_back(name);
      return names;
    };
    return load_settings(input, needs);
  }

  static std::string warnings_of(const LoadedSettings& loaded) {
    std::string text;
    for (const core::InputError& warning : loaded.warnings) text += core::to_text(warning) + "\n";
    return text;
  }

  static std::string shown(const LoadedSettings& loaded, const std::string& path) {
    const std::string table = "\n" + settings_table(loaded.so_far).str();
    const std::size_t begin = table.find("\n" + path + " ");
    if (begin == std::string::npos) return {};
    return table.substr(begin + 1, table.find('\n', begin + 1) - begin - 1);
  }

  static std::string errors_of(const LoadedSettings& loaded) {
    std::string text;
    for (const core::InputError& error : loaded.errors) text += core::to_text(error) + "\n";
    return text;
  }
};

TEST_F(RunnerSettings, are_the_summarys_where_nobody_says_otherwise) {
  const LoadedSettings loaded = load({});
  ASSERT_TRUE(loaded.errors.empty()) << errors_of(loaded);
  EXPECT_EQ(loaded.so_far.core.llm.model, "glm-4.6");
  EXPECT_EQ(loaded.so_far.core.llm.retry.attempts, 5U);
  EXPECT_EQ(loaded.so_far.process.redis_url, "redis://127.0.0.1:6379");
  EXPECT_TRUE(loaded.so_far.sources.empty());
}

TEST_F(RunnerSettings, take_flags_over_environment_over_file_over_defaults) {
  const std::string file = R"({"llm": {"model": "from-file", "timeout": "7s", "min_interval": "1s"}})";
  const LoadedSettings loaded =
      load({{"OLLAMA_MODEL", "from-environment"}}, {"llm.timeout=9s", "llm.timeout=11s"}, file);
  ASSERT_TRUE(loaded.errors.empty()) << errors_of(loaded);
  EXPECT_EQ(loaded.so_far.core.llm.model, "from-environment");
  EXPECT_EQ(loaded.so_far.core.llm.timeout, std::chrono::seconds(11));
  EXPECT_EQ(loaded.so_far.core.llm.min_interval, std::chrono::seconds(1));
  EXPECT_EQ(loaded.so_far.sources.find("/llm/model")->second, "environment variable OLLAMA_MODEL");
  EXPECT_EQ(loaded.so_far.sources.find("/llm/timeout")->second, "option --set llm.timeout");
}

TEST_F(RunnerSettings, leave_out_the_quotes_that_env_files_keep) {
  const LoadedSettings loaded =
      load({{"OLLAMA_API_KEY", "\"key\""}, {"GITHUB_APP_ID", "'12'"}, {"OLLAMA_MODEL", "a\"b\""}, {"REDIS_URL", "\""}});
  EXPECT_EQ(loaded.so_far.core.llm.api_key, "key");
  EXPECT_EQ(loaded.so_far.core.github.app_id, "12");
  EXPECT_EQ(loaded.so_far.core.llm.model, "a\"b\"");
  EXPECT_EQ(loaded.so_far.process.redis_url, "\"");
  ASSERT_EQ(loaded.warnings.size(), 2U);
  EXPECT_EQ(core::to_text(loaded.warnings[0]),
            "environment variable OLLAMA_API_KEY: its value stands in quotes, which are left out; accepted: a value "
            "without quotes: env files of containers keep them");
}

TEST_F(RunnerSettings, warn_of_credentials_without_tls) {
  const auto warnings = [this](const std::string& llm, const std::string& github) {
    const LoadedSettings loaded =
        load({{"OLLAMA_API_KEY", "k"}}, {"llm.url=" + llm, "github.url=" + github}, {}, Needs::Services);
    std::string text;
    for (const core::InputError& warning : loaded.warnings) text += core::to_text(warning) + "\n";
    return text;
  };
  EXPECT_EQ(warnings("http://127.0.0.1:11434/api", "http://localhost:1"), "");
  EXPECT_EQ(warnings("http://[::1]:11434/api", "https://github.example/api/v3"), "");
  EXPECT_EQ(
      warnings("http://llm.internal/v1", "http://10.0.0.1"),
      "settings: the model's key is sent to an address without TLS; accepted: an https:// address in llm.url\n"
      "settings: GitHub's token is sent to an address without TLS; accepted: an https:// address in github.url\n");
  EXPECT_THAT(warnings("http://localhost.example/v1", "https://api.github.com"), testing::HasSubstr("the model's key"));
}

TEST_F(RunnerSettings, show_a_url_without_its_password) {
  const auto shown = [this](const std::string& url) {
    const std::string json = settings_to_json(load({{"REDIS_URL", url}}).so_far);
    const std::size_t begin = json.find("\"redis_url\": \"") + 14;
    return json.substr(begin, json.find('"', begin) - begin);
  };
  EXPECT_EQ(shown("redis://redis.internal:6379/2"), "redis://redis.internal:6379/2");
  EXPECT_EQ(shown("rediss://:secret@redis.internal"), "rediss://:***@redis.internal");
  EXPECT_EQ(shown("rediss://me:se@cr:et@redis.internal/1"), "rediss://me:***@redis.internal/1");
  EXPECT_EQ(shown("rediss://secret@redis.internal"), "rediss://***@redis.internal");
  EXPECT_EQ(shown("unix://me:secret@/run/redis.sock"), "unix://me:***@/run/redis.sock");
}

TEST_F(RunnerSettings, know_each_of_the_summarys_variables) {
  const LoadedSettings loaded = load({{"OLLAMA_API_KEY", "k"},
                                      {"OLLAMA_API_URL", "http://localhost:11434/api"},
                                      {"OLLAMA_MODEL", "m"},
                                      {"GITHUB_APP_ID", "77"},
                                      {"GITHUB_APP_PRIVATE_KEY", "p"},
                                      {"REDIS_URL", "redis://r"}});
  ASSERT_TRUE(loaded.errors.empty()) << errors_of(loaded);
  EXPECT_EQ(loaded.so_far.core.llm.api_key, "k");
  EXPECT_EQ(loaded.so_far.core.llm.url, "http://localhost:11434/api");
  EXPECT_EQ(loaded.so_far.core.llm.model, "m");
  EXPECT_EQ(loaded.so_far.core.github.app_id, "77");
  EXPECT_EQ(loaded.so_far.process.private_key, "p");
  EXPECT_EQ(loaded.so_far.process.redis_url, "redis://r");
}

TEST_F(RunnerSettings, read_openais_variables_with_its_protocol) {
  const Variables both{
      {"OPENAI_API_KEY", "k"},     {"OPENAI_BASE_URL", "http://localhost:8000/v1"},  {"OPENAI_MODEL", "m"},
      {"OLLAMA_API_KEY", "other"}, {"OLLAMA_API_URL", "http://localhost:11434/api"}, {"OLLAMA_MODEL", "other"}};
  for (const bool by_file : {false, true}) {
    const LoadedSettings loaded = by_file ? load(both, {}, R"({"llm": {"protocol": "openai", "model": "from-file"}})")
                                          : load(both, {"llm.protocol=openai"});
    ASSERT_TRUE(loaded.errors.empty()) << errors_of(loaded);
    EXPECT_TRUE(loaded.warnings.empty());
    EXPECT_EQ(loaded.so_far.core.llm.api_key, "k");
    EXPECT_EQ(loaded.so_far.core.llm.url, "http://localhost:8000/v1");
    EXPECT_EQ(loaded.so_far.core.llm.model, "m");
    EXPECT_NE(settings_table(loaded.so_far).str().find("environment variable OPENAI_MODEL"), std::string::npos);
  }
  const LoadedSettings ollama = load(both);
  EXPECT_EQ(ollama.so_far.core.llm.model, "other");
  EXPECT_TRUE(ollama.warnings.empty());
}

TEST_F(RunnerSettings, take_ollamas_variables_for_openais_where_those_are_absent_and_warn) {
  const LoadedSettings loaded =
      load({{"OLLAMA_API_KEY", "sekret"}, {"OPENAI_API_KEY", ""}, {"OLLAMA_MODEL", "m"}, {"OPENAI_MODEL", "mine"}},
           {"llm.protocol=openai"});
  ASSERT_TRUE(loaded.errors.empty()) << errors_of(loaded);
  EXPECT_EQ(loaded.so_far.core.llm.api_key, "sekret");
  EXPECT_EQ(loaded.so_far.core.llm.model, "mine");
  ASSERT_EQ(loaded.warnings.size(), 1U);
  const std::string warning = core::to_text(loaded.warnings[0]);
  EXPECT_NE(warning.find("OLLAMA_API_KEY"), std::string::npos) << warning;
  EXPECT_NE(warning.find("OPENAI_API_KEY"), std::string::npos) << warning;
  EXPECT_EQ(warning.find("sekret"), std::string::npos) << warning;
  const std::string errors = errors_of(load({}, {"llm.protocol=openai"}, {}, Needs::Services));
  EXPECT_NE(errors.find("OPENAI_API_KEY"), std::string::npos) << errors;
}

TEST_F(RunnerSettings, report_what_is_wrong_once_though_the_protocol_is_read_first) {
  const LoadedSettings loaded = load({}, {"llm.protocol=opnai"}, R"({"llm": {"timeout": 5}})");
  EXPECT_EQ(loaded.errors.size(), 2U) << errors_of(loaded);
}

TEST_F(RunnerSettings, know_no_default_for_the_apps_id) {
  EXPECT_EQ(load({}).so_far.core.github.app_id, "");
  const std::string file = R"({"github": {"app_id": ""}})";
  EXPECT_NE(errors_of(load({}, {}, file, Needs::Services)).find("GITHUB_APP_ID"), std::string::npos);
}

TEST_F(RunnerSettings, take_a_variable_that_is_set_to_nothing_for_unset) {
  EXPECT_EQ(load({{"OLLAMA_MODEL", ""}}).so_far.core.llm.model, "glm-4.6");
}

TEST_F(RunnerSettings, report_all_that_is_wrong_or_missing_at_once) {
  const std::string file = R"({"llm": {"timeout": 5}, "jbos": {}})";
  const std::string errors =
      errors_of(load({{"OLLAMA_API_URL", "ftp://x"}}, {"jobs.lease=0s", "nonsense"}, file, Needs::Services));
  for (const char* part : {"runner_settings_test.json:1: /llm/timeout: found the number 5", "did you mean \"jobs\"",
                           "environment variable OLLAMA_API_URL:1: /llm/url", "option --set jobs.lease:1: /jobs/lease",
                           "option --set: found no \"=\" in it", "GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY"}) {
    EXPECT_NE(errors.find(part), std::string::npos) << part << " is not in\n" << errors;
  }
}

TEST_F(RunnerSettings, want_a_key_only_for_the_models_own_service) {
  const Variables app{{"GITHUB_APP_ID", "77"}, {"GITHUB_APP_PRIVATE_KEY", "p"}};
  EXPECT_NE(errors_of(load(app, {}, {}, Needs::Services)).find("OLLAMA_API_KEY"), std::string::npos);
  EXPECT_EQ(errors_of(load(app, {"llm.url=http://localhost:11434/api"}, {}, Needs::Services)), "");
}

TEST_F(RunnerSettings, never_show_a_secret) {
  const LoadedSettings loaded = load(
      {{"OLLAMA_API_KEY", "sekret-1"}, {"GITHUB_APP_PRIVATE_KEY", "sekret-2"}, {"REDIS_URL", "redis://u:sekret-3@h"}});
  const std::string shown = settings_table(loaded.so_far).str() + settings_to_json(loaded.so_far);
  EXPECT_EQ(shown.find("sekret"), std::string::npos) << shown;
  EXPECT_NE(shown.find("environment variable OLLAMA_API_KEY"), std::string::npos);
  for (const auto& [assignment, told] : std::vector<std::pair<std::string, std::string>>{
           {"llm.url=http://u:sekret-4@h", "/llm/url"}, {"sekret-5", "found no \"=\" in it"}}) {
    const std::string errors = errors_of(load({}, {assignment}));
    EXPECT_EQ(errors.find("sekret"), std::string::npos) << errors;
    EXPECT_NE(errors.find(told), std::string::npos) << errors;
  }
}

TEST_F(RunnerSettings, are_written_as_a_file_that_says_the_same) {
  const LoadedSettings loaded = load({{"OLLAMA_MODEL", "m"}}, {"llm.timeout=9s", "runner.drain=3s", "runner.log=json"});
  const LoadedSettings again = load({}, {}, settings_to_json(loaded.so_far));
  ASSERT_TRUE(again.errors.empty()) << errors_of(again);
  EXPECT_EQ(settings_to_json(again.so_far), settings_to_json(loaded.so_far));
  EXPECT_EQ(again.so_far.process.drain, std::chrono::seconds(3));
}

TEST_F(RunnerSettings, take_what_is_no_json_on_the_command_line_for_the_text_itself) {
  const LoadedSettings loaded = load({}, {"llm.model=glm-5:latest", "redis.key_prefix=\"7\"", "jobs.concurrency=8"});
  ASSERT_TRUE(loaded.errors.empty()) << errors_of(loaded);
  EXPECT_EQ(loaded.so_far.core.llm.model, "glm-5:latest");
  EXPECT_EQ(loaded.so_far.core.redis.key_prefix, "7");
  EXPECT_EQ(loaded.so_far.core.jobs.concurrency, 8U);
}

/// A value that the setting takes and that is not its default, as one writes it in an environment variable.
std::string some_value_of(const Setting& setting) {
  const std::map<std::string, std::string> others = {{"profile", "strict"},
                                                     {"llm.protocol", "openai"},
                                                     {"github.rate_limited_403", "fail"},
                                                     {"github.new_token_refused", "fail"},
                                                     {"runner.redis_follow_moved", "any"},
                                                     {"runner.log", "json"},
                                                     {"llm.stream", "false"},
                                                     {"limits.adaptive", "true"},
                                                     {"retry_after_ceiling", "77s"}};
  if (const auto found = others.find(setting.path); found != others.end()) return found->second;
  const auto ends_in = [&setting](std::string_view end) { return setting.path.ends_with(end); };
  if (ends_in(".strategy")) return "constant";
  if (ends_in(".delays")) return "2s, 77ms";
  if (ends_in(".custom")) return "fibonacci";
  if (ends_in(".jitter")) return R"({"spread": 0.5})";
  if (ends_in("url")) return "https://host.example/x";
  if (setting.form == SettingForm::Json) return "7";
  const bool is_text = setting.path.starts_with("runner.") || ends_in("_key") || ends_in(".model") ||
                       ends_in(".app_id") || ends_in(".app_slug") || ends_in(".key_prefix");
  return is_text && !ends_in(".drain") ? "text-7" : "7s";
}

TEST_F(RunnerSettings, are_each_set_by_the_file_the_environment_and_a_flag) {
  const std::vector<Setting> settings = all_settings();
  EXPECT_GT(settings.size(), 90U);
  for (const Setting& setting : settings) {
    const std::string value = some_value_of(setting);
    std::string assignment = setting.path + "=" + value;
    std::vector<std::string> also;
    std::string other = setting.path;
    if (setting.path.ends_with(".increment")) {
      other.replace(other.rfind('.'), std::string::npos, ".strategy=linear");
      also = {other};
    }
    const std::string file = object_with(setting.path, json_of(setting.form, value));
    std::vector<std::string> by_flag = also;
    by_flag.push_back(assignment);
    const LoadedSettings loads[] = {load({}, also, file), load({{setting.variable, value}}, also), load({}, by_flag)};
    const std::string sources[] = {tests::own_folder() + "runner_settings_test.json",
                                   "environment variable " + setting.variable, "option --set " + setting.path};
    const std::string expected = settings_to_json(loads[0].so_far);
    EXPECT_NE(expected, settings_to_json(load({}, also).so_far)) << setting.path << " changes nothing";
    for (std::size_t i = 0; i < 3; ++i) {
      ASSERT_TRUE(loads[i].errors.empty()) << setting.path << "\n" << errors_of(loads[i]);
      EXPECT_EQ(settings_to_json(loads[i].so_far), expected) << assignment << " by " << sources[i];
      EXPECT_NE(settings_table(loads[i].so_far).str().find(sources[i]), std::string::npos) << setting.path;
    }
  }
}

TEST_F(RunnerSettings, have_variables_that_differ) {
  std::set<std::string> names;
  for (const Setting& setting : all_settings()) {
    EXPECT_TRUE(names.insert(setting.variable).second) << setting.variable;
    EXPECT_FALSE(setting.what.empty()) << setting.path;
  }
  EXPECT_TRUE(names.contains("REHEARSE_LLM_RETRY_ATTEMPTS"));
  EXPECT_TRUE(names.contains("REHEARSE_TOOLS_COMMENT_ON_ISSUE_RETRY_INITIAL_DELAY"));
  EXPECT_TRUE(names.contains("REHEARSE_JOBS_RETRY_REQUEUES"));
}

TEST_F(RunnerSettings, take_flags_over_own_variables_over_the_summarys_over_the_file) {
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

TEST_F(RunnerSettings, read_a_protocol_that_a_variable_says_before_the_models_variables) {
  const Variables both{{"OPENAI_MODEL", "theirs"}, {"OLLAMA_MODEL", "other"}, {"REHEARSE_LLM_PROTOCOL", "openai"}};
  EXPECT_EQ(load(both).so_far.core.llm.model, "theirs");
  EXPECT_EQ(load(both, {"llm.protocol=ollama"}).so_far.core.llm.model, "other");
}

TEST_F(RunnerSettings, warn_of_a_variable_that_sets_nothing_and_was_meant_to) {
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

TEST_F(RunnerSettings, report_what_is_wrong_in_a_variable_by_its_name) {
  EXPECT_EQ(errors_of(load({{"REHEARSE_JOBS_RETRY_REQUEUES", "many"}})),
            "environment variable REHEARSE_JOBS_RETRY_REQUEUES:1: /jobs/retry/requeues: found \"many\"; accepted: a "
            "whole number from 0 to 1000\n");
}

TEST_F(RunnerSettings, report_what_is_wrong_though_a_stronger_layer_puts_it_right) {
  const std::string file = R"({"llm": {"timeout": 5, "retry": []}, "jobs": 7})";
  const LoadedSettings loaded = load({}, {"llm.timeout=5s", "llm.retry.attempts=2", "jobs.lease=1s"}, file);
  const std::string errors = errors_of(loaded);
  EXPECT_EQ(loaded.errors.size(), 3U) << errors;
  for (const char* part : {"/llm/timeout: found the number 5", "/llm/retry: found an array", "/jobs: found a number"}) {
    EXPECT_THAT(errors, testing::HasSubstr(part));
  }
}

TEST_F(RunnerSettings, of_a_tool_are_put_together_from_all_layers) {
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

TEST_F(RunnerSettings, beat_a_profile_whichever_layer_says_them) {
  const std::string file = R"({"limits": {"adaptive": false}, "github": {"rate_limited_403": "retry"}})";
  const LoadedSettings fleet = load({}, {"profile=fleet"}, file);
  EXPECT_FALSE(fleet.so_far.core.limits.adaptive);
  EXPECT_THAT(shown(fleet, "limits.adaptive"), testing::EndsWith("runner_settings_test.json"));
  const LoadedSettings strict = load({{"REHEARSE_PROFILE", "strict"}}, {}, file);
  EXPECT_EQ(strict.so_far.core.github.rate_limited_403, core::RateLimited403::Retry);
  EXPECT_EQ(strict.so_far.core.github.new_token_refused, core::NewTokenRefused::Fail);
}

TEST_F(RunnerSettings, that_a_profile_made_say_so) {
  const LoadedSettings fleet = load({}, {"profile=fleet"});
  EXPECT_THAT(shown(fleet, "limits.adaptive"),
              testing::EndsWith("true                      profile fleet, option --set profile"));
  EXPECT_THAT(shown(fleet, "limits.max_wait"), testing::EndsWith("default"));
  const LoadedSettings strict = load({}, {}, R"({"profile": "strict"})");
  EXPECT_THAT(shown(strict, "retry_after_ceiling"),
              testing::ContainsRegex("profile strict, .*runner_settings_test.json"));
  EXPECT_THAT(shown(load({}, {"profile=documented"}), "limits.adaptive"), testing::EndsWith("default"));
}

TEST_F(RunnerSettings, leave_out_of_force_what_belongs_to_a_strategy_that_a_stronger_layer_replaced) {
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

TEST_F(RunnerSettings, take_a_list_with_commas) {
  const LoadedSettings loaded = load({{"REHEARSE_LLM_RETRY_STRATEGY_DELAYS", "1s, 5s,30s"}},
                                     {"jobs.retry.strategy.delays=2s", R"(redis.retry.strategy.delays=["1s","2s"])"});
  ASSERT_TRUE(loaded.errors.empty()) << errors_of(loaded);
  EXPECT_EQ(loaded.so_far.core.llm.retry.backoff.strategy.delays.size(), 3U);
  EXPECT_EQ(loaded.so_far.core.jobs.retry.backoff.strategy.delays.size(), 1U);
  EXPECT_EQ(loaded.so_far.core.redis.retry.backoff.strategy.delays.size(), 2U);
}

}  // namespace
}  // namespace runner
