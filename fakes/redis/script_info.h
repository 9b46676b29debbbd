// What a Lua script says of itself in its first two lines: `-- script: <name>`, and `-- job: ARGV[n]` or, where it is
// for several jobs, `-- jobs: ARGV[n], ARGV[m], ...`. Rules of a scenario find scripts and jobs by it; Redis takes both
// for comments.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace fakes::redis {

/// The name in the first line, or empty. Part of `script_text`.
std::string_view script_name(std::string_view script_text);

/// Which of a script's arguments, counted from 1, are jobs.
struct JobArguments {
  std::size_t first = 1;
  std::size_t step = 0;  ///< To the next one; 0: there is no other.

  bool operator==(const JobArguments&) const = default;
};

/// What the second line says, if it is there.
std::optional<JobArguments> script_job_arguments(std::string_view script_text);

}  // namespace fakes::redis
