// The traces of runners that worked on one Redis, as one run: only then does each job's whole way show.
#pragma once

#include <optional>
#include <vector>

#include "rehearse/trace_input.h"

namespace rehearse {

struct TracesTogether {
  TraceRun run;
  bool a_runner_was_killed = false;  ///< A trace does not end with its runner's stop.
};

/// Puts the events in order by the wall clocks at which the traces began. A runner whose trace does not end with its
/// stop crashes after its last event. Nothing, with the fault printed, when a trace is of virtual time, does not say
/// when it began, or was made under another configuration (unless `config_is_given`). `runs` is not empty.
std::optional<TracesTogether> together(std::vector<TraceRun> runs, bool config_is_given);

}  // namespace rehearse
