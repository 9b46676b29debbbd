#include "reports/trace/read_event.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <type_traits>
#include <vector>

#include "core/json/types.h"
#include "core/text/enum_names.h"

namespace reports {

namespace {

using core::Event;
using core::EventKind;
using core::input::At;
using core::input::Integer;
using core::input::Kind;
using Names = std::vector<std::string_view>;

template <class Enum>
const Names& names_of() {
  static const Names names = [] {
    Names all;
    for (const Enum value : core::values_of<Enum>()) all.push_back(core::name_of(value));
    return all;
  }();
  return names;
}

bool is_one_of(const At& at, const Names& names) {
  const bool known = at.is(Kind::String) && std::find(names.begin(), names.end(), at.node().text) != names.end();
  return known || at.expected_one_of(names);
}

bool read_kind(const At& at, Event& event) {
  if (!is_one_of(at, names_of<EventKind>())) return false;
  event.kind = *core::value_named<EventKind>(at.node().text);
  return true;
}

bool read_time(const At& at, Event& event) {
  std::int64_t nanoseconds = 0;
  if (!Integer{0, INT64_MAX}.read(at, nanoseconds)) return false;
  event.at = core::SteadyTime(core::Duration(nanoseconds));
  return true;
}

// A value of each type that a field may have.
bool read_value(const At& at, std::string_view& value) {
  if (!at.is(Kind::String)) return at.expected("a string");
  value = at.node().text;
  return true;
}

bool read_value(const At& at, std::optional<core::Duration>& value) {
  std::int64_t nanoseconds = 0;
  if (!Integer{0, INT64_MAX}.read(at, nanoseconds)) return false;
  value = core::Duration(nanoseconds);
  return true;
}

bool read_value(const At& at, std::optional<int>& status) {
  constexpr int kMostDigits = 999;
  int number = 0;
  if (!Integer{0, kMostDigits}.read(at, number)) return false;
  status = number;
  return true;
}

template <class Value>
bool read_value(const At& at, std::optional<Value>& value) {
  if constexpr (std::is_enum_v<Value>) {
    if (!is_one_of(at, names_of<Value>())) return false;
    value = core::value_named<Value>(at.node().text);
  } else {
    Value number{};
    if (!Integer{0, std::min<std::uint64_t>(std::numeric_limits<Value>::max(), INT64_MAX)}.read(at, number))
      return false;
    value = number;
  }
  return true;
}

template <class Enum>
bool read_reason_of(const At& at, core::Reason& reason) {
  if (!is_one_of(at, names_of<Enum>())) return false;
  reason = *core::value_named<Enum>(at.node().text);
  return true;
}

/// Which words there are depends on the event's kind, which has been read. Nothing for a kind that has no reason.
std::optional<bool> read_reason(const At& at, EventKind kind, core::Reason& reason) {
  if (kind == EventKind::CallGaveUp) return read_reason_of<core::GiveUpReason>(at, reason);
  if (kind == EventKind::JobRequeued) return read_reason_of<core::RequeueReason>(at, reason);
  if (kind == EventKind::JobFailed) return read_reason_of<core::JobFailReason>(at, reason);
  return std::nullopt;
}

/// Whether a trace has the field under this key.
template <class Value>
bool is_key_of(const core::EventField<Value>& field, std::string_view key) {
  constexpr bool kIsDuration = std::is_same_v<Value, std::optional<core::Duration>>;
  if (!key.starts_with(field.name)) return false;
  return key.substr(field.name.size()) == (kIsDuration ? std::string_view("_ns") : std::string_view());
}

/// Nothing for a key that no field has.
std::optional<bool> read_field(const At& at, Event& event) {
  const std::string_view key = at.node().key;
  if (key == "t_ns") return read_time(at, event);
  if (key == "event") return true;  // Read before the others.
  if (key == "runner") return read_value(at, event.runner);
  std::optional<bool> read;
  core::for_each_event_field([&](const auto& field) {
    if (read || !is_key_of(field, key)) return;
    if constexpr (std::is_same_v<decltype(field.member), core::Reason Event::*>) {
      read = read_reason(at, event.kind, event.reason);
    } else {
      read = read_value(at, event.*(field.member));
    }
  });
  return read;
}

bool has(const At& at, std::string_view key) {
  return at.node().find(key) != nullptr || at.error("the key " + core::quoted(key) + " is missing");
}

/// What an event of its kind cannot be without.
bool is_whole(const At& at, const Event& event) {
  const std::string_view name = core::name_of(event.kind);
  if (name.starts_with("call.") && !has(at, "api")) return false;
  return !name.starts_with("tool.") || has(at, "tool");
}

}  // namespace

void ForeignFields::note(const At& member) {
  const std::string_view name = member.node().key;
  if (names_.size() >= kMostNames || names_.contains(name)) return;
  names_.emplace(name);
  member.warning("a foreign field, which is left aside here and on every later line");
}

bool read_event(const At& at, ForeignFields& foreign, Event& event) {
  if (!at.is(Kind::Object)) return at.wrong_kind("an object: an event, or the header of a run");
  if (!has(at, "t_ns") || !has(at, "event")) return false;
  if (!read_kind(at.member(*at.node().find("event")), event)) return false;
  bool ok = true;
  for (const core::input::Node& member : at.node().children) {
    const std::optional<bool> read = read_field(at.member(member), event);
    if (!read) foreign.note(at.member(member));
    ok = read.value_or(true) && ok;
  }
  return ok && is_whole(at, event);
}

}  // namespace reports
