// The traces of runners that worked on one Redis, as one run: only then does each job's whole way show.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rehearse/trace_input.h"

namespace rehearse {

struct TracesTogether {
  std::optional<TraceRun> run;       ///< Nothing where no file holds a run.
  bool a_runner_was_killed = false;  ///< A trace does not end with its runner's stop, or did not live to be begun.
};

/// Reads the files, and puts the events of all runs in order by the wall clocks at which they began. A line that a kill
/// has cut is left out. A runner whose trace does not end with its stop crashes after its last event. Nothing, with the
/// faults printed, when a file cannot be read, or a trace is of virtual time, does not say when it began, or was made
/// under another configuration (unless `config_is_given`).
std::optional<TracesTogether> load_together(const std::vector<std::string>& paths, bool config_is_given);

}  // namespace rehearse
