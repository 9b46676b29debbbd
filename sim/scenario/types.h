// The types of a scenario's parts (core/json/reader.h says what a type is), and the schema made of them. Lists are
// written an entry at a time: file_texts().
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "core/json/types.h"
#include "sim/scenario/scenario.h"

namespace sim {

/// 2026-01-01T00:00:00Z.
inline constexpr core::WallTime kDefaultStart{std::chrono::seconds(1'767'225'600)};

// What names are checked for.
bool is_issue_name(std::string_view text);  ///< owner/name#number.
inline constexpr std::string_view kIssuePattern = "^[A-Za-z0-9_-]+/[A-Za-z0-9._-]+#[1-9][0-9]*$";

/// The name of one of the file's runners, which are runner-1 to runner-`runners`.
struct RunnerName {
  std::uint32_t runners = 1;

  bool read(const core::input::At& at, std::string& value) const;
  core::input::JsonObject schema(const std::string&) const;
  core::input::Json write(const std::string& value) const { return core::input::json_text(value); }
};

/// The id of one of the file's jobs.
struct JobName {
  const std::vector<std::string_view>* ids = nullptr;  ///< Sorted; null: unknown, so not checked.
  bool or_all = false;                                 ///< "*" stands for all of them.

  bool read(const core::input::At& at, std::string& value) const;
  core::input::JsonObject schema(const std::string&) const;
  core::input::Json write(const std::string& value) const { return core::input::json_text(value); }
};

// What a rule's `do` says.
struct LlmActionType {
  bool read(const core::input::At& at, fakes::HttpAction& action) const;
  core::input::JsonObject schema(const fakes::HttpAction&) const;
  std::string file_text(const fakes::HttpAction& action) const;  ///< Empty: normal behaviour.
};
struct GitHubActionType {
  bool read(const core::input::At& at, fakes::HttpAction& action) const;
  core::input::JsonObject schema(const fakes::HttpAction&) const;
  std::string file_text(const fakes::HttpAction& action) const;  ///< Empty: normal behaviour.
};
struct RedisActionType {
  bool read(const core::input::At& at, fakes::RedisAction& action) const;
  core::input::JsonObject schema(const fakes::RedisAction&) const;
  std::string file_text(const fakes::RedisAction& action) const;  ///< Empty: normal behaviour.
};

// Rules, in the file's order. Runners are runner-1 to runner-`runners`.
struct LlmRulesType {
  std::uint32_t runners = 1;

  bool read(const core::input::At& at, std::vector<fakes::HttpRule>& rules) const;
  core::input::JsonObject schema(const std::vector<fakes::HttpRule>&) const;
  std::vector<std::string> file_texts(const std::vector<fakes::HttpRule>& rules) const;
};
struct GitHubRulesType {
  std::uint32_t runners = 1;

  bool read(const core::input::At& at, std::vector<fakes::HttpRule>& rules) const;
  core::input::JsonObject schema(const std::vector<fakes::HttpRule>&) const;
  std::vector<std::string> file_texts(const std::vector<fakes::HttpRule>& rules) const;
};
struct RedisRulesType {
  std::uint32_t runners = 1;

  bool read(const core::input::At& at, std::vector<fakes::RedisRule>& rules) const;
  core::input::JsonObject schema(const std::vector<fakes::RedisRule>&) const;
  std::vector<std::string> file_texts(const std::vector<fakes::RedisRule>& rules) const;
};

struct GitHubStateType {
  bool read(const core::input::At& at, GitHubStart& state) const;
  core::input::JsonObject schema(const GitHubStart& state) const;
  std::string file_text(const GitHubStart& state) const;
};

/// Reads and expands: {"count": 100, "id": "job-{n}"} is a hundred jobs. No id comes twice.
struct JobsType {
  bool read(const core::input::At& at, std::vector<ScenarioJob>& jobs) const;
  core::input::JsonObject schema(const std::vector<ScenarioJob>&) const;
  std::vector<std::string> file_texts(const std::vector<ScenarioJob>& jobs) const;
};

/// In the file's order. Runners are runner-1 to runner-`runners`.
struct WorldType {
  std::uint32_t runners = 1;
  const std::vector<std::string_view>* job_ids = nullptr;  ///< Sorted; null: unknown, so not checked.

  bool read(const core::input::At& at, std::vector<WorldEntry>& world) const;
  core::input::JsonObject schema(const std::vector<WorldEntry>&) const;
  std::vector<std::string> file_texts(const std::vector<WorldEntry>& world) const;
};

struct ExpectType {
  std::uint32_t runners = 1;
  const std::vector<std::string_view>* job_ids = nullptr;  ///< Sorted; null: unknown, so not checked.

  bool read(const core::input::At& at, Expect& expect) const;
  core::input::JsonObject schema(const Expect&) const;
};

/// What is given no name is called after its place: invariant-1, ...
struct OwnInvariantsType {
  std::uint32_t runners = 1;

  bool read(const core::input::At& at, std::vector<OwnInvariant>& own) const;
  core::input::JsonObject schema(const std::vector<OwnInvariant>& own) const;
  std::vector<std::string> file_texts(const std::vector<OwnInvariant>& own) const;
};

struct ScenarioType {
  bool read(const core::input::At& at, Scenario& scenario) const;
  core::input::JsonObject schema(const Scenario& defaults) const;
};

/// The JSON Schema (draft-07, which editors know best) of a scenario file: the text of scenarios/schema.json.
std::string scenario_schema();

}  // namespace sim
