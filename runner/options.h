// The command line of runner, as values: filled by main, used by the commands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/queue/queue_admin.h"
#include "runner/job_filter.h"
#include "runner/settings.h"

namespace runner {

/// The exit codes of the program.
enum ExitCode : int {
  kDone = 0,
  kFailed = 1,    ///< Redis could not be reached, a check failed, a job is not there.
  kBadInput = 2,  ///< Bad usage, settings or jobs.
  kWasThere = 3,  ///< All is well, but a job's id was there already.
  kBroken = 3,    ///< A bug of ours.
};

/// What every command takes.
struct CommonOptions {
  std::string config_file;
  std::vector<std::string> assignments;
};

struct WorkOptions : CommonOptions {
  std::string trace;  ///< A file's path; empty: none.
  /// For trials: what all of the runner's chance comes from, together with its name. Nothing: the system.
  std::optional<std::uint64_t> seed;
};

struct EnqueueOptions : CommonOptions {
  std::string id;  ///< "-": jobs come from stdin, one JSON object a line.
  std::string repo;
  std::uint64_t issue = 0;
  std::uint64_t installation = 0;
  std::string prompt;
  std::string deadline;            ///< A duration; empty: that of the configuration.
  std::vector<std::string> tools;  ///< Empty: comment_on_issue.
  bool json = false;
};

/// Of a command that looks at the queue.
struct WatchOptions : CommonOptions {
  std::optional<core::Duration> every;  ///< Nothing: it looks once.
  bool json = false;
};

struct ListOptions : WatchOptions {
  std::optional<core::QueuePart> part;  ///< Nothing: all.
  std::uint64_t limit = 20;
  JobFilter filter;  ///< Of the dead-letter list.
};

struct RunnersOptions : WatchOptions {};

struct ShowOptions : WatchOptions {
  std::vector<std::string> ids;
};

struct OperatorOptions : CommonOptions {
  core::OperatorCommand command{};
  std::vector<std::string> ids;
  bool all_dead = false;  ///< In place of ids: those that the filter means.
  JobFilter filter;
  bool json = false;
};

struct ConfigOptions : CommonOptions {
  bool json = false;
  bool keys = false;  ///< In place of values: which settings there are.
};

struct ToolsOptions {
  bool json = false;
};

int work_command(const WorkOptions& options);
int enqueue_command(const EnqueueOptions& options);
int jobs_command(const ListOptions& options);
int runners_command(const RunnersOptions& options);
int show_command(const ShowOptions& options);
int operator_command(const OperatorOptions& options);
int config_command(const ConfigOptions& options);
int tools_command(const ToolsOptions& options);
int check_command(const CommonOptions& options);

/// What the options, the environment and the configuration file say.
SettingsInput settings_input(const CommonOptions& options);

}  // namespace runner
