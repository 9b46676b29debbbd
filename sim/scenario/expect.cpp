#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "core/api/api.h"
#include "core/events/event.h"
#include "core/json/choice.h"
#include "core/retry/decide.h"
#include "core/text/enum_names.h"
#include "core/text/names.h"
#include "sim/invariants/invariants.h"
#include "sim/scenario/types.h"

namespace sim {

namespace {

using namespace core::input;

/// The names of all values of the enums, each once.
template <class... Enums>
const NameOf& name_of_any() {
  static const NameOf kType = [] {
    std::vector<std::string_view> names;
    const auto add = [&names](const auto& values) {
      for (const auto value : values) {
        const std::string_view name = core::name_of(value);
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
      }
    };
    (add(core::values_of<Enums>()), ...);
    return NameOf{std::move(names)};
  }();
  return kType;
}

const OneOf<core::EventKind>& event_type() {
  static const OneOf<core::EventKind> kType = [] {
    OneOf<core::EventKind> type;
    for (const core::EventKind kind : core::values_of<core::EventKind>()) {
      type.names.emplace_back(core::name_of(kind), kind);
    }
    return type;
  }();
  return kType;
}

/// What the runner and the client call.
const NameOf& api_type() {
  static const NameOf kType = [] {
    NameOf type;
    for (const core::Api* api : core::kApis) type.names.push_back(api->name);
    return type;
  }();
  return kType;
}

Integer range_of(std::string_view field) {
  if (field == "status") return {100, 599};
  const bool from_zero = field == "attempts" || field == "retry_count" || field == "max_retries";
  return {from_zero ? 0U : 1U, UINT32_MAX};
}

/// The pattern's value of that field, to be read or written.
template <class Value, class Io, class Type>
void describe_value(Io& io, EventPattern& pattern, std::string_view name, const Type& type, std::string_view says) {
  std::optional<Value> value;
  if constexpr (Io::kWrites) {
    const auto found = std::ranges::find(pattern.fields, name, [](const auto& field) { return field.first; });
    if (found != pattern.fields.end()) value = std::get<Value>(found->second);
  }
  if (io.optional(name, value, type, says)) pattern.fields.emplace_back(std::string(name), std::move(*value));
}

// How the value of a field of each type is written in a scenario.
template <class Io>
void describe_field(Io& io, EventPattern& pattern, const core::EventField<std::string_view>& field) {
  if (field.name == "api") return describe_value<std::string>(io, pattern, field.name, api_type(), field.says);
  describe_value<std::string>(io, pattern, field.name, Text{"a string that is not empty", is_not_empty}, field.says);
}
template <class Io>
void describe_field(Io& io, EventPattern& pattern, const core::EventField<core::Reason>& field) {
  describe_value<std::string>(io, pattern, field.name,
                              name_of_any<core::GiveUpReason, core::RequeueReason, core::JobFailReason>(), field.says);
}
template <class Io, class Value>
void describe_field(Io& io, EventPattern& pattern, const core::EventField<std::optional<Value>>& field) {
  if constexpr (std::is_enum_v<Value>) {
    describe_value<std::string>(io, pattern, field.name, name_of_any<Value>(), field.says);
  } else if constexpr (std::is_same_v<Value, core::Duration>) {
    describe_value<core::Duration>(io, pattern, field.name, DurationText{}, field.says);
  } else {
    describe_value<std::int64_t>(io, pattern, field.name, range_of(field.name), field.says);
  }
}

template <class Io>
void describe_pattern(Io& io, EventPattern& pattern, std::uint32_t runners) {
  // Without a name of an event no field is known to be wrong.
  const bool is_known = io.required("event", pattern.event, event_type(), "The event's name.");
  const auto can_be_of = [&](core::KindSet kinds) { return !is_known || kinds.contains(pattern.event); };
  if (is_known) io.call_it(core::name_of(pattern.event));
  if (can_be_of(core::kRunnerKinds))
    describe_value<std::string>(io, pattern, "runner", RunnerName{runners}, "Where it happened, as runner-1.");
  core::for_each_event_field([&](const auto& field) {
    if (can_be_of(field.kinds)) describe_field(io, pattern, field);
  });
}

auto pattern_type(std::uint32_t runners) {
  return object<EventPattern>([runners](auto& io, EventPattern& pattern) { describe_pattern(io, pattern, runners); });
}

auto entry_type(std::uint32_t runners) {
  return object<ExpectedEvent>([runners](auto& io, ExpectedEvent& entry) {
    io.required("at", entry.at, DurationText{}, "The virtual time, exact to the nanosecond.");
    io.optional("within", entry.within, DurationText{}, "Plus or minus this much.");
    describe_pattern(io, entry, runners);
  });
}

/// The invariant whose rule is `Rule`; `describe` is given that.
template <class Rule, class Describe>
auto own_form(std::string_view key, Describe describe) {
  return Form{key,
              [describe](auto& io, OwnInvariant& own) {
                io.optional("name", own.name, Text{"a name that is not empty", is_not_empty},
                            "What it is called in violations.");
                describe(io, alternative_for<Rule>(io, own.rule));
              },
              [](const OwnInvariant& own) { return std::holds_alternative<Rule>(own.rule); }};
}

auto own_invariant_type(std::uint32_t runners) {
  const auto never = [runners](auto& io, Never& rule) {
    io.required("never", rule.never, pattern_type(runners), "No event is like this.");
  };
  const auto after = [runners](auto& io, After& rule) {
    io.required("after", rule.after, pattern_type(runners), "Each event like this");
    io.required("within", rule.within, DurationText{}, "is followed at most so much later");
    io.required("expect", rule.expect, pattern_type(runners),
                "by one like this, of the same job unless a job is listed.");
  };
  return one_form_of<OwnInvariant>(std::tuple{own_form<Never>("never", never), own_form<After>("after", after)});
}

auto expect_type(std::uint32_t runners, const std::vector<std::string_view>* job_ids) {
  return object<Expect>([runners, job_ids](auto& io, Expect& expect) {
    OneOf<JobState> state;
    for (const JobState each : core::values_of<JobState>()) state.names.emplace_back(name_of(each), each);
    const Text issue{"an issue such as \"octo/hello#7\"", is_issue_name, kIssuePattern};
    io.optional("timeline", expect.timeline, List{entry_type(runners)}, "Events that must occur, in this order.");
    io.optional("jobs", expect.jobs, Map{JobName{job_ids, true}, state}, "The jobs' states at the end; \"*\" for all.");
    io.optional("ends_at", expect.ends_at, DurationText{}, "When the last job ends.");
    io.optional("comments", expect.comments, Map{issue, Integer{0, 1'000'000'000}},
                "How many comments exist at the end, by owner/name#issue.");
    NameOf effect{{}};
    for (const core::Api* api : core::kApis) {
      const bool is_known = std::ranges::find(effect.names, api->operation) != effect.names.end();
      if (core::is_effect(api->name) && !is_known) effect.names.push_back(api->operation);
    }
    io.optional("effects", expect.effects, Map{effect, Integer{0, 1'000'000'000}},
                "How often each of GitHub's operations changed something, such as \"issues.create\".");
    io.optional("log", expect.log, List{Text{"a line that is not empty", is_not_empty}},
                "Lines that must be logged, in this order.");
    io.optional("violations", expect.violations, List{Text{"an invariant's name", is_not_empty}},
                "Exactly these invariants must be violated.");
  });
}

}  // namespace

bool is_issue_name(std::string_view text) {
  const std::size_t hash = text.find('#');
  if (hash == std::string_view::npos || !core::is_repository(text.substr(0, hash))) return false;
  const std::string_view number = text.substr(hash + 1);
  return !number.empty() && number.size() <= 18 && number.front() != '0' &&
         number.find_first_not_of("0123456789") == std::string_view::npos;
}

bool ExpectType::read(const At& at, Expect& expect) const {
  return expect_type(runners, job_ids).read(at, expect);
}

JsonObject ExpectType::schema(const Expect& expect) const {
  return expect_type(runners, job_ids).schema(expect);
}

bool OwnInvariantsType::read(const At& at, std::vector<OwnInvariant>& own) const {
  bool ok = List{own_invariant_type(runners), 1'000}.read(at, own);
  std::vector<std::string_view> taken;
  for (const InvariantInfo& info : invariant_list()) taken.push_back(info.name);
  for (std::size_t i = 0; ok && i < own.size(); ++i) {
    if (own[i].name.empty()) own[i].name = fmt::format("invariant-{}", i + 1);
    if (std::find(taken.begin(), taken.end(), own[i].name) != taken.end()) {
      ok =
          at.item(i).error("the name " + core::quoted(own[i].name) + " is taken", "a name that no other invariant has");
    }
    taken.push_back(own[i].name);
  }
  return ok;
}

JsonObject OwnInvariantsType::schema(const std::vector<OwnInvariant>& own) const {
  return List{own_invariant_type(runners)}.schema(own);
}

std::vector<std::string> OwnInvariantsType::file_texts(const std::vector<OwnInvariant>& own) const {
  return List{own_invariant_type(runners)}.file_texts(own);
}

}  // namespace sim
