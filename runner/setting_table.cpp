#include "runner/setting_table.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <set>

#include "core/api/api.h"
#include "core/config/config_json.h"
#include "core/json/document.h"
#include "core/json/escape.h"
#include "core/json/input_error.h"
#include "runner/process_type.h"

namespace runner {

namespace {

namespace json = boost::json;

std::string variable_of(std::string_view path) {
  std::string name(kVariablePrefix);
  for (const char c : path) name += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

std::string text_of(const json::object& schema, json::string_view key) {
  const json::value* text = schema.if_contains(key);
  return text != nullptr && text->is_string() ? std::string(text->get_string()) : std::string();
}

SettingForm form_of(const json::object& schema) {
  if (schema.contains("oneOf")) return SettingForm::Either;
  const std::string type = text_of(schema, "type");
  if (type == "array") return SettingForm::List;
  return type.empty() || type == "string" ? SettingForm::Text : SettingForm::Json;
}

/// Reads what there is out of the configuration's own JSON Schema.
class Walk {
 public:
  void object(const json::object& schema, const std::string& path) {
    for (const auto& [key, property] : schema.at("properties").as_object()) {
      value(property.as_object(), path.empty() ? std::string(key) : path + "." + std::string(key));
    }
  }

  std::vector<Setting> take() { return std::move(settings_); }

 private:
  void value(const json::object& schema, const std::string& path) {
    if (schema.contains("properties")) return object(schema, path);
    const json::value* members = schema.if_contains("additionalProperties");
    if (members != nullptr && members->is_object()) return each_tool(members->get_object(), path);
    settings_.push_back({path, variable_of(path), text_of(schema, "description"), form_of(schema)});
    const json::value* forms = schema.if_contains("oneOf");
    if (forms == nullptr) return;
    for (const json::value& form : forms->as_array()) {
      if (form.as_object().contains("properties")) object(form.as_object(), path);
    }
  }

  /// The names of a map's members are the tools'.
  void each_tool(const json::object& schema, const std::string& path) {
    std::set<std::string_view> tools;
    for (const core::Api* api : core::kApis) {
      if (!api->tool.empty() && tools.insert(api->tool).second) value(schema, path + "." + std::string(api->tool));
    }
  }

  std::vector<Setting> settings_;
};

std::string json_list(std::string_view text) {
  std::string list = "[";
  for (std::string_view rest = text;;) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    std::string_view item = rest.substr(0, comma);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    if (list.size() > 1) list += ',';
    core::append_json_string(list, item);
    if (comma == rest.size()) return list + "]";
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace

std::vector<Setting> all_settings() {
  Walk walk;
  walk.object(core::ConfigType{}.schema({}), {});
  walk.object(ProcessType{}.schema({}), "runner");
  return walk.take();
}

const Setting* find_setting(std::span<const Setting> settings, std::string_view path) {
  const auto found = std::ranges::find(settings, path, &Setting::path);
  return found == settings.end() ? nullptr : &*found;
}

std::string json_of(SettingForm form, std::string_view text) {
  const bool is_json = form != SettingForm::Text &&
                       core::input::parse_document("value", text, {.comments = core::input::Comments::Refused});
  if (form == SettingForm::List && !text.starts_with('[')) return json_list(text);
  return is_json ? std::string(text) : core::json_string(text);
}

bool is_probably_meant(std::span<const Setting> settings, std::string_view variable, std::string& nearest) {
  std::vector<std::string_view> names;
  bool is_in_a_section = false;
  for (const Setting& setting : settings) {
    names.push_back(setting.variable);
    const std::string section = variable_of(setting.path.substr(0, setting.path.find('.'))) + "_";
    is_in_a_section = is_in_a_section || variable.starts_with(section);
  }
  nearest = core::nearest_name(variable, names);
  return is_in_a_section || !nearest.empty();
}

core::TerminalText settings_overview(std::span<const Setting> settings) {
  std::size_t path_width = 0;
  std::size_t variable_width = 0;
  for (const Setting& setting : settings) {
    path_width = std::max(path_width, setting.path.size());
    variable_width = std::max(variable_width, setting.variable.size());
  }
  core::TerminalText text;
  for (const Setting& setting : settings) {
    text.append("{:<{}}  {:<{}}  {}\n", setting.path, path_width, setting.variable, variable_width, setting.what);
  }
  return text;
}

}  // namespace runner
