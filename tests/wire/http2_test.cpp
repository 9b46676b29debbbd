// HTTP/2 with a server that really speaks it: nginx, over TLS, in front of a server of the test's own that holds its
// answers until it is told to give them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/retry/classify.h"
#include "tests/support/nginx_server.h"
#include "tests/wire/http_wire.h"

namespace tests {
namespace {

using boost::asio::awaitable;
using testing::AllOf;
using testing::AnyOf;
using testing::Each;
using testing::Field;
using testing::SizeIs;
using Request = NginxServer::Request;

awaitable<void> answer(Peer& peer) {
  co_await peer.read_request();
  co_await peer.write(ok("passed on"));
}

awaitable<void> begin_to_answer(Peer& peer) {
  co_await peer.read_request();
  co_await peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nuntil the end");
  peer.close();
}

class Http2 : public HttpWire {
 public:
  Http2() { make_transport({.extra_certificates = *core::parse_certificates(kAuthority.certificate())}); }
  ~Http2() override { gate_ = nullptr; }

  /// Scripts have no captures; all wait for the one gate of the test that runs.
  static awaitable<void> answer_when_told(Peer& peer) {
    co_await peer.read_request();
    if (gate_ != nullptr) {
      boost::system::error_code cancelled;
      co_await gate_->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
    }
    co_await peer.write(ok("passed on"));
  }

  /// From now on no answer is given.
  void close_gate() { gate_ = &opened_; }
  void open_gate() {
    gate_ = nullptr;
    opened_.cancel();
  }

  NginxServer nginx_before(const ScriptedServer& server, bool http2, std::string more = {}) {
    return NginxServer(kAuthority.issue("IP:127.0.0.1"), {http2, server.port(), std::move(more)});
  }

  using Sendings = std::vector<std::shared_ptr<Sending>>;
  Sendings start_some(std::size_t count, const NginxServer& nginx) {
    Sendings all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(start(post(nginx.url())));
    return all;
  }
  /// What comes of requests that are all under way before the first is answered; nothing if they never are.
  std::vector<std::string> results_at_once(std::size_t count, const ScriptedServer& server, const NginxServer& nginx) {
    close_gate();
    const std::size_t before = server.requests().size();
    const Sendings all = start_some(count, nginx);
    if (!run_until_arrived(server, before + count)) return {};
    open_gate();
    return results_of(all);
  }
  bool run_until_arrived(const ScriptedServer& server, std::size_t count) {
    return run_until([&] { return server.requests().size() >= count; });
  }
  std::vector<std::string> results_of(const Sendings& all) {
    run_until([&] { return std::all_of(all.begin(), all.end(), [](const auto& sending) { return sending->done(); }); });
    std::vector<std::string> texts;
    for (const auto& sending : all) texts.push_back(sending->text());
    return texts;
  }
  /// nginx writes a request down when it has ended, which may be after the client has heard.
  std::vector<Request> noted(const NginxServer& nginx, std::size_t count) {
    run_until([&] { return nginx.requests().size() >= count; });
    return nginx.requests();
  }

  static std::set<int> connections_of(const std::vector<Request>& requests) {
    std::set<int> all;
    for (const Request& request : requests) all.insert(request.connection);
    return all;
  }

 private:
  static inline boost::asio::steady_timer* gate_ = nullptr;
  boost::asio::steady_timer opened_{context, boost::asio::steady_timer::time_point::max()};
  static inline const CertificateAuthority kAuthority{};
};

TEST_F(Http2, is_spoken_and_concurrent_requests_share_one_connection) {
  const ScriptedServer server(context, answer_when_told);
  const NginxServer nginx = nginx_before(server, true);
  EXPECT_EQ(send(post(nginx.url())), "200 passed on");
  EXPECT_THAT(results_at_once(8, server, nginx), AllOf(SizeIs(8), Each("200 passed on")));
  const std::vector<Request> requests = noted(nginx, 9);
  EXPECT_THAT(requests, AllOf(SizeIs(9), Each(Field(&Request::protocol, "HTTP/2.0"))));
  EXPECT_EQ(connections_of(requests).size(), 1U);
}

TEST_F(Http2, requests_that_begin_together_make_one_connection) {
  const ScriptedServer server(context, answer_when_told);
  const NginxServer nginx = nginx_before(server, true);
  EXPECT_THAT(results_at_once(8, server, nginx), AllOf(SizeIs(8), Each("200 passed on")));
  EXPECT_EQ(connections_of(noted(nginx, 8)).size(), 1U);
}

TEST_F(Http2, connections_are_kept) {
  const ScriptedServer server(context, answer);
  const NginxServer nginx = nginx_before(server, true);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(send(i == 1 ? get(nginx.url()) : post(nginx.url())), "200 passed on");
  const std::vector<Request> requests = noted(nginx, 3);
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(connections_of(requests).size(), 1U);
  EXPECT_EQ(requests.back().number, 3);
}

TEST_F(Http2, without_it_each_request_under_way_has_a_connection_and_idle_ones_are_kept) {
  const ScriptedServer server(context, answer_when_told);
  const NginxServer nginx = nginx_before(server, false);
  EXPECT_THAT(results_at_once(3, server, nginx), AllOf(SizeIs(3), Each("200 passed on")));
  EXPECT_EQ(send(post(nginx.url())), "200 passed on");
  const std::vector<Request> requests = noted(nginx, 4);
  EXPECT_THAT(requests, AllOf(SizeIs(4), Each(Field(&Request::protocol, "HTTP/1.1"))));
  EXPECT_EQ(connections_of(requests).size(), 3U);
  EXPECT_EQ(requests.back().number, 2);
}

TEST_F(Http2, after_a_connection_was_said_to_be_at_its_end_the_next_request_takes_a_new_one) {
  const ScriptedServer server(context, answer);
  // It sends GOAWAY with the second.
  const NginxServer nginx = nginx_before(server, true, "keepalive_requests 2;");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(send(post(nginx.url())), "200 passed on");
  EXPECT_EQ(connections_of(noted(nginx, 5)).size(), 3U);
  EXPECT_EQ(server.requests().size(), 5U);
  EXPECT_TRUE(told.empty());
}

TEST_F(Http2, a_goaway_in_the_middle_leaves_no_request_to_chance) {
  const ScriptedServer server(context, answer_when_told);
  // It answers two more, sends GOAWAY with the second, and passes over what comes behind.
  const NginxServer nginx = nginx_before(server, true, "keepalive_requests 3;");
  EXPECT_EQ(send(post(nginx.url())), "200 passed on");
  close_gate();
  const Sendings all = start_some(6, nginx);
  ASSERT_TRUE(run_until_arrived(server, 3));
  open_gate();
  // One that had set out is not sent again of the transport's own accord; one that had not takes another connection.
  const std::vector<std::string> results = results_of(all);
  EXPECT_THAT(results, Each(AnyOf("200 passed on", "Reset")));
  const std::ptrdiff_t answered = std::count(results.begin(), results.end(), "200 passed on");
  EXPECT_GE(answered, 2);
  EXPECT_EQ(server.requests().size(), 1 + static_cast<std::size_t>(answered));
  EXPECT_EQ(send(post(nginx.url())), "200 passed on");
}

TEST_F(Http2, a_server_that_stops_in_the_middle_is_a_connection_failure_that_may_be_tried_again) {
  for (const int signal : {SIGTERM, SIGKILL}) {
    const ScriptedServer server(context, [](Peer& peer) -> awaitable<void> {
      co_await peer.read_request();
      co_await peer.stall();
    });
    NginxServer nginx = nginx_before(server, true);
    const Sendings all = start_some(3, nginx);
    ASSERT_TRUE(run_until_arrived(server, 3));
    nginx.send_signal(signal);
    EXPECT_THAT(results_of(all), Each("Reset")) << signal;
    for (const auto& sending : all) {
      const core::Failure failure = core::classify(sending->result->error());
      EXPECT_EQ(failure.kind, core::FailureKind::Connection);
      EXPECT_TRUE(failure.retryable());
    }
    EXPECT_TRUE(run_until([&] { return nginx.has_ended(); }));
    EXPECT_EQ(send(post(nginx.url())), "Refused");
    EXPECT_EQ(server.requests().size(), 3U);
  }
}

TEST_F(Http2, an_answer_that_breaks_off_is_truncated_and_the_connection_goes_on) {
  const ScriptedServer server(context, begin_to_answer);
  const NginxServer nginx = nginx_before(server, true);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(send(post(nginx.url())), "Truncated");
  EXPECT_TRUE(core::classify(last->error()).retryable());
  EXPECT_EQ(connections_of(noted(nginx, 2)).size(), 1U);
}

}  // namespace
}  // namespace tests
