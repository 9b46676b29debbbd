// What a Lua script says of itself in its first two lines: `-- script: <name>` and `-- job: ARGV[n]`. Rules of a
// scenario find scripts and jobs by it; Redis takes both for comments.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace fakes::redis {

/// The name in the first line, or empty. Part of `script_text`.
std::string_view script_name(std::string_view script_text);

/// The n (from 1) of the second line, if it is there.
std::optional<std::size_t> script_job_argument(std::string_view script_text);

}  // namespace fakes::redis
