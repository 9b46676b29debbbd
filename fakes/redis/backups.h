// The data of past moments of a Server, for restarts that lose what came after.
#pragma once

#include <map>
#include <optional>

#include "core/time/time.h"
#include "fakes/redis/server.h"

namespace fakes::redis {

class Backups {
 public:
  void keep(const Server& server, core::SteadyTime now) { kept_.insert_or_assign(now, server.snapshot()); }

  /// The server after a restart: without `back_to` with the data that it has, else with what was kept then. What is
  /// lost stays lost, also for a later restart that goes back to a time in between.
  void restart(Server& server, std::optional<core::SteadyTime> back_to);

 private:
  std::map<core::SteadyTime, Snapshot> kept_;
};

}  // namespace fakes::redis
