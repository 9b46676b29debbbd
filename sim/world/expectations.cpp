#include "sim/world/expectations.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/text/terminal_text.h"
#include "core/time/text.h"

namespace sim {

namespace {

using core::Event;
using core::TerminalText;

bool at_time(const ExpectedEvent& expected, const Event& event) {
  const core::Duration off = expected.at > event.at ? expected.at - event.at : event.at - expected.at;
  return off <= expected.within;
}

/// Entries of different jobs at one instant may come in either order.
bool may_swap(const ExpectedEvent& a, const ExpectedEvent& b) {
  const std::string* job_a = text_of(a, "job");
  const std::string* job_b = text_of(b, "job");
  return a.at == b.at && job_a != nullptr && job_b != nullptr && *job_a != *job_b;
}

std::string line_of(const ExpectedEvent& expected) {
  std::string line = core::format_duration(expected.at.time_since_epoch()) + " " + describe(expected);
  if (expected.within > core::Duration::zero()) line += " within=" + core::format_duration(expected.within);
  return line;
}

/// The actual event with just the fields that the expected one lists, so that the two can be compared by eye.
struct ListedFieldWriter {
  const ExpectedEvent& expected;
  std::string& line;

  void put(std::string_view name, const std::string& value) const {
    for (const auto& field : expected.fields) {
      if (field.first == name) line += fmt::format(" {}={}", name, value);
    }
  }
  void operator()(std::string_view name, std::string_view value) const { put(name, std::string(value)); }
  void operator()(std::string_view name, std::int64_t value) const { put(name, std::to_string(value)); }
  void operator()(std::string_view name, core::Duration value) const { put(name, core::format_duration(value)); }
};

std::string line_of(const ExpectedEvent& expected, const Event& event) {
  std::string line =
      fmt::format("{} {}", core::format_duration(event.at.time_since_epoch()), core::name_of(event.kind));
  const ListedFieldWriter write{expected, line};
  write("runner", event.runner);
  core::for_each_field(event, write);
  return line;
}

/// What stands where the expected event should: the first event after `from` that is as much like it as any.
const Event* likest(const ExpectedEvent& expected, const std::vector<Event>& events, std::size_t from) {
  const Event* best = nullptr;
  int best_likeness = 0;
  for (std::size_t i = from; i < events.size(); ++i) {
    if (events[i].kind != expected.event) continue;
    int likeness = 1;
    for (const auto& field : expected.fields) {
      if (matches(EventPattern{expected.event, {field}}, events[i])) ++likeness;
    }
    if (at_time(expected, events[i])) ++likeness;
    if (likeness > best_likeness) {
      best = &events[i];
      best_likeness = likeness;
    }
  }
  return best;
}

struct Row {
  std::string expected;
  std::string actual;
  bool same;
};

TerminalText side_by_side(const std::vector<Row>& rows, std::size_t left_out) {
  std::size_t width = 8;
  for (const Row& row : rows) width = std::max(width, row.expected.size());
  TerminalText text = TerminalText::format("    {:{}}     {}\n", "expected", width, "actual");
  if (left_out > 0) text.append("    ({} entries before these hold)\n", left_out);
  for (const Row& row : rows) {
    text.append("{} {:{}}  {}  {}\n", row.same ? "   " : "-->", row.expected, width, row.same ? "=" : "#", row.actual);
  }
  return text;
}

std::optional<TerminalText> timeline_mismatch(const std::vector<ExpectedEvent>& expected,
                                              const std::vector<Event>& events) {
  constexpr std::size_t kContext = 6;
  std::vector<std::size_t> places;
  places.reserve(expected.size());
  std::vector<bool> used(events.size());
  // Entries of another instant never swap, so only those of the same one need a look each.
  std::size_t instant_begin = 0;
  std::size_t after_earlier = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (i > 0 && expected[i].at != expected[i - 1].at) {
      after_earlier = 1 + *std::max_element(places.begin() + static_cast<std::ptrdiff_t>(instant_begin), places.end());
      instant_begin = i;
    }
    std::size_t place = after_earlier;
    for (std::size_t j = instant_begin; j < i; ++j) {
      if (!may_swap(expected[j], expected[i])) place = std::max(place, places[j] + 1);
    }
    const std::size_t from = place;
    while (place < events.size() && (used[place] || !matches(expected[i], events[place]))) ++place;
    if (place < events.size()) {
      places.push_back(place);
      used[place] = true;
      continue;
    }
    std::vector<Row> rows;
    const std::size_t first = i > kContext ? i - kContext : 0;
    for (std::size_t j = first; j < i; ++j) {
      rows.push_back({line_of(expected[j]), line_of(expected[j], events[places[j]]), true});
    }
    const Event* instead = likest(expected[i], events, from);
    rows.push_back({line_of(expected[i]), instead ? line_of(expected[i], *instead) : "(no such event)", false});
    return TerminalText::format("timeline: entry {} of {} did not happen as expected\n{}", i + 1, expected.size(),
                                side_by_side(rows, first));
  }
  return std::nullopt;
}

std::optional<TerminalText> jobs_mismatch(const Expect& expect, const Outcome& outcome) {
  constexpr std::size_t kMostRows = 20;
  std::vector<Row> rows;
  for (const auto& [job, state] : outcome.jobs) {
    auto wanted = expect.jobs.find(job);
    if (wanted == expect.jobs.end()) wanted = expect.jobs.find("*");
    if (wanted == expect.jobs.end() || state == wanted->second) continue;
    rows.push_back({fmt::format("{} {}", job, name_of(wanted->second)),
                    fmt::format("{} {}", job, state ? name_of(*state) : "not in Redis"), false});
    if (rows.size() == kMostRows) break;
  }
  if (rows.empty()) return std::nullopt;
  return TerminalText::format("jobs: not all are in the state that they should be in\n{}", side_by_side(rows, 0));
}

using Counts = std::map<std::string, std::uint64_t>;

std::optional<TerminalText> counts_mismatch(std::string_view what, const Counts& expected, const Counts& found) {
  std::vector<Row> rows;
  for (const auto& [name, count] : expected) {
    const auto known = found.find(name);
    const std::uint64_t actual = known == found.end() ? 0 : known->second;
    if (actual != count) rows.push_back({fmt::format("{} {}", name, count), fmt::format("{} {}", name, actual), false});
  }
  if (rows.empty()) return std::nullopt;
  return TerminalText::format("{}: the fake GitHub does not hold as many as expected\n{}", what, side_by_side(rows, 0));
}

std::optional<TerminalText> log_mismatch(const Expect& expect, const Outcome& outcome) {
  std::size_t next = 0;
  for (std::size_t i = 0; i < expect.log.size(); ++i) {
    const std::size_t from = next;
    while (next < outcome.log.size() && outcome.log[next] != expect.log[i]) ++next;
    if (next++ < outcome.log.size()) continue;
    auto text = TerminalText::format("log: line {} of {} was not logged{}\n    expected: {}\n", i + 1,
                                     expect.log.size(), i > 0 ? " after the lines before it" : "", expect.log[i]);
    for (std::size_t j = from; j < std::min(from + 8, outcome.log.size()); ++j) {
      text.append("    actual:   {}\n", outcome.log[j]);
    }
    return text;
  }
  return std::nullopt;
}

std::optional<TerminalText> ends_at_mismatch(const Expect& expect, const Outcome& outcome) {
  if (!expect.ends_at || outcome.last_job_ended_at == expect.ends_at) return std::nullopt;
  const std::string actual = outcome.last_job_ended_at
                                 ? core::format_duration(outcome.last_job_ended_at->time_since_epoch())
                                 : "no job has ended";
  const std::vector<Row> rows{{core::format_duration(expect.ends_at->time_since_epoch()), actual, false}};
  return TerminalText::format("ends_at: the last job did not end when it should\n{}", side_by_side(rows, 0));
}

std::optional<TerminalText> violations_mismatch(const Expect& expect, const Outcome& outcome) {
  constexpr std::uint64_t kMostLines = 5;  // Of one invariant.
  const std::set<std::string> expected(expect.violations.begin(), expect.violations.end());
  TerminalText text;
  ViolationCounts seen = outcome.more_violations;
  ViolationCounts lines;
  for (const Violation& violation : outcome.violations) {
    ++seen[violation.invariant];
    if (expected.contains(violation.invariant) || lines[violation.invariant] == kMostLines) continue;
    ++lines[violation.invariant];
    text.append("violation of {}: {}\n", violation.invariant, violation.message);
  }
  for (const auto& [name, printed] : lines) {
    if (seen[name] > printed) text.append("  and {} more of {}\n", seen[name] - printed, name);
  }
  for (const std::string& name : expected) {
    if (!seen.contains(name)) text.append("violations: {} should have been violated, and was not\n", name);
  }
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace

bool matches(const ExpectedEvent& expected, const core::Event& event) {
  return at_time(expected, event) && matches(static_cast<const EventPattern&>(expected), event);
}

std::vector<std::string> mismatches(const Expect& expect, const std::vector<core::Event>& events,
                                    const Outcome& outcome) {
  std::vector<std::string> found;
  const auto add = [&found](const std::optional<TerminalText>& text) {
    if (text) found.push_back(text->str());
  };
  add(violations_mismatch(expect, outcome));
  add(timeline_mismatch(expect.timeline, events));
  add(jobs_mismatch(expect, outcome));
  add(ends_at_mismatch(expect, outcome));
  add(counts_mismatch("comments", expect.comments, outcome.comments));
  add(counts_mismatch("effects", expect.effects, outcome.effects));
  add(log_mismatch(expect, outcome));
  return found;
}

}  // namespace sim
