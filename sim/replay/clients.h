// What clients and operators did, as far as a trace tells of it. A runner's own trace does not.
#pragma once

#include <optional>
#include <vector>

#include "core/events/event.h"
#include "sim/scenario/scenario.h"

namespace sim {

/// Nothing for an event that reports no operator's command.
std::optional<core::OperatorCommand> operator_command_of(core::EventKind kind);

/// Whether any event is of a client or an operator.
bool tells_of_clients(const std::vector<core::Event>& events);

/// The operator's commands that a runner's own trace leaves out. A job that begins after it had failed, or before the
/// wait for its retry is over, was brought back; one that is taken away while Redis answers, and not seen again, was
/// cancelled. None where the trace tells of clients. `lease` is renewed every third of it.
std::vector<WorldEntry> untold_commands(const std::vector<core::Event>& events, core::Duration lease);

}  // namespace sim
