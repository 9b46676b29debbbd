// The kinds of faults that one random world has: a random subset of all, from none to every one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/fuzz/dice.h"

namespace sim {

/// Those up to OfHttp are actions of HTTP rules.
enum class Fault : std::uint8_t {
  Status,
  Hint,
  Final,
  Timeout,
  Slow,
  Refuse,
  ResetBefore,
  ResetAfter,
  Truncate,
  Garbage,
  Limit,
  Elsewhere,  ///< Waits that are told elsewhere than in Retry-After.
  Rare,       ///< Statuses that few services send, and words that decide what a status means.
  Ages,       ///< Waits of days.
  NewToken,   ///< GitHub refuses a token that it has just given out.
  Redirect,
  Words,  ///< The model asks for comments of its own, other ones each time.
  Ends,   ///< The model's answers are cut, filtered, empty, or end in trouble.
  Tools,  ///< It asks for several things in one answer.
  Stall,
  Pace,
  OfHttp,
  Redis = OfHttp,
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
inline constexpr std::size_t kFaults = static_cast<std::size_t>(Fault::Count);

/// The kinds of faults of one world.
class Swarm {
 public:
  explicit Swarm(Dice& dice) {
    // From a world without faults to one with all of them.
    const std::uint64_t most = dice.between(0, kFaults);
    for (std::uint64_t i = 0; i < most; ++i) uses_[dice.between(0, kFaults - 1)] = true;
  }
  bool uses(Fault fault) const { return uses_[static_cast<std::size_t>(fault)]; }

  std::vector<Fault> of_http() const {
    std::vector<Fault> faults;
    for (std::size_t i = 0; i < static_cast<std::size_t>(Fault::OfHttp); ++i) {
      if (uses_[i]) faults.push_back(static_cast<Fault>(i));
    }
    return faults;
  }

 private:
  std::array<bool, kFaults> uses_{};
};

}  // namespace sim
