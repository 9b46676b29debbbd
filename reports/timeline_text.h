// A timeline for people: one line an event, in three columns, so that the three layers of retrying - job, tool, request
// - are seen at a glance.
#pragma once

#include <string>
#include <vector>

#include "core/events/event.h"

namespace reports {

enum class Colour : std::uint8_t { Never, Always };

/// The whole timeline with its heading, each line ended by a newline.
std::string timeline_text(const std::vector<core::Event>& events, Colour colour);

/// One event as the timeline words it, without its time and actor: "llm.chat 1/5 failed: 429 rate_limited".
std::string event_summary(const core::Event& event);

/// One event in the form `time actor event key=value`, for error reports.
std::string event_line(const core::Event& event);

}  // namespace reports
