// That a service wants no call of a credential for a while, as one worker tells others.
#pragma once

#include <string>

#include "core/retry/failure.h"
#include "core/time/time.h"

namespace core {

struct Hold {
  std::string credential;  ///< "llm", "app" or "installation 7".
  Duration wait{};
  DelaySource source = DelaySource::Limit;
};

}  // namespace core
