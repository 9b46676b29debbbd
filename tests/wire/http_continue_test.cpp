// A request whose client asks whether it may send the body, and which is given up while it is being told so.
#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "fakes/wire/http_session.h"

namespace fakes::wire {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::size_t kMostUnfinished = 1024UL * 1024;

class SmallHost final : public HttpHost {
 public:
  Reply on_request(Service, const core::HttpRequest&, const Now&, const boost::asio::ip::address&) override {
    return {};
  }
  void on_end(std::uint64_t, Ending, core::SteadyTime) override {}
  const RealClock& clock() const override { return clock_; }
  std::chrono::milliseconds request_time() const override { return time; }
  UnfinishedRequests& unfinished_requests() override { return unfinished; }

  std::chrono::milliseconds time = 1min;
  UnfinishedRequests unfinished{kMostUnfinished};

 private:
  RealClock clock_;
};

/// A client that has not read what was sent to it before, so that nothing more can be.
class HttpContinue : public testing::Test {
 protected:
  void connect() {
    tcp::acceptor acceptor(context_, {boost::asio::ip::address_v4::loopback(), 0});
    client_.open(tcp::v4());
    client_.set_option(boost::asio::socket_base::receive_buffer_size(4096));
    client_.connect(acceptor.local_endpoint());
    tcp::socket served = acceptor.accept();
    fill(served);
    start_http_session(std::move(served), ConnectionSlot(std::make_shared<std::size_t>(0)), Service::Llm, host_);
    boost::asio::write(client_,
                       boost::asio::buffer(std::string("POST /api/chat HTTP/1.1\r\nHost: fake\r\nContent-Length: 10\r\n"
                                                       "Expect: 100-continue\r\n\r\n")));
    client_.non_blocking(true);
    context_.run_for(100ms);
  }

  /// Until nothing more has gone for a while.
  static void fill(tcp::socket& socket) {
    socket.set_option(boost::asio::socket_base::send_buffer_size(4096));
    socket.non_blocking(true);
    for (int waits = 0; waits < 5; ++waits) {
      error_code error;
      while (socket.write_some(boost::asio::buffer("-", 1), error) > 0) waits = 0;
      ASSERT_EQ(error, boost::asio::error::would_block);
      std::this_thread::sleep_for(10ms);
    }
  }

  /// The status that the client is told in the end. A kernel may find room after all: then it was told to go on before.
  std::string final_status() {
    std::string told = read_until("\r\n\r\n");
    if (told == kContinue) told = read_until("\r\n");
    if (told.starts_with(kContinue)) told.erase(0, kContinue.size());
    return told.substr(0, told.find(' ', told.find(' ') + 1));
  }

  /// What the client is told behind that: up to and with `text`, or to its end.
  std::string read_until(std::string_view text) {
    std::string all, bytes(65536, '\0');
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (std::chrono::steady_clock::now() < end) {
      context_.run_for(1ms);
      error_code error;
      const std::size_t size = client_.read_some(boost::asio::buffer(bytes), error);
      all.append(bytes, 0, size);
      if (all.find(text) != std::string::npos || (error && error != boost::asio::error::would_block)) break;
    }
    return all.substr(std::min(all.find_first_not_of('-'), all.size()));
  }

  std::shared_ptr<SmallHost> host_ = std::make_shared<SmallHost>();
  boost::asio::io_context context_;
  tcp::socket client_{context_};
};

TEST_F(HttpContinue, is_said_before_the_body) {
  connect();
  EXPECT_EQ(read_until("\r\n\r\n"), kContinue);
}

TEST_F(HttpContinue, gives_way_to_503_where_the_request_has_to_make_room) {
  connect();
  UnfinishedRequests::Place other(host_->unfinished, [] {});
  other.holds(kMostUnfinished);
  EXPECT_EQ(final_status(), "HTTP/1.1 503");
}

TEST_F(HttpContinue, gives_way_to_408_where_the_request_takes_too_long) {
  host_->time = 50ms;
  connect();
  EXPECT_EQ(final_status(), "HTTP/1.1 408");
}

}  // namespace
}  // namespace fakes::wire
