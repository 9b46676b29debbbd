// The core's own Redis client: one connection, made when it is first needed and again when it is lost. A script is sent
// as text when it is first run there, which makes the server remember it, and by its digest from then on. One attempt
// each; retrying is the caller's, through retry().
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/async/notifier.h"
#include "core/config/config.h"
#include "core/environment.h"
#include "core/redis/script.h"
#include "core/retry/retry.h"

namespace core {

/// A reply or the failure that the retry loop understands.
using RedisAttempt = AttemptResult<RedisValue>;

/// How a lost connection, or an error reply, is seen by the retry loop: always worth another try, because a Redis that
/// refuses work today (LOADING, READONLY, OOM, a password changed) is repaired without the worker's help.
Failure classify(RedisError error);
Failure classify_error_reply(const std::string& text);

/// Whether the error reply tells that this connection will not serve us whatever we wait, but another might: the server
/// has become a replica (READONLY, MASTERDOWN), is not the cluster's node for the keys (MOVED, CLUSTERDOWN), or has
/// forgotten who we are (NOAUTH). After a failover the same address leads to another server.
bool serves_elsewhere(const std::string& text);

class RedisSession {
 public:
  RedisSession(const Environment& environment, const RedisConfig& config, std::vector<Script> scripts);

  /// Runs the `index`-th script with the one key and the arguments. A server that has forgotten the script is given
  /// its text. The arguments are moved from.
  boost::asio::awaitable<RedisAttempt> run(std::size_t index, std::string key, std::vector<std::string> arguments);

 private:
  using Connection = std::shared_ptr<RedisConnection>;
  using Connected = boost::system::result<Connection, Failure>;

  boost::asio::awaitable<Connected> connected();
  SteadyTime deadline() const;
  void drop(const Connection& connection);

  const Environment& environment_;
  const RedisConfig& config_;
  std::vector<Script> scripts_;
  std::vector<bool> known_;  ///< By index: has the server been given the text on this connection?
  Connection connection_;
  bool connecting_ = false;
  Notifier connect_ended_;
};

}  // namespace core
