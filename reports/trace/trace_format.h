// What a trace file says of itself first: the format and its version, known to those who write one and to the reader.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace reports {

inline constexpr std::string_view kTraceFormat = "rehearse-trace";
inline constexpr std::uint32_t kTraceVersion = 1;

/// The keys of a header. The first two are mandatory and come first.
inline constexpr std::array<std::string_view, 11> kTraceHeaderKeys = {
    "format", "version",         "scenario", "file",   "seed",     "schedule",
    "build",  "scenario_digest", "started",  "config", "simulated"};

/// A header's line up to where a writer adds the other keys: `{"format":"rehearse-trace","version":1`.
inline std::string trace_header_start() {
  return fmt::format("{{\"format\":\"{}\",\"version\":{}", kTraceFormat, kTraceVersion);
}

}  // namespace reports
