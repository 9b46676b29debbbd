#include "sim/invariants/pattern.h"

#include <fmt/format.h>

#include "core/time/text.h"

namespace sim {

namespace {

/// Counts the fields of an event that a pattern lists just so.
struct FieldMatcher {
  const EventPattern& pattern;
  std::size_t& found;

  template <class Wanted, class Value>
  void look_for(std::string_view name, const Value& value) const {
    for (const auto& [wanted_name, wanted] : pattern.fields) {
      if (name != wanted_name) continue;
      const auto* same_type = std::get_if<Wanted>(&wanted);
      if (same_type != nullptr && *same_type == value) ++found;
    }
  }
  void operator()(std::string_view name, std::string_view value) const { look_for<std::string>(name, value); }
  void operator()(std::string_view name, std::int64_t value) const { look_for<std::int64_t>(name, value); }
  void operator()(std::string_view name, core::Duration value) const { look_for<core::Duration>(name, value); }
};

std::string value_text(const FieldValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  return core::format_duration(std::get<core::Duration>(value));
}

}  // namespace

bool matches(const EventPattern& pattern, const core::Event& event) {
  if (pattern.event != event.kind) return false;
  std::size_t found = 0;
  const FieldMatcher matcher{pattern, found};
  matcher("runner", event.runner);
  core::for_each_field(event, matcher);
  return found == pattern.fields.size();
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
