// A timeline for people: one line an event, in three columns, so that the three layers of retrying - job, tool, request
// - are seen at a glance.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/events/event.h"
#include "core/text/terminal_text.h"

namespace reports {

/// Of what the timeline is shown on.
struct Screen {
  bool colours = false;
  std::size_t width = 0;  ///< In columns; 0: without end, as a file's lines are.
};

/// The whole timeline with its heading, each line ended by a newline. Where the three columns do not fit beside each
/// other, the levels are told by how far a line is indented.
core::TerminalText timeline_text(const std::vector<core::Event>& events, const Screen& screen);

/// One event as the timeline words it, without its time and actor: "llm.chat 1/5 failed: 429 rate_limited".
std::string event_summary(const core::Event& event);

/// One event in the form `time actor event key=value`, for error reports.
std::string event_line(const core::Event& event);

}  // namespace reports
