#include "reports/trace/trace_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/json/input_error.h"
#include "core/text/wrap.h"
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

namespace {

using core::TerminalText;

/// The events around `place` of both sides.
struct Excerpt {
  const Events& a;
  const Events& b;
  std::size_t place;
  std::size_t first;
  std::size_t end;

  bool is_same(std::size_t i) const { return i < a.size() && i < b.size() && a[i] == b[i]; }
  std::string_view mark(std::size_t i) const { return i == place ? "-->" : "   "; }
};

TerminalText beside_each_other(const Excerpt& excerpt, std::size_t width_of_a) {
  TerminalText out = TerminalText::format("    {:>7}  {:{}}     B\n", "event", "A", width_of_a);
  for (std::size_t i = excerpt.first; i < excerpt.end; ++i) {
    out.append("{} {:>7}  {:{}}  {}  {}\n", excerpt.mark(i), i + 1, cell(excerpt.a, i), width_of_a,
               excerpt.is_same(i) ? "=" : "#", cell(excerpt.b, i));
  }
  return out;
}

TerminalText below_each_other(const Excerpt& excerpt, std::size_t width) {
  constexpr std::size_t kBefore = 16, kLeastText = 24;
  const std::size_t room = std::max(width, kBefore + kLeastText) - kBefore;
  TerminalText out = TerminalText::format("    {:>7}     A and B\n", "event");
  const auto add = [&](std::size_t i, std::string_view side, const std::string& text) {
    const bool is_first = side != "B";
    TerminalText before = is_first ? TerminalText::format("{} {:>7}  {}  ", excerpt.mark(i), i + 1, side)
                                   : TerminalText::format("{:>14}  ", side);
    for (const std::string_view piece : core::wrapped(text, room)) {
      out.append("{}{}\n", before, piece);
      before = TerminalText::format("{:{}}", "", kBefore);
    }
  };
  for (std::size_t i = excerpt.first; i < excerpt.end; ++i) {
    add(i, excerpt.is_same(i) ? "=" : "A", cell(excerpt.a, i));
    if (!excerpt.is_same(i)) add(i, "B", cell(excerpt.b, i));
  }
  return out;
}

}  // namespace

TerminalText difference_text(const Events& a, const Events& b, std::size_t place, std::size_t width,
                             std::size_t context) {
  const std::size_t first = place > context ? place - context : 0;
  const std::size_t end = std::min(place + context, std::max(a.size(), b.size()) - 1) + 1;
  std::size_t widest_a = 1, widest_b = 1;
  for (std::size_t i = first; i < end; ++i) {
    widest_a = std::max(widest_a, cell(a, i).size());
    widest_b = std::max(widest_b, cell(b, i).size());
  }
  constexpr std::size_t kAround = 18;  // Columns beside the texts.
  const Excerpt excerpt{a, b, place, first, end};
  TerminalText out = width == 0 || kAround + widest_a + widest_b <= width ? beside_each_other(excerpt, widest_a)
                                                                          : below_each_other(excerpt, width);
  if (place >= a.size() || place >= b.size()) return out;
  for (const std::string& line : field_differences(a[place], b[place])) out.append("    {}\n", line);
  return out;
}

}  // namespace reports
