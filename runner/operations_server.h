// What a deployment asks a runner over HTTP: /healthz (the loop turns), /readyz (it takes jobs and Redis answers) and
// /metrics. Reads only; bounded in connections, in time and in what a request may hold. Where there are as many
// connections as are allowed, a new one takes the place of that whose client has been waited for longest: nobody can
// keep the others out by holding on. Loopback unless told otherwise.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/result.hpp>
#include <functional>
#include <memory>
#include <string>

namespace runner {

class OperationsServer {
 public:
  struct Answers {
    /// Empty: ready; otherwise why not.
    std::function<boost::asio::awaitable<std::string>()> not_ready;
    std::function<boost::asio::awaitable<std::string>()> metrics;
  };

  /// Listens from now on, or why it cannot.
  static boost::system::result<std::unique_ptr<OperationsServer>> start(boost::asio::io_context& loop,
                                                                        const boost::asio::ip::tcp::endpoint& endpoint,
                                                                        Answers answers);

  /// With the port that it got.
  boost::asio::ip::tcp::endpoint endpoint() const;

 private:
  struct State;
  struct Connection;

 public:
  /// For start(): nobody else has a State.
  explicit OperationsServer(std::shared_ptr<State> state) : state_(std::move(state)) {}

 private:
  static boost::asio::awaitable<void> accept(std::shared_ptr<State> state);
  static boost::asio::awaitable<void> serve(std::shared_ptr<State> state, std::shared_ptr<Connection> connection);

  std::shared_ptr<State> state_;
};

}  // namespace runner
