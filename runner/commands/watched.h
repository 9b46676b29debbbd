// A look at the queue that is taken once, or again and again (--watch).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>

#include "runner/options.h"
#include "runner/runtime.h"

namespace runner {

/// One look: prints what is there, or says why not, and returns the exit code.
using Look = std::function<boost::asio::awaitable<int>()>;

/// The exit code of the command. A watched look ends, and well, at SIGINT or SIGTERM, and when nobody reads stdout any
/// more; what goes wrong in between is told, and the next look is taken all the same.
int run_looks(Runtime& runtime, const WatchOptions& watch, const Look& look);

}  // namespace runner
