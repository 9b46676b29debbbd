// A server on loopback that does to each connection what a script says, however wrong, over TCP or TLS. It runs on the
// test's own io_context; a script that fails because its client went away has simply ended.
// lint-allow-file(real-sleep): what is slow on a real socket is slow in real time
#pragma once

#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/test_certificates.h"

namespace tests {

/// One connection, as the server sees it.
class Peer {
 public:
  using Tcp = boost::asio::ip::tcp;
  using Tls = boost::asio::ssl::stream<Tcp::socket&>;

  Peer(Tcp::socket socket, std::size_t which, std::vector<std::string>& requests)
      : number(which), socket_(std::move(socket)), requests_(requests) {}

  boost::asio::awaitable<void> handshake(boost::asio::ssl::context& context) {
    tls_.emplace(socket_, context);
    co_await tls_->async_handshake(boost::asio::ssl::stream_base::server, boost::asio::use_awaitable);
  }

  /// Head and body of the next request, which the server notes too.
  boost::asio::awaitable<std::string> read_request() {
    std::size_t head = std::string::npos;
    while ((head = unread_.find("\r\n\r\n")) == std::string::npos) co_await read_some();
    const std::size_t whole = head + 4 + content_length(std::string_view(unread_).substr(0, head));
    while (unread_.size() < whole) co_await read_some();
    requests_.push_back(unread_.substr(0, whole));
    unread_.erase(0, whole);
    co_return requests_.back();
  }

  boost::asio::awaitable<void> write(std::string text) {
    using boost::asio::async_write, boost::asio::buffer, boost::asio::use_awaitable;
    if (tls_) {
      co_await async_write(*tls_, buffer(text), use_awaitable);
    } else {
      co_await async_write(socket_, buffer(text), use_awaitable);
    }
  }

  /// Until something can be read, which is left unread.
  boost::asio::awaitable<void> hear() {
    co_await socket_.async_wait(Tcp::socket::wait_read, boost::asio::use_awaitable);
  }

  boost::asio::awaitable<void> pause(std::chrono::milliseconds time) {
    boost::asio::steady_timer timer(socket_.get_executor(), time);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }

  /// Until the client closes the connection; what it sends is thrown away.
  boost::asio::awaitable<void> stall() {
    for (;;) co_await read_some();
  }

  void close() { socket_.close(); }

  /// Says that nothing more will come, as TLS asks for, until the client closes the connection.
  boost::asio::awaitable<void> end_tls() { co_await tls_->async_shutdown(boost::asio::use_awaitable); }

  /// Closes so that the client is told of a reset.
  void reset() {
    socket_.set_option(boost::asio::socket_base::linger(true, 0));
    socket_.close();
  }

  const std::size_t number;  ///< Of the server's connections, from 1.

 private:
  boost::asio::awaitable<void> read_some() {
    char piece[4096];
    const auto into = boost::asio::buffer(piece);
    const std::size_t size = tls_ ? co_await tls_->async_read_some(into, boost::asio::use_awaitable)
                                  : co_await socket_.async_read_some(into, boost::asio::use_awaitable);
    unread_.append(piece, size);
  }

  static std::size_t content_length(std::string_view head) {
    constexpr std::string_view kName = "\r\nContent-Length: ";
    const std::size_t at = head.find(kName);
    std::size_t length = 0;
    if (at != std::string_view::npos) {
      std::from_chars(head.data() + at + kName.size(), head.data() + head.size(), length);
    }
    return length;
  }

  Tcp::socket socket_;
  std::optional<Tls> tls_;
  std::string unread_;
  std::vector<std::string>& requests_;
};

/// A coroutine function, or a lambda without captures.
using Script = boost::asio::awaitable<void> (*)(Peer&);

class ScriptedServer {
 public:
  using Tcp = boost::asio::ip::tcp;

  ScriptedServer(boost::asio::io_context& context, Script script)
      : state_(std::make_shared<State>(State{
            .acceptor = {context, Tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)}, .script = script})) {
    boost::asio::co_spawn(context, accept(state_), boost::asio::detached);
  }

  /// Speaks TLS, as `identity`.
  ScriptedServer(boost::asio::io_context& context, Script script, const Identity& identity)
      : ScriptedServer(context, script) {
    boost::asio::ssl::context& tls = state_->tls.emplace(boost::asio::ssl::context::tls_server);
    tls.use_certificate_chain(boost::asio::buffer(identity.certificate));
    tls.use_private_key(boost::asio::buffer(identity.key), boost::asio::ssl::context::pem);
  }

  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  /// Connections that are open stay so until their scripts end.
  ~ScriptedServer() { state_->acceptor.close(); }

  std::uint16_t port() const { return state_->acceptor.local_endpoint().port(); }
  std::string url(std::string_view path = "/") const {
    return (state_->tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port()) + std::string(path);
  }
  boost::asio::ssl::context& tls() { return *state_->tls; }

  /// All that were read whole.
  const std::vector<std::string>& requests() const { return state_->requests; }
  std::size_t connections() const { return state_->connections; }

 private:
  /// Outlives the server until the last script has ended.
  struct State {
    Tcp::acceptor acceptor;
    Script script;
    std::optional<boost::asio::ssl::context> tls = {};
    std::vector<std::string> requests = {};
    std::size_t connections = 0;
  };

  static boost::asio::awaitable<void> accept(std::shared_ptr<State> state) {
    while (state->acceptor.is_open()) {
      Tcp::socket socket = co_await state->acceptor.async_accept(boost::asio::use_awaitable);
      ++state->connections;
      boost::asio::co_spawn(state->acceptor.get_executor(), serve(state, std::move(socket), state->connections),
                            boost::asio::detached);
    }
  }

  static boost::asio::awaitable<void> serve(std::shared_ptr<State> state, Tcp::socket socket, std::size_t number) {
    Peer peer(std::move(socket), number, state->requests);
    if (state->tls) co_await peer.handshake(*state->tls);
    co_await state->script(peer);
  }

  std::shared_ptr<State> state_;
};

}  // namespace tests
