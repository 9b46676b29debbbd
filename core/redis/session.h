// The core's own Redis client: one connection, made when it is first needed and again when it is lost. A script is sent
// as text when it is first run on a connection, which makes the server remember it, and by its digest from then on.
// Each call is one attempt; the caller repeats it, through retry().
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/config.h"
#include "core/environment.h"
#include "core/redis/script.h"
#include "core/retry/retry.h"

namespace core {

/// A reply, and when the command that it answers was sent: the server did not do it before.
struct RedisReply {
  RedisValue value;
  SteadyTime sent_at;
};

/// A reply or the failure that the retry loop understands.
using RedisAttempt = AttemptResult<RedisReply>;

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
  /// Both outlive the session.
  RedisSession(const Environment& environment, const RedisConfig& config);
  ~RedisSession();
  RedisSession(const RedisSession&) = delete;
  RedisSession& operator=(const RedisSession&) = delete;

  /// Runs the script, which outlives the session, with the one key and the arguments. The session sends the text again
  /// to a server that has forgotten the script.
  boost::asio::awaitable<RedisAttempt> run(const Script& script, std::string key, std::vector<std::string> arguments);

 private:
  using Connection = std::shared_ptr<RedisConnection>;
  using Connected = boost::system::result<Connection, Failure>;
  struct Connecting;

  boost::asio::awaitable<Connected> connected();
  std::shared_ptr<Connecting> begin_to_connect();
  static boost::asio::awaitable<void> connect(std::shared_ptr<Connecting> attempt);
  bool is_known(const Script& script) const;
  SteadyTime deadline() const;
  void drop(const Connection& connection);

  const Environment& environment_;
  const RedisConfig& config_;
  std::vector<std::string_view> known_;  ///< The digests of the scripts whose text was sent on this connection.
  Connection connection_;
  /// Shared with those that wait for the attempt; null while there is none.
  std::shared_ptr<Connecting> connecting_;
};

}  // namespace core
