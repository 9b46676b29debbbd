// A real redis-server of the test's own: without persistence, in a temporary folder, on a port from the OS and a unix
// socket. It is ended by its process id, and by the kernel should the test die first.
#pragma once

#include <signal.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/free_ports.h"
#include "tests/support/temporary_folder.h"

namespace tests {

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

  void stop(int signal) { process_.stop(signal); }
  /// On the same port and socket. False: it could not.
  bool start() {
    std::filesystem::remove(socket());
    std::vector<std::string> words{
        "redis-server", "--port",    std::to_string(port_), "--bind", "127.0.0.1", "--unixsocket",
        socket(),       "--dir",     folder_.file(""),      "--save", "",          "--appendonly",
        "no",           "--logfile", folder_.file("log")};
    words.insert(words.end(), options_.begin(), options_.end());
    process_.start(std::move(words));
    return becomes_ready(process_, [this] { return answers(); });
  }

 private:
  /// Any answer to PING will do: it may ask for a password.
  bool answers() const {
    using Unix = boost::asio::local::stream_protocol;
    boost::asio::io_context context;
    Unix::socket socket_to(context);
    boost::system::error_code error;
    socket_to.connect(Unix::endpoint(socket()), error);
    if (error) return false;
    std::string answer;
    boost::asio::write(socket_to, boost::asio::buffer("PING\r\n", 6), error);
    boost::asio::read_until(socket_to, boost::asio::dynamic_buffer(answer), "\r\n", error);
    return !error;
  }

  TemporaryFolder folder_;
  std::vector<std::string> options_;
  std::uint16_t port_ = 0;
  ChildProcess process_;
};

}  // namespace tests
