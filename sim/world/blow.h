// Something that happens between two steps of a run, whatever the time is then: no time could say it, because many
// steps share an instant.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sim {

struct Blow {
  enum class Kind : std::uint8_t {
    CrashRunner,  ///< It is started again a second later; nothing where it is not up.
    RestartRedis,
    DropConnections,  ///< All of the runners' to Redis.
    PauseRunner,      ///< For longer than a lease; nothing where it is not up.
    PartitionRunner,  ///< From all services, for longer than a lease.
  };
  std::uint64_t step = 0;  ///< Before this one; the first is 0.
  Kind kind = Kind::CrashRunner;
  std::uint32_t runner = 0;  ///< Which one, from 0.

  auto operator<=>(const Blow&) const = default;
};

/// Whether it is of one runner.
bool is_of_runner(Blow::Kind kind);

/// For people: "crash of runner-1", "restart of Redis", "loss of the connections to Redis".
std::string text_of(const Blow& blow);

/// As it is written: STEP:crash:runner-N, STEP:pause:runner-N, STEP:partition:runner-N, STEP:restart-redis,
/// STEP:drop-connections.
std::string written(const Blow& blow);
std::optional<Blow> read_blow(std::string_view text);

}  // namespace sim
