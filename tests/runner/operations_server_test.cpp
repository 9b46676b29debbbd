// The listener of health and metrics under clients that hold on, and how often it asks for what is remembered.
#include "runner/operations_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <vector>

#include "core/async/spawn.h"
#include "runner/remembered.h"
#include "tests/support/manual_clock.h"
#include "tests/support/real_loop.h"

namespace runner {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;

constexpr std::size_t kMost = 64;

awaitable<std::string> nothing() {
  co_return "";
}

class OperationsServerTest : public testing::Test {
 protected:
  OperationsServerTest() {
    const tcp::endpoint anywhere(asio::ip::address_v4::loopback(), 0);
    server_ = OperationsServer::start(loop_.context(), anywhere, {.not_ready = nothing, .metrics = nothing}).value();
  }

  tcp::socket connected() {
    tcp::socket socket(loop_.context());
    socket.connect(server_->endpoint());
    return socket;
  }
  static awaitable<std::string> ask(tcp::socket& socket, std::string request) {
    boost::system::error_code error;
    std::string answer;
    co_await asio::async_write(socket, asio::buffer(request), asio::redirect_error(asio::use_awaitable, error));
    co_await asio::async_read_until(socket, asio::dynamic_buffer(answer), "\r\n",
                                    asio::redirect_error(asio::use_awaitable, error));
    co_return answer.substr(0, answer.find("\r\n"));
  }
  /// The first line of the answer; empty: the connection was ended.
  std::string health(tcp::socket& socket) { return loop_.run(ask(socket, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")); }

  tests::RealLoop loop_;
  std::unique_ptr<OperationsServer> server_;
};

TEST_F(OperationsServerTest, makes_room_by_closing_whom_it_has_waited_for_longest) {
  std::vector<tcp::socket> kept;
  for (std::size_t i = 0; i < kMost; ++i) kept.push_back(connected());
  EXPECT_EQ(health(kept[kMost - 1]), "HTTP/1.1 200 OK");
  // It has just been answered, so that the second is now the one that keeps the server waiting for longest.
  EXPECT_EQ(health(kept[0]), "HTTP/1.1 200 OK");
  tcp::socket other = connected();
  EXPECT_EQ(health(other), "HTTP/1.1 200 OK");
  EXPECT_EQ(health(kept[1]), "");
  EXPECT_EQ(health(kept[0]), "HTTP/1.1 200 OK");
  EXPECT_EQ(health(kept[2]), "HTTP/1.1 200 OK");
}

TEST_F(OperationsServerTest, tells_whoever_sends_too_long_a_head) {
  tcp::socket client = connected();
  EXPECT_EQ(loop_.run(ask(client, "GET / HTTP/1.1\r\nX: " + std::string(30'000, 'y'))),
            "HTTP/1.1 431 Request Header Fields Too Large");
}

class RememberedTest : public testing::Test {
 protected:
  RememberedTest() : answer_(clock_, std::chrono::seconds(1), [this] { return ask(); }) {}

  awaitable<int> ask() {
    const int number = ++asked_;
    co_await clock_.sleep_until(clock_.now() + std::chrono::seconds(2));
    co_return number;
  }
  static awaitable<void> want(RememberedTest& test) { test.told_.push_back(co_await test.answer_.get()); }
  void want_twice() {
    for (int i = 0; i < 2; ++i) core::spawn(context_.get_executor(), want(*this));
    clock_.settle();
  }

  asio::io_context context_;
  tests::ManualClock clock_{context_};
  int asked_ = 0;
  std::vector<int> told_;
  Remembered<int> answer_;
};

TEST_F(RememberedTest, is_asked_for_once_at_a_time_and_remembered_for_a_second) {
  want_twice();
  clock_.advance(std::chrono::seconds(1));
  want_twice();
  EXPECT_EQ(asked_, 1);
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(told_, std::vector<int>(4, 1));
  clock_.advance(std::chrono::milliseconds(999));
  want_twice();
  EXPECT_EQ(told_, std::vector<int>(6, 1));
  clock_.advance(std::chrono::milliseconds(1));
  want_twice();
  clock_.advance(std::chrono::seconds(2));
  EXPECT_EQ(asked_, 2);
  EXPECT_EQ(told_.back(), 2);
}

}  // namespace
}  // namespace runner
