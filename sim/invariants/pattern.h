// A kind of event and some of its fields: what a scenario names when it expects or forbids something.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/events/event.h"
#include "core/time/time.h"

namespace sim {

using FieldValue = std::variant<std::string, std::int64_t, core::Duration>;

struct EventPattern {
  core::EventKind event{};
  std::vector<std::pair<std::string, FieldValue>> fields;  ///< `runner` among them.
  bool operator==(const EventPattern&) const = default;
};

/// Kind and all listed fields are equal; a field that the event has not equals nothing.
bool matches(const EventPattern& pattern, const core::Event& event);

/// The text of the field `name`; null where the pattern does not list it, or not as a text.
const std::string* text_of(const EventPattern& pattern, std::string_view name);

/// "call.failed api=llm.chat status=429"
std::string describe(const EventPattern& pattern);

}  // namespace sim
