// One event as one line of a trace file (JSON Lines). Durations are integer nanoseconds under keys that end in `_ns`.
#pragma once

#include <string>

#include "core/events/event.h"

namespace reports {

/// Appends a member for each field of the event but time, kind and runner, each after a comma: `,"job":"a"`.
void append_event_fields(std::string& out, const core::Event& event);

/// Appends the JSON object, without a newline. Keys come in the order of core::for_each_field.
void append_event_json(std::string& out, const core::Event& event);

}  // namespace reports
