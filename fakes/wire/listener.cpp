#include "fakes/wire/listener.h"

#include <boost/asio/io_context.hpp>

namespace fakes::wire {

namespace {
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kPause = 50ms;  // After a client could not be accepted: too many open files, say.

}  // namespace

Listener::Listener(asio::io_context& context, OnClient on_client, OnRefused on_refused)
    : context_(context),
      acceptor_(context),
      pause_(context),
      on_client_(std::move(on_client)),
      on_refused_(std::move(on_refused)) {}

boost::system::result<Listener::Endpoint> Listener::open(const Endpoint& endpoint) {
  boost::system::error_code error;
  tcp::acceptor acceptor(context_);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (!error) endpoint_ = acceptor.local_endpoint(error);
  if (error) return error;
  acceptor_ = std::move(acceptor);
  accept();
  return endpoint_;
}

void Listener::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

void Listener::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, Socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!acceptor_.is_open()) return;
    if (!error) {
      take(std::move(socket));
      accept();
      return;
    }
    pause_.expires_after(kPause);
    pause_.async_wait([this](const boost::system::error_code& cancelled) {
      if (!cancelled && acceptor_.is_open()) accept();
    });
  });
}

void Listener::take(Socket socket) {
  boost::system::error_code error;
  socket.set_option(tcp::no_delay(true), error);
  if (!error) socket.non_blocking(true, error);
  if (error) return;
  if (*connections_ >= kMaxConnections) {
    if (on_refused_) on_refused_(socket);
    return;
  }
  on_client_(std::move(socket), ConnectionSlot(connections_));
}

void reset_connection(tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(tcp::socket::linger(true, 0), ignored);
  socket.close(ignored);
}

}  // namespace fakes::wire
