// Redis over real sockets, as production uses it. A connection is made, authenticated and tried with PING before it is
// handed out, or is refused as a whole; why is told in words that hold no secret. Everything runs on one executor of
// one thread. The client may be destroyed before its connections, and both with operations under way.
//
// On a cluster all keys of one prefix with a {tag} are on one node: when a reply says that they have moved, the next
// connection is made to where they are (docs/decisions/0007).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/production/redis/redis_address.h"
#include "core/production/redis/redis_stream.h"
#include "core/redis/redis.h"
#include "core/time/clock.h"

namespace core {

struct RedisClientOptions {
  RedisAddress address;
  RedisTls tls;             ///< For rediss:// alone.
  std::string client_name;  ///< What CLIENT LIST shows. Empty: none.
  /// What all keys begin with: a server that cannot hold them, a Sentinel or a cluster without a {tag}, is refused.
  /// Nothing: it is not asked what it is.
  std::optional<std::string> key_prefix = {};
  FollowMoved follow_moved = FollowMoved::SameHost;
  /// Hears why a connection could not be made.
  std::function<void(const std::string& reason)> on_connect_failure = [](const std::string&) {};
  /// Hears before that, for the same reason, that the server is none for our keys.
  std::function<void(const std::string& reason)> on_wrong_server = [](const std::string&) {};
  /// Called with the reason when the client does not follow a MOVED. The caller of the command only sees the reply.
  std::function<void(const std::string& reason)> on_moved_refused = [](const std::string&) {};
  /// Hears each other error reply, once the server has let us in.
  std::function<void(const std::string& text)> on_error_reply = [](const std::string&) {};
};

class RedisClient final : public Redis {
 public:
  /// `clock` outlives the client and its connections.
  RedisClient(boost::asio::any_io_executor executor, Clock& clock, RedisClientOptions options);
  ~RedisClient() override;

  /// Ends by `deadline` whatever the network, or the look-up of a name, does. Every failure is Refused.
  boost::asio::awaitable<boost::system::result<std::unique_ptr<RedisConnection>, RedisError>> connect(
      SteadyTime deadline) override;

 private:
  struct Shared;
  struct Attempt;
  class Working;
  class Awaiting;

  static boost::asio::awaitable<void> make(std::shared_ptr<Shared> shared, std::shared_ptr<Attempt> attempt,
                                           SteadyTime deadline);

  std::shared_ptr<Shared> shared_;
};

}  // namespace core
