// A scenario file as a value: everything that a run of a world is determined by.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/config/config.h"
#include "core/events/event.h"
#include "core/queue/operator_command.h"
#include "core/time/time.h"
#include "fakes/faults/rule.h"
#include "fakes/github/state.h"
#include "fakes/redis/condition.h"
#include "sim/invariants/own.h"

namespace sim {

struct ScenarioJob {
  std::string id;
  core::SteadyTime at;
  std::string repo = "octo/hello";
  std::uint64_t issue = 1;
  std::uint64_t installation = 1;
  std::string prompt = "Comment on the issue.";
  std::optional<core::Duration> deadline = std::nullopt;
  std::optional<std::vector<std::string>> tools = std::nullopt;
  bool operator==(const ScenarioJob&) const = default;
};

struct CrashRunner {
  std::string runner;
  bool operator==(const CrashRunner&) const = default;
};
struct StartRunner {
  std::string runner;
  bool operator==(const StartRunner&) const = default;
};
struct StopRunner {  ///< An extension of the page: a graceful stop.
  std::string runner;
  std::optional<core::Duration> within;  ///< After that long, jobs that still run are given back.
  bool operator==(const StopRunner&) const = default;
};
struct ShiftWallClock {
  core::Duration by;   ///< May be negative.
  std::string runner;  ///< Whose machine's alone; empty: of all runners and HTTP fakes.
  bool operator==(const ShiftWallClock&) const = default;
};
struct RestartRedis {
  core::Duration lose{};  ///< The writes of this last stretch are gone.
  core::Duration down{};  ///< An extension of the page: how long connections are refused.
  bool operator==(const RestartRedis&) const = default;
};
/// A service of a world, as a runner's machine is cut off from it.
enum class Peer : std::uint8_t { Redis, Llm, GitHub };
inline constexpr std::size_t kPeers = 3;
constexpr std::string_view name_of(Peer peer) {
  switch (peer) {
    case Peer::Redis:
      return "redis";
    case Peer::Llm:
      return "llm";
    case Peer::GitHub:
      return "github";
  }
  return {};
}

struct PartitionRunner {
  std::string runner;
  std::vector<Peer> from;  ///< Each once.
  core::Duration lasts{};
  bool operator==(const PartitionRunner&) const = default;
};
struct PauseRunner {  ///< The process stands still.
  std::string runner;
  core::Duration lasts{};
  bool operator==(const PauseRunner&) const = default;
};
struct LimitRedis {  ///< It refuses what a Redis in that state refuses.
  fakes::redis::Condition condition{};
  core::Duration lasts{};
  bool operator==(const LimitRedis&) const = default;
};
struct EnqueueAgain {
  std::string job;
  bool operator==(const EnqueueAgain&) const = default;
};
struct OperatorEntry {
  core::OperatorCommand command = core::OperatorCommand::Retry;
  std::string job;  ///< Empty: all for which the command is meant.
  bool operator==(const OperatorEntry&) const = default;
};
using WorldAction = std::variant<CrashRunner, StartRunner, StopRunner, ShiftWallClock, RestartRedis, PartitionRunner,
                                 PauseRunner, LimitRedis, EnqueueAgain, OperatorEntry>;

struct WorldEntry {
  core::SteadyTime at;
  WorldAction action;
  bool operator==(const WorldEntry&) const = default;
};

struct ExpectedEvent : EventPattern {
  core::SteadyTime at;
  core::Duration within{};  ///< Plus or minus.
};

enum class JobState : std::uint8_t { Completed, Failed, Waiting, Delayed, Running };
constexpr std::string_view name_of(JobState state) {
  switch (state) {
    case JobState::Completed:
      return "completed";
    case JobState::Failed:
      return "failed";
    case JobState::Waiting:
      return "waiting";
    case JobState::Delayed:
      return "delayed";
    case JobState::Running:
      return "running";
  }
  return {};
}

struct Expect {
  std::vector<ExpectedEvent> timeline;
  std::map<std::string, JobState> jobs;  ///< "*" for all.
  std::optional<core::SteadyTime> ends_at;
  std::map<std::string, std::uint64_t> comments;  ///< By "owner/name#issue".
  std::map<std::string, std::uint64_t> effects;   ///< By GitHub's operation: how often it changed something.
  std::vector<std::string> log;
  std::vector<std::string> violations;
};

struct GitHubApp {
  std::string id;
  std::string public_key;  ///< PEM; may be empty.
  bool operator==(const GitHubApp&) const = default;
};

/// The runner's defaults, and an App's id, which has none: "12345".
core::Config default_config();
/// What GitHub holds before the run begins. An extension of the page.
struct GitHubStart {
  std::map<std::string, fakes::ExistingComments> comments;  ///< By "owner/name#issue".
  bool operator==(const GitHubStart&) const = default;
};

struct Scenario {
  std::string file;    ///< As given on the command line.
  std::string digest;  ///< Of the file's text: 32 hexadecimal digits.
  std::string title;
  std::string why;
  std::uint64_t seed = 1;
  std::uint64_t schedule = 0;  ///< What the order of things ready at one instant is drawn from; 0: first in, first out.
  core::WallTime start;
  core::Duration limit = std::chrono::hours(1);
  core::Config config = default_config();
  std::uint32_t runners = 1;
  std::optional<GitHubApp> github_app;
  GitHubStart github_state;
  std::vector<ScenarioJob> jobs;
  fakes::AnswerForms forms = fakes::AnswerForms::Plain;  ///< An extension of the page.
  std::vector<fakes::HttpRule> llm;
  std::vector<fakes::HttpRule> github;
  std::vector<fakes::RedisRule> redis;
  std::vector<WorldEntry> world;  ///< By time; entries of one instant in the order of the file.
  std::vector<OwnInvariant> invariants;
  Expect expect;
};

/// When the last fault of Redis and the last entry of the world are over, those of the services aside: they end by
/// themselves. Nothing if a fault of Redis has no end.
std::optional<core::SteadyTime> faults_end_of(const Scenario& scenario);

}  // namespace sim
