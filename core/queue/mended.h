// What is done where a script meets a value of another type in one of the queue's own keys: somebody else has put it
// there, and each further attempt would meet it again.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "core/redis/session.h"

namespace core {

enum class Mending : std::uint8_t {
  TellOnly,     ///< For who only looks: the failure says which key it is.
  GiveNewName,  ///< The value is kept under another name, and the queue makes the key anew.
};

/// Runs a script of the queue.
boost::asio::awaitable<RedisAttempt> run_mended(RedisSession& session, const Script& script, std::string root,
                                                std::vector<std::string> arguments, Mending mending);

}  // namespace core
