// The command line of rehearse, as values: filled by main, used by the commands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rehearse {

/// The exit codes of the program; over several files the highest counts.
enum ExitCode : int {
  kAllHeld = 0,
  kFailed = 1,    ///< An expectation or an invariant.
  kBadInput = 2,  ///< Bad usage, or a file that cannot be read.
  kBroken = 3,    ///< The run itself: a bug of ours.
};

enum class Format : std::uint8_t { Text, Json, JsonLines };

struct RunOptions {
  std::vector<std::string> paths;
  std::optional<std::uint64_t> seed;
  Format format = Format::Text;
  std::string trace;  ///< A file's path; empty: none.
  bool quiet = false;
  bool log = false;
  bool options = false;
};

struct ValidateOptions {
  std::vector<std::string> paths;
  bool quiet = false;
};

struct ExploreCommandOptions {
  std::string path;
  std::uint32_t depth = 4;
  bool crashes = false;
  bool pairs = false;
  bool unmerged = false;
  bool quiet = false;
  std::uint32_t threads = 0;  ///< 0: one for each core.
};

int run_command(const RunOptions& options);
int validate_command(const ValidateOptions& options);
int explore_command(const ExploreCommandOptions& options);

}  // namespace rehearse
