#include "fakes/redis/backups.h"

#include <iterator>

namespace fakes::redis {

void Backups::restart(Server& server, std::optional<core::SteadyTime> back_to) {
  const auto kept = back_to ? kept_.find(*back_to) : kept_.end();
  if (kept == kept_.end()) {
    server.restore(server.snapshot());
    return;
  }
  server.restore(kept->second);
  for (auto later = std::next(kept); later != kept_.end(); ++later) later->second = kept->second;
}

}  // namespace fakes::redis
