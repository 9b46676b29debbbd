#include "core/production/http/curl_loop.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/error.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>
#include <cerrno>
#include <chrono>
#include <utility>
#include <vector>

#include "core/production/http/curl_option.h"

namespace core {

namespace {

/// Connections kept for later requests. More may be open at once.
constexpr long kIdleConnections = 256;

/// A peer that has gone without a word is noticed within half a minute. A request that is given up leaves a connection
/// of HTTP/2 open, and every later one would go the same way for as long as the system goes on repeating itself.
void end_when_unanswered(int number) {
  const int on = 1;
  const int unanswered_ms = 30'000;
  (void)::setsockopt(number, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  (void)::setsockopt(number, IPPROTO_TCP, TCP_USER_TIMEOUT, &unanswered_ms, sizeof unanswered_ms);
}

/// Of either end, as `ask` names it; -1 where there is none.
int port_of(curl_socket_t number, decltype(::getsockname)& ask) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (ask(number, reinterpret_cast<sockaddr*>(&address), &size) != 0) return -1;
  if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  return -1;
}

}  // namespace

/// A socket that libcurl has told of. Those it had opened here stay with Asio until they are closed; others, the
/// resolver's, are libcurl's own and only borrowed while they are waited for.
struct CurlLoop::Socket {
  Socket(const boost::asio::any_io_executor& executor, curl_socket_t which, bool here)
      : descriptor(executor), number(which), opened_here(here) {}

  bool wants(Direction direction) const {
    return wanted == CURL_POLL_INOUT || wanted == (direction == Direction::Read ? CURL_POLL_IN : CURL_POLL_OUT);
  }
  bool& waiting(Direction direction) { return direction == Direction::Read ? waiting_to_read : waiting_to_write; }

  boost::asio::posix::stream_descriptor descriptor;
  curl_socket_t number;
  bool opened_here;
  bool gone = false;
  int wanted = CURL_POLL_NONE;
  bool waiting_to_read = false;
  bool waiting_to_write = false;
};

/// The loops of one context, which may end before them: what they have of it must not be touched any more then.
class CurlLoop::OfOneContext final : public boost::asio::execution_context::service {
 public:
  using key_type = OfOneContext;
  static inline boost::asio::execution_context::id id;

  explicit OfOneContext(boost::asio::execution_context& context) : service(context) {}

  void add(CurlLoop& loop) { loops_.push_back(&loop); }
  void remove(CurlLoop& loop) { std::erase(loops_, &loop); }

 private:
  void shutdown() noexcept override {
    while (!loops_.empty()) loops_.back()->close();
  }

  std::vector<CurlLoop*> loops_;
};

CurlLoop::CurlLoop(const boost::asio::any_io_executor& executor)
    : executor_(executor),
      multi_(curl_multi_init()),
      context_(&boost::asio::use_service<OfOneContext>(boost::asio::query(executor, boost::asio::execution::context))),
      timer_(executor) {
  context_->add(*this);
  if (multi_ == nullptr) broken_invariant("libcurl cannot be started");
  set_option(multi_, CURLMOPT_SOCKETFUNCTION, &CurlLoop::on_socket);
  set_option(multi_, CURLMOPT_SOCKETDATA, static_cast<void*>(this));
  set_option(multi_, CURLMOPT_TIMERFUNCTION, &CurlLoop::on_timer);
  set_option(multi_, CURLMOPT_TIMERDATA, static_cast<void*>(this));
  set_option(multi_, CURLMOPT_MAXCONNECTS, kIdleConnections);
}

void CurlLoop::add(CurlTransfer& transfer) {
  if (multi_ == nullptr) broken_invariant("a request is sent by a transport that is closed");
  CURL* const handle = transfer.handle();
  set_option(handle, CURLOPT_PRIVATE, static_cast<void*>(&transfer));
  set_option(handle, CURLOPT_OPENSOCKETFUNCTION, &CurlLoop::open_socket);
  set_option(handle, CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  set_option(handle, CURLOPT_CLOSESOCKETFUNCTION, &CurlLoop::close_socket);
  set_option(handle, CURLOPT_CLOSESOCKETDATA, static_cast<void*>(this));
  transfers_.push_back(transfer);
  if (curl_multi_add_handle(multi_, handle) != CURLM_OK) broken_invariant("libcurl takes no transfer");
}

void CurlLoop::remove(CurlTransfer& transfer) {
  if (!transfer.is_linked()) return;
  transfers_.erase(transfers_.iterator_to(transfer));
  curl_multi_remove_handle(multi_, transfer.handle());
}

void CurlLoop::close() {
  if (multi_ == nullptr) return;
  while (!transfers_.empty()) {
    CurlTransfer& transfer = transfers_.front();
    remove(transfer);
    transfer.ended(std::nullopt);
  }
  curl_multi_cleanup(multi_);
  multi_ = nullptr;
  sockets_.clear();
  timer_.reset();
  std::exchange(context_, nullptr)->remove(*this);
}

int CurlLoop::on_socket(CURL*, curl_socket_t number, int wanted, void* loop, void*) {
  auto& self = *static_cast<CurlLoop*>(loop);
  const auto known = self.sockets_.find(number);
  if (wanted != CURL_POLL_REMOVE) {
    const std::shared_ptr<Socket> socket = known != self.sockets_.end() ? known->second : self.adopt(number, false);
    if (!socket) return -1;
    socket->wanted = wanted;
    self.wait_for(socket);
    return 0;
  }
  if (known == self.sockets_.end()) return 0;
  Socket& socket = *known->second;
  socket.wanted = CURL_POLL_NONE;
  if (socket.opened_here) {
    // An idle connection must not keep the program's loop going.
    boost::system::error_code ignored;
    socket.descriptor.cancel(ignored);
  } else {
    socket.gone = true;
    (void)socket.descriptor.release();
    self.sockets_.erase(known);
  }
  return 0;
}

curl_socket_t CurlLoop::open_socket(void* loop, curlsocktype, curl_sockaddr* address) {
  const int number = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (number < 0) return CURL_SOCKET_BAD;
  if (address->socktype == SOCK_STREAM) end_when_unanswered(number);
  if (static_cast<CurlLoop*>(loop)->adopt(number, true)) return number;
  ::close(number);
  return CURL_SOCKET_BAD;
}

int CurlLoop::close_socket(void* loop, curl_socket_t number) {
  auto& sockets = static_cast<CurlLoop*>(loop)->sockets_;
  const auto known = sockets.find(number);
  if (known == sockets.end()) return ::close(number);
  known->second->gone = true;
  boost::system::error_code error;
  known->second->descriptor.close(error);
  sockets.erase(known);
  return error ? -1 : 0;
}

std::shared_ptr<CurlLoop::Socket> CurlLoop::adopt(curl_socket_t number, bool opened_here) {
  auto socket = std::make_shared<Socket>(executor_, number, opened_here);
  boost::system::error_code error;
  socket->descriptor.assign(number, error);
  if (error) return nullptr;
  sockets_.emplace(number, socket);
  return socket;
}

void CurlLoop::wait_for(const std::shared_ptr<Socket>& socket) {
  for (const Direction direction : {Direction::Read, Direction::Write}) {
    if (!socket->gone && socket->wants(direction) && !socket->waiting(direction)) wait_for(socket, direction);
  }
}

void CurlLoop::wait_for(const std::shared_ptr<Socket>& socket, Direction direction) {
  socket->waiting(direction) = true;
  const auto event = direction == Direction::Read ? boost::asio::posix::descriptor_base::wait_read
                                                  : boost::asio::posix::descriptor_base::wait_write;
  socket->descriptor.async_wait(event,
                                [weak = weak_from_this(), socket, direction](const boost::system::error_code& error) {
                                  socket->waiting(direction) = false;
                                  const std::shared_ptr<CurlLoop> self = weak.lock();
                                  if (!self || self->multi_ == nullptr || socket->gone) return;
                                  // A cancelled wait is one of an earlier transfer on this connection.
                                  if (error != boost::asio::error::operation_aborted && socket->wants(direction)) {
                                    const int mask = direction == Direction::Read ? CURL_CSELECT_IN : CURL_CSELECT_OUT;
                                    self->act(socket->number, error ? CURL_CSELECT_ERR : mask);
                                  }
                                  self->wait_for(socket);
                                });
}

bool CurlLoop::has_unread_input(int remote_port, int local_port) const {
  for (const auto& [number, socket] : sockets_) {
    // The local port first: nearly all connections go to the same remote one.
    if (port_of(number, ::getsockname) != local_port || port_of(number, ::getpeername) != remote_port) continue;
    char byte = 0;
    if (::recv(number, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0) return true;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return true;
  }
  return false;
}

int CurlLoop::on_timer(CURLM*, long milliseconds, void* loop) {
  static_cast<CurlLoop*>(loop)->set_timer(milliseconds);
  return 0;
}

void CurlLoop::set_timer(long milliseconds) {
  const std::uint64_t setting = ++timer_setting_;
  timer_->cancel();
  if (milliseconds < 0) return;
  auto expired = [weak = weak_from_this(), setting](const boost::system::error_code& error) {
    const std::shared_ptr<CurlLoop> self = weak.lock();
    if (!error && self && self->timer_setting_ == setting) self->act(CURL_SOCKET_TIMEOUT, 0);
  };
  if (milliseconds == 0) {
    // Most of libcurl's timeouts are "at once", for which a timer is a slow way.
    boost::asio::post(executor_, [expired] { expired({}); });
    return;
  }
  timer_->expires_after(std::chrono::milliseconds(milliseconds));
  timer_->async_wait(std::move(expired));
}

void CurlLoop::act(curl_socket_t number, int events) {
  if (multi_ == nullptr) return;
  int running = 0;
  curl_multi_socket_action(multi_, number, events, &running);
  collect_ended();
}

void CurlLoop::collect_ended() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    void* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    auto& done = *static_cast<CurlTransfer*>(transfer);
    remove(done);
    done.ended(code);
  }
}

}  // namespace core
