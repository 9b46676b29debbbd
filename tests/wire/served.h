// The served fakes in this process, on ports of the system's choice, and clients that speak bytes: blocking sockets
// that wait for a bounded time.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "fakes/wire/awake_loop.h"
#include "fakes/wire/host.h"

namespace tests {

using namespace std::chrono_literals;

class Served {
 public:
  explicit Served(fakes::wire::HostOptions options = {})
      : host_(std::make_shared<fakes::wire::Host>(context_, std::move(options))) {
    const fakes::wire::Host::Endpoint any(boost::asio::ip::address_v4::loopback(), 0);
    llm = host_->open_llm(any).value().port();
    github = host_->open_github(any).value().port();
    redis = host_->open_redis(any).value().port();
    untouched_redis = host_->open_untouched_redis(any).value().port();
    host_->start();
    thread_ = std::thread([this] { fakes::wire::run_awake(context_); });
  }
  ~Served() {
    stop();
    host_.reset();
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  /// Then host() may be looked at.
  void stop() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }
  fakes::wire::Host& host() { return *host_; }

  std::uint16_t llm = 0, github = 0, redis = 0, untouched_redis = 0;

 private:
  boost::asio::io_context context_{1};
  std::shared_ptr<fakes::wire::Host> host_;
  std::thread thread_;
};

/// How reading ended.
enum class End { Enough, Closed, Reset, Timeout };

class Wire {
 public:
  explicit Wire(std::uint16_t port, std::chrono::milliseconds patience = 10s)
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    wait_for(patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~Wire() { leave(); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  void wait_for(std::chrono::milliseconds patience) {
    const timeval time{patience.count() / 1000, patience.count() % 1000 * 1000};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
  }

  /// False: not all of it could be sent.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void send_no_more() { ::shutdown(socket_, SHUT_WR); }
  void leave() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

  /// Up to and with `end`; what is behind it stays for later. What came before another end is given.
  std::string read_until(std::string_view end) {
    while (true) {
      const std::size_t found = pending_.find(end);
      if (found != std::string::npos) {
        how = End::Enough;
        std::string text = pending_.substr(0, found + end.size());
        pending_.erase(0, text.size());
        return text;
      }
      if (!receive()) return std::exchange(pending_, {});
    }
  }
  std::string read(std::size_t size) {
    while (pending_.size() < size) {
      if (!receive()) return std::exchange(pending_, {});
    }
    how = End::Enough;
    std::string text = pending_.substr(0, size);
    pending_.erase(0, size);
    return text;
  }
  /// What has come, at least a byte; empty: `how` says why.
  std::string read_some() {
    if (pending_.empty()) receive();
    return std::exchange(pending_, {});
  }
  /// Until the other side closes.
  std::string read_all() {
    while (receive()) {
    }
    return std::exchange(pending_, {});
  }
  /// Sends, and reads as many bytes as the expected answer has.
  std::string ask(std::string_view bytes, std::string_view expected) {
    send(bytes);
    return read(expected.size());
  }

  bool connected = false;
  End how = End::Enough;

 private:
  bool receive() {
    char bytes[65536];
    const ssize_t size = ::recv(socket_, bytes, sizeof bytes, 0);
    if (size > 0) {
      pending_.append(bytes, static_cast<std::size_t>(size));
      return true;
    }
    how = size == 0 ? End::Closed : errno == ECONNRESET ? End::Reset : End::Timeout;
    return false;
  }

  int socket_;
  std::string pending_;
};

/// Tries for some seconds, every `pause`.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds pause = 10ms) {
  const auto end = std::chrono::steady_clock::now() + 10s;
  for (;;) {
    if (condition()) return true;
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(pause);
  }
}

class Stopwatch {
 public:
  std::chrono::milliseconds elapsed() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start_);
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace tests
