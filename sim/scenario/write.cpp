#include "sim/scenario/write.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "core/config/config_json.h"
#include "core/json/document.h"
#include "core/json/pretty.h"
#include "core/time/text.h"
#include "sim/scenario/rule_text.h"
#include "sim/scenario/types.h"
#include "sim/scenario/waits.h"

namespace sim {

namespace {

namespace json = boost::json;
using core::format_duration;

json::string text_of(core::Duration duration) {
  return json::string(format_duration(duration));
}
json::string text_of(core::SteadyTime time) {
  return text_of(time.time_since_epoch());
}

/// Millionths as the decimal that they were read from.
json::value decimal_of(std::uint32_t millionths) {
  return static_cast<double>(millionths) / 1'000'000;
}

json::value latency_of(const fakes::Latency& latency) {
  if (const auto* fixed = std::get_if<core::Duration>(&latency)) return text_of(*fixed);
  if (const auto* uniform = std::get_if<fakes::UniformLatency>(&latency)) {
    return json::object{{"uniform", json::array{text_of(uniform->low), text_of(uniform->high)}}};
  }
  const auto& drawn = std::get<fakes::LogNormalLatency>(latency);
  json::object lognormal{{"median", text_of(drawn.median)}, {"sigma", decimal_of(drawn.sigma_millionths)}};
  if (drawn.max) lognormal["max"] = text_of(*drawn.max);
  return json::object{{"lognormal", std::move(lognormal)}};
}

template <class T>
json::value name_in(const core::input::OneOf<T>& names, T value) {
  return names.write(value);
}

struct SpellingWriter {
  json::value operator()(const fakes::RetryAfterSeconds& hint) const { return text_of(hint.delay); }
  json::value operator()(const fakes::RetryAfterDate& hint) const {
    return json::object{{"date", text_of(hint.ahead)}};
  }
  json::value operator()(const fakes::RetryAfterMs& hint) const { return json::object{{"ms", text_of(hint.delay)}}; }
  json::value operator()(const fakes::RetryAfterRaw& hint) const { return json::object{{"raw", hint.text}}; }
  json::value operator()(const fakes::RetryAfterReset& hint) const {
    json::object result{{"reset", text_of(hint.delay)}};
    if (hint.of == fakes::RetryAfterReset::Of::GitHub) return result;
    result["of"] = name_in(reset_of_names(), hint.of);
    result["as"] = name_in(reset_as_names(), hint.as);
    return result;
  }
  json::value operator()(const fakes::RetryAfterBody& hint) const {
    return json::object{{"body", text_of(hint.delay)}, {"as", name_in(body_as_names(), hint.as)}};
  }
  json::value operator()(const fakes::RetryAfterWords& hint) const {
    return json::object{{"words", name_in(limit_words_names(), hint.words)}};
  }
};

/// One header is a string, several of one name are a list.
json::object headers_of(const core::HttpHeaders& headers) {
  json::object result;
  for (const core::HttpHeader& header : headers) {
    json::value& place = result[header.name];
    if (place.is_null()) {
      place = json::string(header.value);
    } else if (place.is_array()) {
      place.get_array().emplace_back(header.value);
    } else {
      place = json::array{place, json::string(header.value)};
    }
  }
  return result;
}

/// Whether the value in a file is read as that text.
bool reads_as(const json::value& value, const std::string& text) {
  const auto document = core::input::parse_document("", core::input::flat_json(value));
  return document && core::input::to_json(document->root()) == text;
}

struct ActionWriter {
  json::value operator()(const fakes::DoStatus& done) const {
    json::object result{{"status", done.status}};
    if (done.retry_after) result["retry_after"] = std::visit(SpellingWriter{}, *done.retry_after);
    if (!done.headers.empty()) result["headers"] = headers_of(done.headers);
    if (done.body) {
      boost::system::error_code not_json;
      json::value body = json::parse(*done.body, not_json);
      // A string in the file is sent as it is, so JSON that is a string, or whose numbers a value spells otherwise,
      // must be written as the text that it is.
      const bool as_value = !not_json && !body.is_string() && reads_as(body, *done.body);
      result["body"] = as_value ? std::move(body) : json::value(json::string(*done.body));
    }
    return result;
  }
  json::value operator()(fakes::DoTimeout) const { return json::object{{"timeout", true}}; }
  json::value operator()(fakes::DoRefuse) const { return json::object{{"refuse", true}}; }
  json::value operator()(const fakes::DoReset& done) const {
    return json::object{{"reset", done.when == fakes::ResetWhen::Before ? "before" : "after"}};
  }
  json::value operator()(const fakes::DoTruncate& done) const {
    return json::object{{"truncate", decimal_of(done.millionths)}};
  }
  json::value operator()(fakes::DoGarbage) const { return json::object{{"garbage", true}}; }
  json::value operator()(const fakes::DoFlood& done) const {
    const char* const part = done.part == fakes::DoFlood::Part::Body ? "body" : "headers";
    return json::object{{"flood", json::object{{part, fmt::format("{}B", done.bytes)}}}};
  }
  json::value operator()(const fakes::DoRateLimit& done) const {
    json::object limit{{"limit", done.limit}, {"per", text_of(done.per)}};
    if (done.kind == fakes::GitHubLimit::Secondary) limit["kind"] = "secondary";
    if (done.of == fakes::LimitOf::Installation) limit["of"] = "installation";
    return json::object{{"rate_limit", std::move(limit)}};
  }
  json::value operator()(const fakes::DoText& done) const {
    json::object out{{"text", done.text}};
    if (!done.thinking.empty()) out["thinking"] = done.thinking;
    if (!done.finish.empty()) out["finish"] = done.finish;
    return out;
  }
  json::value operator()(const fakes::DoStall& done) const {
    json::object stall{{"after", decimal_of(done.millionths)}};
    if (done.goes_on_after) stall["for"] = text_of(*done.goes_on_after);
    return json::object{{"stall", std::move(stall)}};
  }
  json::value operator()(const fakes::DoPace& done) const {
    return json::object{{"pace", json::object{{"chunks", done.chunks}, {"every", text_of(done.every)}}}};
  }
  json::value operator()(const fakes::DoError& done) const { return json::object{{"error", done.error}}; }
  json::value operator()(fakes::DoFlushScripts) const { return json::object{{"flush_scripts", true}}; }
};

/// The arguments are put in as the JSON text that they are: a value would spell some numbers otherwise, and is not as
/// deep as a file may be.
std::string text_of_tool(const fakes::DoTool& done) {
  const std::string finish =
      done.finish.empty() ? std::string() : R"(, "finish": )" + core::input::flat_json(json::string(done.finish));
  return fmt::format(R"({{"tool": {}, "arguments": {}{}}})", core::input::flat_json(json::string(done.tool)),
                     done.arguments, finish);
}

std::string text_of_tools(const fakes::DoTools& done) {
  std::string text = R"({"tools": [)";
  const char* between = "";
  for (const fakes::DoTool& tool : done.tools) text += std::exchange(between, ", ") + text_of_tool(tool);
  return text + "]}";
}

/// As JSON; empty where a rule without `do` says the same.
struct ActionText {
  template <class Action>
  std::string operator()(const Action& done) const {
    return core::input::flat_json(ActionWriter{}(done));
  }
  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(const fakes::DoTool& done) const { return text_of_tool(done); }
  std::string operator()(const fakes::DoTools& done) const { return text_of_tools(done); }
};

template <class Action>
json::object rule_of(const fakes::Rule<Action>& rule) {
  json::object result = conditions_of(rule);
  if (rule.probability_millionths != 1'000'000) result["probability"] = decimal_of(rule.probability_millionths);
  const auto* fixed = std::get_if<core::Duration>(&rule.latency);
  if (fixed == nullptr || *fixed > core::Duration::zero()) result["latency"] = latency_of(rule.latency);
  std::string action = std::visit(ActionText{}, rule.action);
  if (!action.empty()) result["do"] = std::move(action);  // As text: see entry_of().
  return result;
}

template <class Rules>
void add_rules(json::object& out, std::string_view name, const Rules& rules) {
  json::array list;
  for (const auto& rule : rules) list.push_back(rule_of(rule));
  if (!list.empty()) out[name] = std::move(list);
}

json::object job_of(const ScenarioJob& job) {
  const ScenarioJob plain;
  json::object result{{"id", job.id}};
  if (job.at != plain.at) result["at"] = text_of(job.at);
  if (job.repo != plain.repo) result["repo"] = job.repo;
  if (job.issue != plain.issue) result["issue"] = job.issue;
  if (job.installation != plain.installation) result["installation"] = job.installation;
  if (job.prompt != plain.prompt) result["prompt"] = job.prompt;
  if (job.deadline) result["deadline"] = text_of(*job.deadline);
  if (job.tools) {
    json::array& tools = result["tools"].emplace_array();
    for (const std::string& tool : *job.tools) tools.emplace_back(tool);
  }
  return result;
}

struct WorldActionWriter {
  json::object& out;
  void operator()(const CrashRunner& crash) const { out["crash"] = crash.runner; }
  void operator()(const StartRunner& start) const { out["start"] = start.runner; }
  void operator()(const StopRunner& stop) const {
    out["stop"] = stop.runner;
    if (stop.within) out["within"] = text_of(*stop.within);
  }
  void operator()(const ShiftWallClock& shift) const {
    const bool back = shift.by < core::Duration::zero();
    out["wall_clock"] = (back ? "-" : "+") + format_duration(back ? -shift.by : shift.by);
    if (!shift.runner.empty()) out["runner"] = shift.runner;
  }
  void operator()(const RestartRedis& restart) const {
    out["restart"] = "redis";
    if (restart.lose > core::Duration::zero()) out["lose"] = text_of(restart.lose);
    if (restart.down > core::Duration::zero()) out["down"] = text_of(restart.down);
  }
  void operator()(const PartitionRunner& partition) const {
    out["partition"] = partition.runner;
    json::array from;
    for (const Peer peer : partition.from) from.emplace_back(name_of(peer));
    out["from"] = std::move(from);
    out["for"] = text_of(partition.lasts);
  }
  void operator()(const PauseRunner& pause) const {
    out["pause"] = pause.runner;
    out["for"] = text_of(pause.lasts);
  }
  void operator()(const LimitRedis& limit) const {
    out["redis"] = name_of(limit.condition);
    out["for"] = text_of(limit.lasts);
  }
  void operator()(const EnqueueAgain& again) const { out["enqueue"] = again.job; }
  void operator()(const OperatorEntry& entry) const {
    out["operator"] = name_of(entry.command);
    if (!entry.job.empty()) out["job"] = entry.job;
  }
};

struct FieldWriter {
  json::value operator()(const std::string& text) const { return json::string(text); }
  json::value operator()(std::int64_t number) const { return number; }
  json::value operator()(core::Duration duration) const { return text_of(duration); }
};

json::object pattern_of(const EventPattern& pattern) {
  json::object result{{"event", core::name_of(pattern.event)}};
  for (const auto& [name, value] : pattern.fields) result[name] = std::visit(FieldWriter{}, value);
  return result;
}

json::object own_invariant_of(const OwnInvariant& own) {
  json::object result{{"name", own.name}};
  if (const auto* never = std::get_if<Never>(&own.rule)) {
    result["never"] = pattern_of(never->never);
  } else {
    const auto& rule = std::get<After>(own.rule);
    result["after"] = pattern_of(rule.after);
    result["within"] = text_of(rule.within);
    result["expect"] = pattern_of(rule.expect);
  }
  return result;
}

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

/// What a rule does is JSON text already.
std::string entry_of(const json::value& entry) {
  const json::object* rule = entry.if_object();
  const json::value* done = rule == nullptr ? nullptr : rule->if_contains("do");
  if (done == nullptr) return core::input::flat_json(entry);
  json::object others = *rule;
  others.erase("do");
  std::string text = core::input::flat_json(others);
  text.pop_back();
  return fmt::format(R"({}{}"do": {}}})", text, others.empty() ? "" : ", ", std::string_view(done->get_string()));
}

/// A key a line, and of lists an entry a line.
std::string file_of(const json::object& parts) {
  std::string text = "{";
  const char* before = "\n";
  for (const auto& [key, value] : parts) {
    text += fmt::format("{}  {}: ", std::exchange(before, ",\n"), core::input::flat_json(json::value(key)));
    if (!value.is_array()) {
      text += core::input::flat_json(value);
      continue;
    }
    const char* between = "[\n    ";
    for (const json::value& entry : value.get_array()) {
      text += std::exchange(between, ",\n    ") + entry_of(entry);
    }
    text += value.get_array().empty() ? "[]" : "\n  ]";
  }
  return text + "\n}\n";
}

json::object github_state_of(const GitHubStart& state) {
  json::object comments;
  for (const auto& [issue, existing] : state.comments) {
    if (existing.bytes == 0) {
      comments[issue] = existing.count;
    } else {
      comments[issue] = json::object{{"count", existing.count}, {"bytes", existing.bytes}};
    }
  }
  return {{"comments", std::move(comments)}};
}

}  // namespace

std::string scenario_text(const Scenario& scenario) {
  const Scenario plain;
  json::object out{{"title", scenario.title}, {"why", scenario.why}};
  if (scenario.seed != plain.seed) out["seed"] = scenario.seed;
  if (scenario.schedule != plain.schedule) out["schedule"] = scenario.schedule;
  if (scenario.start != kDefaultStart) out["start"] = core::format_utc(scenario.start);
  if (scenario.limit != plain.limit) out["limit"] = text_of(scenario.limit);
  if (json::value config = config_difference(scenario.config); !config.is_null()) out["config"] = std::move(config);
  if (scenario.runners != plain.runners) out["runners"] = scenario.runners;
  if (scenario.github_app) {
    json::object app{{"id", scenario.github_app->id}};
    if (!scenario.github_app->public_key.empty()) app["public_key"] = scenario.github_app->public_key;
    out["github_app"] = std::move(app);
  }
  if (!scenario.github_state.comments.empty()) out["github_state"] = github_state_of(scenario.github_state);
  json::array jobs;
  for (const ScenarioJob& job : scenario.jobs) jobs.push_back(job_of(job));
  out["jobs"] = std::move(jobs);
  if (scenario.forms == fakes::AnswerForms::Varied) out["forms"] = "varied";
  add_rules(out, "llm", scenario.llm);
  add_rules(out, "github", scenario.github);
  add_rules(out, "redis", scenario.redis);
  json::array world;
  for (const WorldEntry& entry : scenario.world) {
    json::object line{{"at", text_of(entry.at)}};
    std::visit(WorldActionWriter{line}, entry.action);
    world.push_back(std::move(line));
  }
  if (!world.empty()) out["world"] = std::move(world);
  json::array own;
  for (const OwnInvariant& each : scenario.invariants) own.push_back(own_invariant_of(each));
  if (!own.empty()) out["invariants"] = std::move(own);
  return file_of(out);
}

}  // namespace sim
