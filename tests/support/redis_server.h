// A real redis-server of the test's own: without persistence, in a temporary folder, on a port from the OS and a unix
// socket. It is ended by its process id, and by the kernel should the test die first.
// lint-allow-file(real-clock): the end of another process is waited for
// lint-allow-file(real-sleep): so is its start
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace tests {

/// A port that was free a moment ago. Several are different.
inline std::vector<std::uint16_t> free_ports(std::size_t count) {
  using Tcp = boost::asio::ip::tcp;
  boost::asio::io_context context;
  std::vector<Tcp::acceptor> acceptors;
  std::vector<std::uint16_t> ports;
  for (std::size_t i = 0; i < count; ++i) {
    acceptors.emplace_back(context, Tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    ports.push_back(acceptors.back().local_endpoint().port());
  }
  return ports;
}

class RedisServer {
 public:
  /// `options` as redis-server takes them: {"--requirepass", "secret"}.
  explicit RedisServer(std::vector<std::string> options = {}) : options_(std::move(options)) {
    constexpr int kTries = 5;
    for (int i = 0; i < kTries; ++i) {
      port_ = free_ports(1).front();
      if (start()) return;
    }
    throw std::runtime_error("redis-server does not start (Debian package redis-server)");
  }
  ~RedisServer() { stop(SIGTERM); }
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string socket() const { return folder_.file("redis.sock"); }

  void stop(int signal) {
    if (process_ <= 0) return;
    ::kill(process_, signal);
    if (!ended_within(std::chrono::seconds(5))) {
      ::kill(process_, SIGKILL);
      ::waitpid(process_, nullptr, 0);
    }
    process_ = 0;
  }
  /// On the same port and socket. False: it could not.
  bool start() {
    std::filesystem::remove(socket());
    std::vector<std::string> words{
        "redis-server", "--port",    std::to_string(port_), "--bind", "127.0.0.1", "--unixsocket",
        socket(),       "--dir",     folder_.file(""),      "--save", "",          "--appendonly",
        "no",           "--logfile", folder_.file("log")};
    words.insert(words.end(), options_.begin(), options_.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t parent = ::getpid();
    process_ = ::fork();
    if (process_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() == parent) ::execvp(arguments[0], arguments.data());
      ::_exit(127);
    }
    return process_ > 0 && answers();
  }

 private:
  /// Any answer to PING will do: it may ask for a password.
  bool answers() {
    using Unix = boost::asio::local::stream_protocol;
    for (int i = 0; i < 1000; ++i) {
      boost::asio::io_context context;
      Unix::socket socket_to(context);
      boost::system::error_code error;
      socket_to.connect(Unix::endpoint(socket()), error);
      if (!error) {
        std::string answer;
        boost::asio::write(socket_to, boost::asio::buffer("PING\r\n", 6), error);
        boost::asio::read_until(socket_to, boost::asio::dynamic_buffer(answer), "\r\n", error);
        if (!error) return true;
      }
      if (ended_within(std::chrono::milliseconds(0))) {
        process_ = 0;
        return false;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  bool ended_within(std::chrono::milliseconds bound) const {
    const auto end = std::chrono::steady_clock::now() + bound;
    while (::waitpid(process_, nullptr, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() >= end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
  }

  TemporaryFolder folder_;
  std::vector<std::string> options_;
  std::uint16_t port_ = 0;
  pid_t process_ = 0;
};

}  // namespace tests
