// A JSON Schema validator (draft-07), as far as the published schema uses it: enough to ask whether an editor would
// accept a file. It knows every keyword that it meets, or says which one it does not.
#pragma once

#include <boost/json/value.hpp>
#include <map>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tests {

class JsonSchema {
 public:
  explicit JsonSchema(boost::json::value schema) : schema_(std::move(schema)) {}

  /// Where the value breaks the schema and by which keyword, as "/llm/0/on: pattern"; empty: nowhere.
  std::string fault_of(const boost::json::value& value) { return fault(schema_.as_object(), value, ""); }

 private:
  using Json = boost::json::value;
  using Object = boost::json::object;

  static std::string_view text(const boost::json::string& string) { return {string.data(), string.size()}; }

  std::string fault(const Object& schema, const Json& value, const std::string& place) {
    static const std::set<std::string_view> kNotes = {"$schema", "title",  "allowComments", "description",
                                                      "default", "format", "required",      "additionalProperties"};
    for (const auto& [key, wanted] : schema) {
      const std::string_view keyword(key.data(), key.size());
      if (kNotes.contains(keyword)) continue;
      const std::string found = fault_by(keyword, wanted, value, place);
      if (!found.empty()) return found;
    }
    if (value.is_object()) return fault_of_members(schema, value.get_object(), place);
    return {};
  }

  std::string fault_by(std::string_view keyword, const Json& wanted, const Json& value, const std::string& place) {
    const auto unless = [&](bool ok) { return ok ? std::string() : place + ": " + std::string(keyword); };
    if (keyword == "type") return unless(is_of_type(wanted, value));
    if (keyword == "const") return unless(value == wanted);
    if (keyword == "enum") return unless(contains(wanted.as_array(), value));
    if (keyword == "minimum") return unless(!value.is_number() || number(value) >= number(wanted));
    if (keyword == "maximum") return unless(!value.is_number() || number(value) <= number(wanted));
    if (keyword == "minItems") return unless(!value.is_array() || value.get_array().size() >= number(wanted));
    if (keyword == "maxItems") return unless(!value.is_array() || value.get_array().size() <= number(wanted));
    if (keyword == "pattern") return unless(!value.is_string() || matches(wanted.as_string(), value.get_string()));
    if (keyword == "oneOf") return fault_by_forms(wanted.as_array(), value, place);
    if (keyword == "items") return fault_of_items(wanted.as_object(), value, place);
    if (keyword == "propertyNames") return fault_of_names(wanted.as_object(), value, place);
    if (keyword == "properties") return {};  // See fault_of_members().
    throw std::logic_error("this validator does not know the keyword " + std::string(keyword));
  }

  std::string fault_of_members(const Object& schema, const Object& value, const std::string& place) {
    const Json* properties = schema.if_contains("properties");
    const Json* others = schema.if_contains("additionalProperties");
    for (const auto& [key, member] : value) {
      const std::string here = place + "/" + std::string(key.data(), key.size());
      const Json* wanted = properties == nullptr ? nullptr : properties->as_object().if_contains(key);
      if (wanted == nullptr) wanted = others;
      if (wanted == nullptr) continue;
      if (wanted->is_bool()) {
        if (!wanted->get_bool()) return here + ": additionalProperties";
        continue;
      }
      if (std::string found = fault(wanted->as_object(), member, here); !found.empty()) return found;
    }
    const Json* required = schema.if_contains("required");
    if (required == nullptr) return {};
    for (const Json& name : required->as_array()) {
      if (!value.contains(name.as_string())) return place + ": required";
    }
    return {};
  }

  std::string fault_of_items(const Object& wanted, const Json& value, const std::string& place) {
    if (!value.is_array()) return {};
    std::size_t index = 0;
    for (const Json& item : value.get_array()) {
      std::string found = fault(wanted, item, place + "/" + std::to_string(index++));
      if (!found.empty()) return found;
    }
    return {};
  }

  std::string fault_of_names(const Object& wanted, const Json& value, const std::string& place) {
    if (!value.is_object()) return {};
    for (const auto& [key, member] : value.get_object()) {
      std::string found = fault(wanted, Json(boost::json::string(key)), place + "/" + std::string(key));
      if (!found.empty()) return found;
    }
    return {};
  }

  std::string fault_by_forms(const boost::json::array& forms, const Json& value, const std::string& place) {
    std::size_t met = 0;
    std::string faults;
    for (const Json& form : forms) {
      const std::string found = fault(form.as_object(), value, place);
      met += found.empty() ? 1 : 0;
      faults += " [" + found + "]";
    }
    return met == 1 ? std::string() : place + ": oneOf, met by " + std::to_string(met) + faults.substr(0, 500);
  }

  static bool contains(const boost::json::array& all, const Json& value) {
    for (const Json& each : all) {
      if (each == value) return true;
    }
    return false;
  }

  static long double number(const Json& value) {
    if (value.is_uint64()) return static_cast<long double>(value.get_uint64());
    if (value.is_int64()) return static_cast<long double>(value.get_int64());
    return value.get_double();
  }

  static bool is_of_type(const Json& wanted, const Json& value) {
    if (wanted.is_array()) {
      for (const Json& each : wanted.get_array()) {
        if (is_of_type(each, value)) return true;
      }
      return false;
    }
    const std::string_view type = text(wanted.as_string());
    if (type == "integer") return value.is_uint64() || value.is_int64();
    if (type == "number") return value.is_number();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_bool();
    if (type == "array") return value.is_array();
    return type == "object" && value.is_object();
  }

  bool matches(const boost::json::string& pattern, const boost::json::string& value) {
    const std::string key(text(pattern));
    auto found = patterns_.find(key);
    if (found == patterns_.end()) found = patterns_.emplace(key, std::regex(key)).first;
    return std::regex_search(value.begin(), value.end(), found->second);
  }

  const Json schema_;
  std::map<std::string, std::regex> patterns_;
};

}  // namespace tests
