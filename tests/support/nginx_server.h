// A real nginx of the test's own, which speaks TLS and, where it is told to, HTTP/2, and passes every request on to a
// server of the test. It writes down how each request came. One process, in a temporary folder, on a port of loopback.
#pragma once

#include <fmt/format.h>
#include <signal.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/free_ports.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_certificates.h"

namespace tests {

struct NginxOptions {
  bool http2 = true;
  std::uint16_t upstream = 0;  ///< Of loopback, where requests are passed on to.
  std::string more;            ///< Directives of the server.
};

class NginxServer {
 public:
  NginxServer(const Identity& identity, const NginxOptions& options) : options_(options) {
    folder_.write("certificate.pem", identity.certificate);
    folder_.write("key.pem", identity.key);
    constexpr int kTries = 5;
    for (int i = 0; i < kTries; ++i) {
      port_ = free_ports(1).front();
      if (start()) return;
    }
    throw std::runtime_error("nginx does not start (Debian package nginx): " + text_of("error.log"));
  }

  std::string url(std::string_view path = "/") const { return fmt::format("https://127.0.0.1:{}{}", port_, path); }

  /// SIGTERM and SIGKILL: it ends, whatever is under way.
  void send_signal(int signal) const { process_.send_signal(signal); }
  bool has_ended() { return process_.ended_within(std::chrono::milliseconds(0)); }

  /// A request as it came: "HTTP/2.0", the number of the connection among all, and of the request on that connection.
  struct Request {
    std::string protocol;
    int connection = 0;
    int number = 0;
  };
  /// Those that have been dealt with.
  std::vector<Request> requests() const {
    std::vector<Request> all;
    std::ifstream log(folder_.file("access.log"));
    for (Request request; log >> request.protocol >> request.connection >> request.number;) all.push_back(request);
    return all;
  }

 private:
  bool start() {
    constexpr std::string_view kText = R"(daemon off; master_process off; pid {0}nginx.pid; error_log {0}error.log;
events {{ worker_connections 64; }}
http {{
  log_format how "$server_protocol $connection $connection_requests";
  access_log {0}access.log how;
  client_body_temp_path {0}body; proxy_temp_path {0}proxy; fastcgi_temp_path {0}fastcgi;
  uwsgi_temp_path {0}uwsgi; scgi_temp_path {0}scgi;
  server {{
    listen 127.0.0.1:{1} ssl{2};
    ssl_certificate {0}certificate.pem; ssl_certificate_key {0}key.pem;
    proxy_buffering off;
    {4}
    location / {{ proxy_pass http://127.0.0.1:{3}; }}
  }}
}}
)";
    const std::string text =
        fmt::format(kText, folder_.file(""), port_, options_.http2 ? " http2" : "", options_.upstream, options_.more);
    process_.start(
        {"nginx", "-p", folder_.file(""), "-e", folder_.file("error.log"), "-c", folder_.write("nginx.conf", text)});
    return becomes_ready(process_, [this] { return is_listening(); });
  }

  bool is_listening() const {
    using Tcp = boost::asio::ip::tcp;
    boost::asio::io_context context;
    Tcp::socket socket(context);
    boost::system::error_code error;
    socket.connect(Tcp::endpoint(boost::asio::ip::address_v4::loopback(), port_), error);
    return !error;
  }

  std::string text_of(std::string_view name) const {
    std::ifstream file(folder_.file(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TemporaryFolder folder_;
  NginxOptions options_;
  std::uint16_t port_ = 0;
  ChildProcess process_;
};

}  // namespace tests
