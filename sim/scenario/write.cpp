#include "sim/scenario/write.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "core/config/config_json.h"
#include "core/json/pretty.h"
#include "core/time/text.h"
#include "sim/scenario/types.h"

namespace sim {

namespace {

namespace json = boost::json;
using core::input::flat_json;

/// What of `value` differs from `plain`; null where nothing does.
json::value difference(const json::value& value, const json::value& plain) {
  if (value == plain) return nullptr;
  if (!value.is_object() || !plain.is_object()) return value;
  json::object result;
  for (const auto& [key, member] : value.get_object()) {
    const json::value* other = plain.get_object().if_contains(key);
    json::value differs = other == nullptr ? member : difference(member, *other);
    if (!differs.is_null()) result[key] = std::move(differs);
  }
  return result.empty() ? json::value(nullptr) : json::value(std::move(result));
}

json::value config_difference(const core::Config& config) {
  json::value all = json::parse(core::config_to_json(config));
  if (!config.llm.api_key.empty()) all.at("llm").as_object().erase("api_key");
  // The profile counts before all other options.
  core::Config plain = default_config();
  plain.apply(config.profile);
  const json::value differs = difference(all, json::parse(core::config_to_json(plain)));
  if (config.profile == core::Profile::Documented) return differs;
  json::object result{{"profile", all.at("profile")}};
  if (differs.is_object()) result.insert(differs.get_object().begin(), differs.get_object().end());
  return result;
}

/// A key a line, and of lists an entry a line.
class FileText {
 public:
  void add_text(std::string_view key, std::string_view text) {
    text_ += fmt::format("{}  \"{}\": {}", before(), key, text);
  }
  template <class Value>
  void add(std::string_view key, const Value& value) {
    add_text(key, flat_json(json::value(value)));
  }
  void add_list(std::string_view key, const std::vector<std::string>& entries) {
    if (entries.empty()) return;
    add_text(key, fmt::format("[\n    {}\n  ]", fmt::join(entries, ",\n    ")));
  }
  std::string take() && { return std::move(text_) + "\n}\n"; }

 private:
  const char* before() { return std::exchange(before_, ",\n"); }

  std::string text_ = "{";
  const char* before_ = "\n";
};

}  // namespace

std::string scenario_text(const Scenario& scenario) {
  const Scenario plain;
  FileText out;
  out.add("title", scenario.title);
  out.add("why", scenario.why);
  if (scenario.seed != plain.seed) out.add("seed", scenario.seed);
  if (scenario.schedule != plain.schedule) out.add("schedule", scenario.schedule);
  if (scenario.start != kDefaultStart) out.add("start", core::format_utc(scenario.start));
  if (scenario.limit != plain.limit) out.add("limit", core::format_duration(scenario.limit));
  if (const json::value config = config_difference(scenario.config); !config.is_null()) out.add("config", config);
  if (scenario.runners != plain.runners) out.add("runners", scenario.runners);
  if (scenario.github_app) {
    json::object app{{"id", scenario.github_app->id}};
    if (!scenario.github_app->public_key.empty()) app["public_key"] = scenario.github_app->public_key;
    out.add("github_app", std::move(app));
  }
  if (!scenario.github_state.comments.empty())
    out.add_text("github_state", GitHubStateType{}.file_text(scenario.github_state));
  if (scenario.jobs.empty()) out.add_text("jobs", "[]");
  out.add_list("jobs", JobsType{}.file_texts(scenario.jobs));
  if (scenario.forms == fakes::AnswerForms::Varied) out.add("forms", "varied");
  out.add_list("llm", LlmRulesType{}.file_texts(scenario.llm));
  out.add_list("github", GitHubRulesType{}.file_texts(scenario.github));
  out.add_list("redis", RedisRulesType{}.file_texts(scenario.redis));
  out.add_list("world", WorldType{}.file_texts(scenario.world));
  out.add_list("invariants", OwnInvariantsType{}.file_texts(scenario.invariants));
  return std::move(out).take();
}

}  // namespace sim
