// What is done where a script meets a value of another type in one of the queue's own keys: somebody else has put it
// there, and each further attempt would meet it again.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/redis/session.h"
#include "core/time/time.h"

namespace core {

struct Mending {
  enum class Way : std::uint8_t {
    TellOnly,     ///< For who only looks: the failure says which key it is.
    GiveNewName,  ///< The value is kept under another name, and the queue makes the key anew.
  };
  Way way = Way::TellOnly;
  Duration lease =
      {};  ///< Where it was that of the leases: so long those that are made anew last, but an hour at least.
};

/// Runs a script of the queue.
boost::asio::awaitable<RedisAttempt> run_mended(RedisSession& session, const Script& script, std::string root,
                                                std::vector<std::string> arguments, Mending mending);

}  // namespace core
