// Reads trace files: JSON Lines, the header of a run first, then its events, and so on for every run in the file. A
// line at a time, in bounded memory; strict but for foreign fields, and complete in what it reports: up to
// core::input::Report's bound all faults of a file are told, not the first one alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/events/event.h"
#include "core/json/document.h"
#include "core/json/input_error.h"
#include "reports/trace/trace_format.h"

namespace reports {

/// Only the format and its version are mandatory in a header.
struct TraceHeader {
  std::uint32_t line = 1;
  std::string scenario;         ///< Its title.
  std::string scenario_digest;  ///< Of its text.
  std::string build;
  std::optional<std::uint64_t> seed;
  std::uint64_t schedule = 0;
  bool simulated = false;                 ///< In virtual time; not if the header does not say so.
  std::optional<core::WallTime> started;  ///< The wall clock at the events' time zero.
  std::optional<core::input::Document> document;

  /// The configuration that the run was made under, not looked at so far; null without one.
  const core::input::Node* config() const { return document->root().find("config"); }
};

/// Takes the runs of a file: the header of each, then its events, whose texts live for the call.
class TraceSink : public core::EventSink {
 public:
  virtual void on_run(TraceHeader header) = 0;
};

struct TraceFaults {
  std::vector<core::InputError> errors;
  std::vector<core::InputError> warnings;
};

/// Of a process that was killed, the last line may be cut - it has no line feed -, or there may be no line at all.
/// Refused, that is an error; left out, a warning.
enum class CutLine : std::uint8_t { Refused, LeftOut };

/// With errors, what the sink was given is a part of the file and worth nothing.
TraceFaults read_trace(const std::string& path, TraceSink& sink, CutLine cut_line = CutLine::Refused);

}  // namespace reports
