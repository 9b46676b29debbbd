// The kinds of faults that one random world has: a random subset of all, from none to every one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/fuzz/dice.h"
#include "sim/fuzz/http_fault_kinds.h"

namespace sim {

inline constexpr int kMostToolsOfAnAnswer = 4;  ///< That a model asks for at once.

/// Beside those of http_fault_kinds().
enum class Fault : std::uint8_t {
  Redis,
  Crash,
  Clock,
  Restart,
  Pause,
  Partition,
  RedisLimit,  ///< Redis is full, or a replica.
  Again,       ///< Jobs are put in again.
  Operator,
  Forms,  ///< The model's answers come in the forms of many services.
  Count,
};

/// The kinds of faults of one world.
class Swarm {
 public:
  explicit Swarm(Dice& dice) : uses_(http_fault_kinds().size() + static_cast<std::size_t>(Fault::Count)) {
    // From a world without faults to one with all of them.
    const std::uint64_t most = dice.between(0, uses_.size());
    for (std::uint64_t i = 0; i < most; ++i) uses_[dice.between(0, uses_.size() - 1)] = true;
  }
  bool uses(Fault fault) const { return uses_[http_fault_kinds().size() + static_cast<std::size_t>(fault)]; }

  std::vector<const HttpFaultKind*> http_kinds() const {
    std::vector<const HttpFaultKind*> kinds;
    for (std::size_t i = 0; i < http_fault_kinds().size(); ++i) {
      if (uses_[i]) kinds.push_back(&http_fault_kinds()[i]);
    }
    return kinds;
  }

 private:
  std::vector<bool> uses_;
};

}  // namespace sim
