// Trace files: JSON Lines, a header first and then an event a line; a file may hold several runs one after the other.
// What one build wrote another reads: fields that it does not know are passed over with a warning, all else that is not
// as it should be is an error.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/events/event.h"
#include "core/json/input_error.h"

namespace reports {

inline constexpr int kTraceVersion = 1;

struct TraceHeader {
  std::string scenario;
  std::uint64_t seed = 0;
  std::string scenario_digest;
  std::string build;
  std::string config;      ///< JSON; empty: not told.
  bool simulated = false;  ///< On virtual time, where what is due happens at that very instant.
};

/// The header's line, with its line feed.
std::string trace_header(const TraceHeader& header);

struct Trace {
  TraceHeader header;
  std::vector<core::Event> events;
  std::shared_ptr<const std::set<std::string, std::less<>>> texts;  ///< What the events' views point into.
};

struct LoadedTraces {
  std::vector<Trace> traces;  ///< Empty when there are errors.
  std::vector<core::InputError> errors;
  std::vector<core::InputError> warnings;
};

LoadedTraces load_traces(const std::string& path);
/// `file` is what errors call it.
LoadedTraces parse_traces(const std::string& file, std::string_view text);

}  // namespace reports
