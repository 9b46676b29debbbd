#include "core/tools/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "core/text/ascii.h"
#include "core/tools/idempotency_key.h"

namespace core {

namespace json = boost::json;

namespace {

constexpr std::size_t kMostNameBytes = 255;

json::object schema_of(const Parameter& parameter) {
  using Kind = Parameter::Kind;
  json::object schema;
  switch (parameter.kind) {
    case Kind::Whole:
      schema["type"] = "integer";
      break;
    case Kind::Lines:
      schema["type"] = "array";
      schema["items"] = {{"type", "string"}};
      break;
    default:
      schema["type"] = "string";
  }
  if (parameter.kind == Kind::Choice) {
    json::array& choices = schema["enum"].emplace_array();
    for (const std::string_view choice : parameter.choices) choices.emplace_back(choice);
  }
  schema["description"] = parameter.description;
  return schema;
}

bool is_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool is_whole(const json::value& value) {
  if (value.is_int64()) return value.get_int64() > 0;
  const json::string* text = value.if_string();
  constexpr std::size_t kMostDigits = 15;
  return text != nullptr && !text->empty() && text->size() <= kMostDigits && (*text)[0] != '0' &&
         std::ranges::all_of(*text, is_digit);
}

/// What is wrong with a text, said after its name: "must be a text.".
std::optional<std::string> refuse_text(const Parameter& parameter, const json::value& value) {
  using Kind = Parameter::Kind;
  const json::string* text = value.if_string();
  if (text == nullptr || text->empty()) return "must be a text.";
  if (parameter.kind == Kind::Post && without_markers(*text).empty()) return "must be a text.";
  const std::size_t most = parameter.kind == Kind::Name ? kMostNameBytes : parameter.most_bytes;
  if (text->size() > most) return fmt::format("is longer than {} bytes.", most);
  if (parameter.kind != Kind::Text && parameter.kind != Kind::Post && !is_line(*text))
    return "must be a text of one line.";
  const bool has_edges = text->front() == ' ' || text->back() == ' ';
  if (parameter.kind == Kind::Name && has_edges) return "must not begin or end with a space.";
  return std::nullopt;
}

std::optional<std::string> refuse_value(const Parameter& parameter, const json::value& value) {
  using Kind = Parameter::Kind;
  switch (parameter.kind) {
    case Kind::Whole:
      if (!is_whole(value)) return "must be a whole number from 1.";
      return std::nullopt;
    case Kind::Lines: {
      const json::array* list = value.if_array();
      if (list == nullptr || list->empty()) return "must be a list of texts.";
      if (list->size() > parameter.most_items) return fmt::format("has more than {} items.", parameter.most_items);
      for (const json::value& item : *list) {
        if (auto wrong = refuse_text(parameter, item)) return "has an item that " + *wrong;
      }
      return std::nullopt;
    }
    case Kind::Choice: {
      const bool is_known =
          value.is_string() && std::ranges::find(parameter.choices, value.get_string()) != parameter.choices.end();
      if (!is_known) return fmt::format("must be one of: {}.", fmt::join(parameter.choices, ", "));
      return std::nullopt;
    }
    default:
      return refuse_text(parameter, value);
  }
}

/// Many models say null for what they leave out.
bool is_left_out(const Parameter& parameter, const json::value& value) {
  return parameter.need == Parameter::Need::Optional && value.is_null();
}

enum class Place : std::uint8_t { None, Same, Elsewhere };

/// Models repeat where the job is, as one word or in parts.
Place place_said(std::string_view key, const json::value& value, const JobSpec& job) {
  const std::string_view repo = job.repo;
  const std::size_t slash = repo.find('/');
  const auto is = [&value](std::string_view text) { return value.is_string() && value.get_string() == text; };
  const auto same = [](bool is_same) { return is_same ? Place::Same : Place::Elsewhere; };
  if (key == "repo" || key == "repository") return same(is(repo) || is(repo.substr(slash + 1)));
  if (key == "owner") return same(is(repo.substr(0, slash)));
  if (key == "issue" || key == "issue_number" || key == "pull_number") {
    const bool is_number = value.is_int64() && value.get_int64() == static_cast<std::int64_t>(job.issue);
    return same(is_number || is(std::to_string(job.issue)));
  }
  return Place::None;
}

std::string taken_by(const ToolSpec& spec) {
  std::string names;
  for (const Parameter& parameter : spec.parameters) names += fmt::format("\"{}\", ", parameter.name);
  if (names.empty())
    return fmt::format("Refused: {} takes no arguments, and nothing that it does not know.", spec.name());
  return fmt::format("Refused: {} takes {}and nothing that it does not know.", spec.name(), names);
}

json::value accepted_value(const Parameter& parameter, const json::value& value) {
  using Kind = Parameter::Kind;
  if (value.is_string() && parameter.kind == Kind::Whole) return std::stoll(std::string(value.get_string()));
  if (parameter.kind == Kind::Post) return json::string(without_markers(value.get_string()));
  return value;
}

}  // namespace

std::string schema_of(const ToolSpec& spec) {
  json::object properties;
  json::array required;
  for (const Parameter& parameter : spec.parameters) {
    properties[parameter.name] = schema_of(parameter);
    if (parameter.need == Parameter::Need::Mandatory) required.emplace_back(parameter.name);
  }
  json::object schema{{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  return json::serialize(schema);
}

ToolDefinition definition_of(const ToolSpec& spec) {
  return {std::string(spec.name()), std::string(spec.description), schema_of(spec)};
}

std::optional<std::string> refuse_arguments(const ToolSpec& spec, const json::object& arguments, const JobSpec& job) {
  for (const auto& [key, value] : arguments) {
    const auto parameter = std::ranges::find(spec.parameters, std::string_view(key), &Parameter::name);
    if (parameter != spec.parameters.end()) {
      if (is_left_out(*parameter, value)) continue;
      if (auto wrong = refuse_value(*parameter, value)) return fmt::format("Refused: \"{}\" {}", key, *wrong);
      continue;
    }
    const Place place = place_said(key, value, job);
    if (place == Place::None) return taken_by(spec);
    if (place == Place::Elsewhere) return fmt::format("Refused: this job may act on {}#{} only.", job.repo, job.issue);
  }
  for (const Parameter& parameter : spec.parameters) {
    const bool is_missing = parameter.need == Parameter::Need::Mandatory && !arguments.contains(parameter.name);
    if (is_missing) return fmt::format("Refused: \"{}\" is missing.", parameter.name);
  }
  return std::nullopt;
}

bool is_complete(const ToolSpec& spec, const json::object& accepted) {
  return std::ranges::all_of(spec.parameters, [&accepted](const Parameter& parameter) {
    const json::value* value = accepted.if_contains(parameter.name);
    return value == nullptr ? parameter.need == Parameter::Need::Optional : !refuse_value(parameter, *value);
  });
}

json::object accepted(const ToolSpec& spec, const json::object& arguments) {
  json::object result;
  for (const Parameter& parameter : spec.parameters) {
    const json::value* value = arguments.if_contains(parameter.name);
    if (value != nullptr && !is_left_out(parameter, *value)) result[parameter.name] = accepted_value(parameter, *value);
  }
  return result;
}

}  // namespace core
