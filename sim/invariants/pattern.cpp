#include "sim/invariants/pattern.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/time/text.h"

namespace sim {

namespace {

struct FieldMatcher {
  std::string_view wanted_name;
  const FieldValue& wanted;
  bool& found;

  template <class Value>
  void compare(std::string_view name, const Value& value) const {
    const auto* same_type = std::get_if<Value>(&wanted);
    if (name == wanted_name && same_type != nullptr && *same_type == value) found = true;
  }
  void operator()(std::string_view name, std::string_view value) const {
    const auto* text = std::get_if<std::string>(&wanted);
    if (name == wanted_name && text != nullptr && *text == value) found = true;
  }
  void operator()(std::string_view name, std::int64_t value) const { compare(name, value); }
  void operator()(std::string_view name, core::Duration value) const { compare(name, value); }
};

std::string value_text(const FieldValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  return core::format_duration(std::get<core::Duration>(value));
}

}  // namespace

bool matches(const EventPattern& pattern, const core::Event& event) {
  if (pattern.event != event.kind) return false;
  return std::all_of(pattern.fields.begin(), pattern.fields.end(), [&event](const auto& field) {
    bool found = false;
    const FieldMatcher matcher{field.first, field.second, found};
    matcher("runner", event.runner);
    core::for_each_field(event, matcher);
    return found;
  });
}

const std::string* text_of(const EventPattern& pattern, std::string_view name) {
  for (const auto& field : pattern.fields) {
    if (field.first == name) return std::get_if<std::string>(&field.second);
  }
  return nullptr;
}

std::string describe(const EventPattern& pattern) {
  std::string text(core::name_of(pattern.event));
  for (const auto& [name, value] : pattern.fields) text += fmt::format(" {}={}", name, value_text(value));
  return text;
}

}  // namespace sim
