// Trace files as the commands take them: the runs in them, their events and their configuration.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/config/config.h"
#include "reports/trace/trace_reader.h"
#include "sim/record/recorder.h"

namespace rehearse {

struct TraceRun {
  std::string file;
  reports::TraceHeader header;
  std::unique_ptr<sim::Recorder> recorder;

  const std::vector<core::Event>& events() const { return recorder->events(); }
  std::string name() const;  ///< "FILE: TITLE (seed N)", as far as the header tells; "FILE:LINE".
};

/// All runs of a trace file. Prints every error and warning; nothing when there is an error.
std::optional<std::vector<TraceRun>> load_trace(const std::string& path,
                                                reports::CutLine cut_line = reports::CutLine::Refused);

/// A file with a runner's configuration. Prints every error and warning; nothing when there is an error.
std::optional<core::Config> load_config(const std::string& path);

/// What the trace says that the run was made under, the defaults where it says nothing. Prints errors and warnings.
std::optional<core::Config> config_of(const TraceRun& run);

}  // namespace rehearse
