// The end of a transaction, which RESET shares with EXEC and DISCARD.
#pragma once

#include "fakes/redis/command.h"

namespace fakes::redis {

/// Forgets what was queued and what was watched.
void end_transaction(Call& call);

}  // namespace fakes::redis
