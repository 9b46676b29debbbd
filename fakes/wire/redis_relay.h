// A real Redis behind the served one: its commands are done there, and what the scenario's rules make of them happens
// on the way. Of the data nothing is known here, and of scripts what clients have sent: rules find those by name.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>

#include "fakes/redis/server.h"
#include "fakes/wire/redis_session.h"

namespace fakes::wire {

class RedisRelay {
 public:
  using Endpoint = boost::asio::generic::stream_protocol::endpoint;

  RedisRelay(boost::asio::io_context& context, Endpoint upstream);
  ~RedisRelay();

  /// A connection of its own to the real Redis for each of the clients', in RESP2. The session is blocked while that is
  /// being made, and while the real Redis does not read. `client` is resumed when it can go on, and closed when the
  /// real Redis has hung up or cannot be reached; it must outlive the session.
  std::unique_ptr<redis::Session> connect(RedisSession& client, redis::Receiver& receiver);

  /// Sends the command on at once; the reply comes later. What would not be answered by one reply (CLIENT REPLY, SYNC)
  /// or in another protocol (HELLO 3) is refused here.
  void execute(redis::Session& session, const core::RedisCommand& command);
  /// The client has room for replies again.
  void take_replies(redis::Session& session);
  /// SCRIPT FLUSH, before any later command of this session.
  void flush_scripts(redis::Session& session);

  /// A server without data that has been told the scripts.
  const redis::Server& scripts() const { return scripts_; }

 private:
  class Link;
  class RelayedSession;
  struct Unheard;  // NOLINT(cppcoreguidelines-virtual-class-destructor): it is final where it is defined.

  void learn(const core::RedisCommand& command);

  boost::asio::io_context& context_;
  const Endpoint upstream_;
  redis::Server scripts_;
  std::unique_ptr<Unheard> unheard_;
  std::unique_ptr<redis::Session> teller_;  ///< By which scripts_ is told.
};

}  // namespace fakes::wire
