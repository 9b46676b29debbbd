// What a served Redis may hold. Without bookkeeping at every change: a command is counted at what it can add at most,
// and only when the sum has reached the limit are the data measured. So little is paid, and what is held is never more
// than the limit by more than one command adds.
#pragma once

#include <cstddef>
#include <cstdint>

#include "fakes/redis/command.h"
#include "fakes/redis/keyspace.h"

namespace fakes::redis {

class MemoryLimit {
 public:
  /// Until then there is no limit.
  void set(std::size_t bytes) { limit_ = bytes; }

  /// False: what the command may add would be too much. Only for commands that may need memory.
  bool admits(const Call& call, const CommandSpec& spec, const Keyspace& keyspace);

 private:
  bool may_measure() const;

  std::size_t limit_ = SIZE_MAX;
  std::size_t most_ = 0;      ///< The data are no larger.
  std::size_t measured_ = 0;  ///< What they were when they were measured last.
  std::size_t measured_parts_ = 0;
  std::size_t paid_for_ = 0;  ///< Parts that the commands since then are worth.
};

}  // namespace fakes::redis
