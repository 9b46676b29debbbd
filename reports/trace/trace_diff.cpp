#include "reports/trace/trace_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/json/input_error.h"
#include "core/time/text.h"
#include "reports/timeline_text.h"

namespace reports {

namespace {

using core::Event;

/// An event's fields by name, as texts; their order is the order of core::for_each_field.
using Fields = std::vector<std::pair<std::string_view, std::string>>;

struct FieldTexts {
  Fields& fields;
  void operator()(std::string_view name, std::string_view value) const { fields.emplace_back(name, value); }
  void operator()(std::string_view name, std::int64_t value) const { fields.emplace_back(name, std::to_string(value)); }
  void operator()(std::string_view name, core::Duration value) const {
    fields.emplace_back(name, core::format_duration(value));
  }
};

Fields fields_of(const Event& event) {
  Fields fields;
  const FieldTexts add{fields};
  add("time", event.at.time_since_epoch());
  add("event", core::name_of(event.kind));
  if (!event.runner.empty()) add("runner", event.runner);
  core::for_each_field(event, add);
  return fields;
}

std::string value_of(const Fields& fields, std::string_view name) {
  for (const auto& [key, value] : fields) {
    if (key == name) return core::printable(value, 200);
  }
  return "nothing";
}

std::string cell(const Events& events, std::size_t place) {
  if (place == events.size()) return "(the run ends here)";
  if (place > events.size()) return "";
  const Event& event = events[place];
  std::string text = core::format_duration(event.at.time_since_epoch());
  for (const std::string_view part : {event.runner, event.job}) {
    if (!part.empty()) text += " " + core::printable(part, 100);
  }
  return text + "  " + event_summary(event);
}

}  // namespace

std::optional<std::size_t> first_difference(const Events& a, const Events& b) {
  const auto [left, right] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (left == a.end() && right == b.end()) return std::nullopt;
  return static_cast<std::size_t>(left - a.begin());
}

std::vector<std::string> field_differences(const Event& a, const Event& b) {
  const Fields left = fields_of(a);
  const Fields right = fields_of(b);
  std::vector<std::string> lines;
  std::vector<std::string_view> seen;
  for (const Fields* fields : {&left, &right}) {
    for (const auto& [name, value] : *fields) {
      if (std::find(seen.begin(), seen.end(), name) != seen.end()) continue;
      seen.push_back(name);
      const auto is_same = [&](const auto& field) { return field.first == name && field.second == value; };
      if (std::any_of(left.begin(), left.end(), is_same) && std::any_of(right.begin(), right.end(), is_same)) continue;
      lines.push_back(fmt::format("{}: {} in A, {} in B", name, value_of(left, name), value_of(right, name)));
    }
  }
  return lines;
}

std::string difference_text(const Events& a, const Events& b, std::size_t place, std::size_t context) {
  const std::size_t first = place > context ? place - context : 0;
  const std::size_t end = std::min(place + context, std::max(a.size(), b.size()) - 1) + 1;
  std::size_t width = 1;
  for (std::size_t i = first; i < end; ++i) width = std::max(width, cell(a, i).size());
  std::string out = fmt::format("    {:>7}  {:{}}     B\n", "event", "A", width);
  for (std::size_t i = first; i < end; ++i) {
    const bool both = i < a.size() && i < b.size();
    const bool same = both && a[i] == b[i];
    out += fmt::format("{} {:>7}  {:{}}  {}  {}\n", i == place ? "-->" : "   ", i + 1, cell(a, i), width,
                       same ? "=" : "#", cell(b, i));
  }
  if (place >= a.size() || place >= b.size()) return out;
  for (const std::string& line : field_differences(a[place], b[place])) out += "    " + line + "\n";
  return out;
}

}  // namespace reports
