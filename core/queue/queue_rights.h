// Whether Redis lets the queue do all that it will have to, found out by trying: nothing is changed that anybody else
// uses, and what is refused is named before the first job meets it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>
#include <string>
#include <vector>

#include "core/config/config.h"
#include "core/environment.h"
#include "core/retry/failure.h"

namespace core {

/// In words that may be shown.
struct QueueRights {
  std::vector<std::string> refused;  ///< What does not work, a kind a line; empty: everything works.
  std::vector<std::string> doubts;   ///< What works, and may lose jobs.
};

/// A failure: there was no connection, or it was lost. `id`: that of no job, and new each time.
boost::asio::awaitable<boost::system::result<QueueRights, Failure>> try_queue_rights(const Environment& environment,
                                                                                     const RedisConfig& config,
                                                                                     std::string id);

}  // namespace core
