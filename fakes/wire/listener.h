// A listening socket: accepts clients for as long as it is open, up to a bound, and can be closed and opened again at
// the same address, so that clients are really refused in between.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/result.hpp>
#include <functional>
#include <memory>
#include <utility>

namespace fakes::wire {

/// Counts a connection for as long as it lives.
class ConnectionSlot {
 public:
  explicit ConnectionSlot(std::shared_ptr<std::size_t> open) : open_(std::move(open)) { ++*open_; }
  ~ConnectionSlot() {
    if (open_) --*open_;
  }
  ConnectionSlot(ConnectionSlot&&) = default;
  ConnectionSlot& operator=(ConnectionSlot&&) = delete;

 private:
  std::shared_ptr<std::size_t> open_;
};

/// Must not be destroyed while its context runs.
class Listener {
 public:
  static constexpr std::size_t kMaxConnections = 10'000;

  using Socket = boost::asio::ip::tcp::socket;
  using Endpoint = boost::asio::ip::tcp::endpoint;
  using OnClient = std::function<void(Socket, ConnectionSlot)>;
  /// Called with a client that is one too many, before it is closed.
  using OnRefused = std::function<void(Socket&)>;

  Listener(boost::asio::io_context& context, OnClient on_client, OnRefused on_refused = {});

  /// Port 0: one that is free, the same from then on.
  boost::system::result<Endpoint> open(const Endpoint& endpoint);
  void close();
  bool is_open() const { return acceptor_.is_open(); }
  boost::system::result<Endpoint> reopen() { return open(endpoint_); }

 private:
  void accept();
  void take(Socket socket);

  boost::asio::io_context& context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  Endpoint endpoint_;
  OnClient on_client_;
  OnRefused on_refused_;
  std::shared_ptr<std::size_t> connections_ = std::make_shared<std::size_t>(0);
};

/// Closes so that the client sees a reset.
void reset_connection(boost::asio::ip::tcp::socket& socket);

}  // namespace fakes::wire
