#include "runner/settings.h"

#include "tests/runner/loaded_settings.h"

namespace runner {
namespace {

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
  const LoadedSettings loaded =
      load({}, {"llm.model=glm-5:latest", "redis.key_prefix=\"7\"", "jobs.concurrency=8", "github.app_id=12345"});
  ASSERT_TRUE(loaded.errors.empty()) << errors_of(loaded);
  EXPECT_EQ(loaded.so_far.core.llm.model, "glm-5:latest");
  EXPECT_EQ(loaded.so_far.core.redis.key_prefix, "7");
  EXPECT_EQ(loaded.so_far.core.github.app_id, "12345");
  EXPECT_EQ(loaded.so_far.core.jobs.concurrency, 8U);
}

}  // namespace
}  // namespace runner
