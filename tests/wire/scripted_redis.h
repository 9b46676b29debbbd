// A server on loopback that does what a script says with each connection: the misbehaviour that a real one cannot be
// asked for.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/async/spawn.h"

namespace tests {

struct Expect {
  std::string text;  ///< Reads up to and with it.
};
struct Send {
  std::string text;
};
struct Drip {
  std::string text;  ///< A byte at a time, with a pause after each.
};
struct SendWithoutEnd {
  std::string text;
};
struct Close {};
struct Reset {};
struct Stall {};
using ServerStep = std::variant<Expect, Send, Drip, SendWithoutEnd, Close, Reset, Stall>;
using ServerScript = std::vector<ServerStep>;

class ScriptedRedis {
 public:
  using Tcp = boost::asio::ip::tcp;

  /// The n-th connection is served by the n-th script, later ones by the last.
  ScriptedRedis(boost::asio::io_context& context, std::vector<ServerScript> scripts)
      : acceptor_(context, {boost::asio::ip::address_v4::loopback(), 0}), scripts_(std::move(scripts)) {
    core::spawn(context.get_executor(), accept(*this));
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::size_t connections() const { return sockets_.size(); }
  /// Of all connections: what was expected and came, and what was expected when the client left.
  std::size_t heard() const { return heard_; }
  std::size_t left() const { return left_; }

 private:
  static constexpr auto kToken = boost::asio::as_tuple(boost::asio::use_awaitable);

  static boost::asio::awaitable<void> accept(ScriptedRedis& server) {
    for (;;) {
      auto [error, socket] = co_await server.acceptor_.async_accept(kToken);
      if (error) co_return;
      const std::size_t number = std::min(server.sockets_.size(), server.scripts_.size() - 1);
      server.sockets_.push_back(std::make_unique<Tcp::socket>(std::move(socket)));
      core::spawn(server.acceptor_.get_executor(), serve(server, *server.sockets_.back(), server.scripts_[number]));
    }
  }

  static boost::asio::awaitable<void> serve(ScriptedRedis& server, Tcp::socket& socket, const ServerScript& script) {
    socket.set_option(Tcp::no_delay(true));
    std::string received;
    for (const ServerStep& step : script) {
      if (const auto* expect = std::get_if<Expect>(&step)) {
        const auto [error, size] =
            co_await boost::asio::async_read_until(socket, boost::asio::dynamic_buffer(received), expect->text, kToken);
        if (error) {
          // Not of the server's own end, after which it is not there.
          if (error != boost::asio::error::operation_aborted) ++server.left_;
          co_return;
        }
        ++server.heard_;
        received.erase(0, size);
      } else if (const auto* send = std::get_if<Send>(&step)) {
        co_await boost::asio::async_write(socket, boost::asio::buffer(send->text), kToken);
      } else if (const auto* drip = std::get_if<Drip>(&step)) {
        for (const char& byte : drip->text) {
          boost::asio::steady_timer pause(socket.get_executor(), std::chrono::microseconds(200));
          co_await pause.async_wait(kToken);
          co_await boost::asio::async_write(socket, boost::asio::buffer(&byte, 1), kToken);
        }
      } else if (const auto* endless = std::get_if<SendWithoutEnd>(&step)) {
        for (;;) {
          const auto [error, size] =
              co_await boost::asio::async_write(socket, boost::asio::buffer(endless->text), kToken);
          if (error) co_return;
        }
      } else if (std::holds_alternative<Stall>(step)) {
        co_return;
      } else {
        if (std::holds_alternative<Reset>(step)) socket.set_option(boost::asio::socket_base::linger(true, 0));
        socket.close();
        co_return;
      }
    }
  }

  Tcp::acceptor acceptor_;
  std::vector<ServerScript> scripts_;
  std::vector<std::unique_ptr<Tcp::socket>> sockets_;  ///< A stalled one stays open.
  std::size_t heard_ = 0, left_ = 0;
};

/// A port on which nobody listens.
inline std::uint16_t unused_port(boost::asio::io_context& context) {
  using Tcp = boost::asio::ip::tcp;
  Tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
  return acceptor.local_endpoint().port();
}

}  // namespace tests
