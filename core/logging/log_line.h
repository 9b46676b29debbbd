// Log lines for people, in the retry summary's own form, made from events alone: the same lines in production and in a
// simulated run.
#pragma once

#include <string>
#include <vector>

#include "core/events/event.h"

namespace core {

/// The lines of one event, in order; most events have one, some none. Without time and runner, which the writer adds.
std::vector<std::string> log_lines(const Event& event);

}  // namespace core
