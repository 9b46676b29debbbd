// The catalogue of operations, spelt out once more: the invariants take from it what a call is, and would not see a
// wrong entry.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "core/api/api.h"
#include "core/config/config.h"
#include "core/queue/script_text.h"
#include "fakes/github/endpoint.h"

namespace core {
namespace {
using namespace std::chrono_literals;

TEST(ApiCatalogue, knows_each_operation_for_what_it_is) {
  struct Row {
    std::string_view name;
    Service service;
    ApiSection section;
    ApiKind kind;
    std::string_view tool;
  };
  const Row rows[] = {
      {"llm.chat", Service::Llm, ApiSection::Model, ApiKind::Plain, ""},
      {"github.token", Service::GitHub, ApiSection::Token, ApiKind::Plain, ""},
      {"github.comments.create", Service::GitHub, ApiSection::Tools, ApiKind::Effect, "comment_on_issue"},
      {"github.comments.list", Service::GitHub, ApiSection::Tools, ApiKind::LookUp, "comment_on_issue"},
      {"github.comments.read", Service::GitHub, ApiSection::Tools, ApiKind::Plain, "list_comments"},
      {"github.labels.add", Service::GitHub, ApiSection::Tools, ApiKind::RepeatableEffect, "add_labels"},
  };
  for (const auto& [name, service, section, kind, tool] : rows) {
    const Api* api = find_api(name);
    ASSERT_NE(api, nullptr) << name;
    EXPECT_EQ(api->service, service) << name;
    EXPECT_EQ(api->section, section) << name;
    EXPECT_EQ(api->kind, kind) << name;
    EXPECT_EQ(api->tool, tool) << name;
  }
  for (const Api* api : kApis) {
    EXPECT_EQ(api->section == ApiSection::Tools, !api->tool.empty()) << api->name;
    EXPECT_EQ(std::ranges::count(kApis, api->name, &Api::name), 1) << api->name;
  }
}

TEST(ApiCatalogue, has_a_script_for_each_operation_of_the_queue_but_listening) {
  for (const Api* api : kApis) {
    if (api->service != Service::Redis || api == &api::kSubscribe) continue;
    const auto is_named = [api](const Script* script) { return script->name == api->operation; };
    EXPECT_TRUE(std::ranges::any_of(kQueueScripts, is_named)) << api->name;
    EXPECT_EQ(api->section, ApiSection::Queue);
  }
}

TEST(ApiCatalogue, calls_githubs_operations_as_rules_do) {
  const auto names = fakes::github_operation_names();
  for (const Api* api : kApis) {
    if (api->service != Service::GitHub) continue;
    EXPECT_NE(std::ranges::find(names, api->operation), names.end()) << api->name;
  }
}

TEST(ApiCatalogue, tells_services_and_unknown_names_apart) {
  EXPECT_EQ(find_api("github.comments.delete"), nullptr);
  EXPECT_EQ(find_api(""), nullptr);
  EXPECT_TRUE(is_of(Service::Redis, "redis.claim"));
  EXPECT_FALSE(is_of(Service::Redis, "llm.chat"));
  EXPECT_FALSE(is_effect("github.comments.list"));
  EXPECT_TRUE(is_look_up("github.comments.list"));
  EXPECT_FALSE(is_of_tool("github.token"));
  EXPECT_TRUE(is_tool("comment_on_issue"));
  EXPECT_FALSE(is_tool("")) << "operations that no tool makes have none";
}

TEST(ApiCatalogue, takes_settings_from_the_part_of_the_configuration_that_an_operation_names) {
  Config config;
  config.llm.timeout = 1s;
  config.llm.retry.attempts = 1;
  config.github.token.timeout = 2s;
  config.github.token.retry.attempts = 2;
  config.github.tools.timeout = 3s;
  config.github.tools.retry.attempts = 3;
  config.redis.timeout = 4s;
  config.redis.retry.attempts = 4;
  const std::pair<const Api*, std::uint32_t> cases[] = {
      {&api::kChat, 1}, {&api::kToken, 2}, {&api::kCreateComment, 3}, {&api::kListComments, 3}, {&api::kClaim, 4}};
  for (const auto& [api, number] : cases) {
    EXPECT_EQ(config.retry_of(*api).attempts, number) << api->name;
    EXPECT_EQ(config.timeout_of(*api), std::chrono::seconds(number)) << api->name;
  }
  config.tools["comment_on_issue"].retry.attempts = 7;
  EXPECT_EQ(config.retry_of(api::kCreateComment).attempts, 7U);
}

}  // namespace
}  // namespace core
