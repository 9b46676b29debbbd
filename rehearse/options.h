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
  kFailed = 1,      ///< An expectation or an invariant.
  kBadInput = 2,    ///< Bad usage, or a file that cannot be read.
  kBroken = 3,      ///< The run itself: a bug of ours.
  kTimedOut = 124,  ///< As of timeout(1).
  kInterrupted = 130,
};

enum class Format : std::uint8_t { Text, Json, JsonLines };

struct RunOptions {
  std::vector<std::string> paths;
  std::optional<std::uint64_t> seed;
  std::vector<std::string> blows;  ///< As sim::read_blow() reads them.
  Format format = Format::Text;
  std::string trace;  ///< A file's path; empty: none.
  bool quiet = false;
  bool log = false;
  bool options = false;
  std::uint32_t timeout = 0;  ///< Seconds of real time for each scenario; 0: without end.
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
  std::string out;            ///< A folder; empty: what is found is printed only.
  std::uint32_t timeout = 0;  ///< Seconds of real time for all of it; 0: without end.
};

struct FuzzCommandOptions {
  std::uint64_t seed = 1;
  std::uint64_t first = 0;    ///< The number of the first world.
  std::uint64_t runs = 0;     ///< 0: not bounded.
  double seconds = 0;         ///< 0: not bounded. Neither: 10,000 runs.
  std::uint32_t threads = 0;  ///< 0: one for each core.
  std::uint64_t shrink_runs = 2'000;
  std::vector<std::string> without;    ///< Invariants.
  std::string out;                     ///< A folder; empty: what is found is printed only.
  std::optional<std::uint64_t> world;  ///< Only prints this one.
  std::uint32_t timeout = 0;           ///< Seconds of real time for the search; 0: without end.
  bool all_probes = false;
  bool count = false;
  bool quiet = false;
};

struct LabCommandOptions {
  /// Which of the two tables; empty: both.
  enum class Table : std::uint8_t { Fleet, Jitter };
  std::optional<Table> only;
  std::vector<std::uint32_t> clients;   ///< Empty: those of the documented tables.
  std::vector<std::string> services;    ///< By name; empty: all.
  std::vector<std::string> strategies;  ///< Of fleets, by name; empty: all.
  std::uint64_t limit = 50;             ///< Calls that pass in a window.
  std::string per = "1m";               ///< A window's length.
  std::uint64_t windows = 20;           ///< The work of a fleet.
  std::uint64_t runs = 100;             ///< Of each cell of the jitter table.
  std::uint64_t seed = 1;
  std::uint32_t threads = 0;  ///< 0: one for each core.
  std::string world;          ///< Only prints the world of this cell: SERVICE/STRATEGY/CLIENTS.
  std::uint32_t timeout = 0;  ///< Seconds of real time; 0: without end.
  Format format = Format::Text;
  bool quiet = false;
};

struct ShrinkCommandOptions {
  std::string path;
  std::string out;
  std::uint64_t runs = 5'000;
  std::uint32_t timeout = 0;  ///< Seconds of real time for each scenario; 0: without end.
};

struct CheckOptions {
  std::vector<std::string> paths;
  std::string config;  ///< A file's path; empty: each trace's own.
  bool together = false;
  Format format = Format::Text;
};

struct DiffOptions {
  std::string left;
  std::string right;
};

struct ReplayOptions {
  std::vector<std::string> traces;
  bool together = false;
  std::string out;                   ///< The scenario's file; empty: stdout.
  std::string config;                ///< A file's path; empty: the trace's own.
  std::optional<std::uint64_t> run;  ///< Which of the trace's runs, from 1.
  std::uint32_t timeout = 0;         ///< Seconds of real time for the replay; 0: without end.
};

struct ServeOptions {
  std::string path;
  std::string llm, github, redis;             ///< HOST:PORT; empty: not served.
  std::string redis_untouched;                ///< HOST:PORT; empty: none.
  std::optional<std::string> redis_upstream;  ///< HOST:PORT or the path of a socket; nothing: Redis is the fake one.
  std::string requests;                       ///< The file of the request log; empty: none.
  std::uint64_t max_attempts = 10;
  std::uint32_t request_timeout = 60;  ///< Seconds.
};

int run_command(const RunOptions& options);
int validate_command(const ValidateOptions& options);
int explore_command(const ExploreCommandOptions& options);
int fuzz_command(const FuzzCommandOptions& options);
int lab_command(const LabCommandOptions& options);
int shrink_command(const ShrinkCommandOptions& options);
int check_command(const CheckOptions& options);
int diff_command(const DiffOptions& options);
int replay_command(const ReplayOptions& options);
int serve_command(const ServeOptions& options);

}  // namespace rehearse
