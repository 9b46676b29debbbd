#include "reports/trace/read_event.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/json/types.h"
#include "core/retry/decide.h"
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

bool read_failure(const At& at, Event& event) {
  if (!is_one_of(at, names_of<core::FailureKind>())) return false;
  event.failure = core::value_named<core::FailureKind>(at.node().text);
  return true;
}

bool read_source(const At& at, Event& event) {
  event.source = at.node().text;
  return is_one_of(at, names_of<core::DelaySource>());
}

bool read_outcome(const At& at, Event& event) {
  event.outcome = at.node().text;
  return is_one_of(at, names_of<core::AgentOutcome>());
}

template <std::string_view Event::* field>
bool read_text(const At& at, Event& event) {
  if (!at.is(Kind::String)) return at.expected("a string");
  event.*field = at.node().text;
  return true;
}

template <auto field, std::uint64_t most>
bool read_number(const At& at, Event& event) {
  typename std::remove_reference_t<decltype(event.*field)>::value_type number{};
  if (!Integer{0, most}.read(at, number)) return false;
  event.*field = number;
  return true;
}

template <std::optional<core::Duration> Event::* field>
bool read_duration(const At& at, Event& event) {
  std::int64_t nanoseconds = 0;
  if (!Integer{0, INT64_MAX}.read(at, nanoseconds)) return false;
  event.*field = core::Duration(nanoseconds);
  return true;
}

struct Field {
  std::string_view key;
  bool (*read)(const At&, Event&);
};
constexpr std::array<Field, 20> kFields = {{
    {"t_ns", read_time},
    {"event", read_kind},
    {"runner", read_text<&Event::runner>},
    {"job", read_text<&Event::job>},
    {"api", read_text<&Event::api>},
    {"tool", read_text<&Event::tool>},
    {"attempt", read_number<&Event::attempt, UINT32_MAX>},
    {"max_attempts", read_number<&Event::max_attempts, UINT32_MAX>},
    {"attempts", read_number<&Event::attempts, UINT32_MAX>},
    {"retry_count", read_number<&Event::retry_count, UINT32_MAX>},
    {"max_retries", read_number<&Event::max_retries, UINT32_MAX>},
    {"status", read_number<&Event::status, 999>},
    {"failure", read_failure},
    {"hint_ns", read_duration<&Event::hint>},
    {"delay_ns", read_duration<&Event::delay>},
    {"lost_ns", read_duration<&Event::lost>},
    {"source", read_source},
    {"reason", read_text<&Event::reason>},
    {"outcome", read_outcome},
    {"code", read_text<&Event::code>},
}};

const Names* reasons_of(EventKind kind) {
  switch (kind) {
    case EventKind::CallGaveUp:
      return &names_of<core::GiveUpReason>();
    case EventKind::JobRequeued:
      return &names_of<core::RequeueReason>();
    case EventKind::JobFailed:
      return &names_of<core::JobFailReason>();
    default:
      return nullptr;
  }
}

bool has(const At& at, std::string_view key) {
  return at.node().find(key) != nullptr || at.error("the key " + core::quoted(key) + " is missing");
}

/// What an event of its kind cannot be without.
bool is_whole(const At& at, const Event& event) {
  const std::string_view name = core::name_of(event.kind);
  if (name.starts_with("call.") && !has(at, "api")) return false;
  if (name.starts_with("tool.") && !has(at, "tool")) return false;
  const Names* reasons = reasons_of(event.kind);
  return reasons == nullptr || event.reason.empty() || is_one_of(at.member(*at.node().find("reason")), *reasons);
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
  bool ok = has(at, "t_ns");
  ok = has(at, "event") && ok;
  for (const core::input::Node& member : at.node().children) {
    const auto* const field =
        std::find_if(kFields.begin(), kFields.end(), [&](const Field& each) { return each.key == member.key; });
    if (field == kFields.end()) {
      foreign.note(at.member(member));
    } else {
      ok = field->read(at.member(member), event) && ok;
    }
  }
  return ok && is_whole(at, event);
}

}  // namespace reports
