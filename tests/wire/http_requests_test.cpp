// What leaves the transport, on which connection, and how often.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/system/system_error.hpp>
#include <ostream>
#include <string>

#include "tests/wire/http_wire.h"

namespace tests {
namespace {

using boost::asio::awaitable;
using namespace std::string_literals;

awaitable<void> answer_all(Peer& peer) {
  for (;;) {
    co_await peer.read_request();
    co_await peer.write(ok("from " + std::to_string(peer.number)));
  }
}

awaitable<void> answer_and_close(Peer& peer) {
  co_await peer.read_request();
  co_await peer.write(ok("from " + std::to_string(peer.number)));
  peer.close();
}

/// The first request of a connection is answered, the second one is read and the connection is lost.
awaitable<void> answer_the_first(Peer& peer, bool by_reset) {
  co_await peer.read_request();
  co_await peer.write(ok("first"));
  co_await peer.read_request();
  by_reset ? peer.reset() : peer.close();
}

bool is_aborted(const std::exception_ptr& failure) {
  if (!failure) return false;
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    return error.code() == boost::asio::error::operation_aborted;
  }
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

class HttpRequests : public HttpWire {
 public:
  std::string seen_by(const ScriptedServer& server, std::size_t which = 0) {
    return replaced(server.requests().at(which), std::to_string(server.port()), "PORT");
  }
};

TEST_F(HttpRequests, say_what_they_were_told_to_say_and_no_more) {
  const ScriptedServer server(context, answer_all);
  core::HttpRequest request = post(server.url("/a/../b%2f?q=1"), "{\"x\":\"\0\"}"s);
  request.headers.push_back({"User-Agent", "tests"});
  request.headers.push_back({"Empty", " "});
  request.headers.push_back({"Authorization", "Bearer \xc3\xa9\tx"});
  EXPECT_EQ(send(request), "200 from 1");
  EXPECT_EQ(
      seen_by(server),
      "POST /a/../b%2f?q=1 HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Type: application/json\r\n"
      "User-Agent: tests\r\nEmpty:\r\nAuthorization: Bearer \xc3\xa9\tx\r\nContent-Length: 9\r\n\r\n{\"x\":\"\0\"}"s);
}

TEST_F(HttpRequests, have_a_length_where_a_body_is_meant) {
  const ScriptedServer server(context, answer_all);
  for (const char* method : {"GET", "DELETE", "POST", "PUT", "PATCH"}) {
    EXPECT_EQ(send({.method = method, .url = server.url()}), "200 from 1");
    const bool announces = method[0] == 'P';
    EXPECT_EQ(seen_by(server, server.requests().size() - 1), std::string(method) +
                                                                 " / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n" +
                                                                 (announces ? "Content-Length: 0\r\n\r\n" : "\r\n"));
  }
}

TEST_F(HttpRequests, bodies_larger_than_any_buffer_arrive) {
  const ScriptedServer server(context, answer_all);
  const std::string body(5 * 1024 * 1024, 'x');
  EXPECT_EQ(send(post(server.url(), body)), "200 from 1");
  EXPECT_TRUE(server.requests().at(0).ends_with("\r\n\r\n" + body));
}

TEST_F(HttpRequests, share_a_connection_one_after_the_other) {
  const ScriptedServer server(context, answer_all);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(send(post(server.url())), "200 from 1");
  EXPECT_EQ(server.connections(), 1U);
}

TEST_F(HttpRequests, go_to_a_new_connection_when_the_idle_one_was_closed) {
  const ScriptedServer server(context, answer_and_close);
  EXPECT_EQ(send(post(server.url())), "200 from 1");
  run_for(20ms);
  EXPECT_EQ(send(post(server.url())), "200 from 2");
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(HttpRequests, are_never_sent_twice_when_a_reused_connection_is_lost) {
  for (const Script script : {Script([](Peer& peer) { return answer_the_first(peer, false); }),
                              Script([](Peer& peer) { return answer_the_first(peer, true); })}) {
    for (const core::HttpRequest& request :
         {post("", "{}"), post("", ""), get(""), post("", std::string(300'000, 'x'))}) {
      const ScriptedServer server(context, script);
      EXPECT_EQ(send(get(server.url())), "200 first");
      core::HttpRequest second = request;
      second.url = server.url();
      EXPECT_EQ(send(second), "Reset");
      run_for(20ms);
      EXPECT_EQ(server.requests().size(), 2U);
    }
  }
}

TEST_F(HttpRequests, do_not_take_what_was_left_over_for_their_answer) {
  const ScriptedServer server(context, [](Peer& peer) -> awaitable<void> {
    co_await peer.read_request();
    co_await peer.write(ok("answer " + std::to_string(peer.number)));
    co_await peer.pause(20ms);
    co_await peer.write(ok("left over"));
    co_await peer.stall();
  });
  EXPECT_EQ(send(get(server.url())), "200 answer 1");
  run_for(60ms);
  EXPECT_EQ(send(get(server.url())), "200 answer 2");
}

TEST_F(HttpRequests, that_were_answered_too_early_do_not_run_into_the_next_one) {
  const ScriptedServer server(context, [](Peer& peer) -> awaitable<void> {
    co_await peer.hear();
    co_await peer.write(ok("early"));
    co_await peer.read_request();
    co_await answer_all(peer);
  });
  EXPECT_EQ(send(post(server.url(), std::string(20 * 1024 * 1024, 'x'))), "200 early");
  const std::string next = send(get(server.url("/next")));
  EXPECT_TRUE(next == "200 from 1" || next == "200 early") << next << ": on the same connection or on a new one";
  EXPECT_TRUE(server.requests().back().starts_with("GET /next")) << "taken for a part of the body before";
}

TEST_F(HttpRequests, do_not_take_a_late_answer_for_their_own) {
  const ScriptedServer server(context, [](Peer& peer) -> awaitable<void> {
    co_await peer.read_request();
    if (peer.number == 1) co_await peer.pause(150ms);
    co_await peer.write(ok("answer " + std::to_string(peer.number)));
    co_await peer.stall();
  });
  EXPECT_EQ(send(get(server.url()), 50ms), "Timeout");
  EXPECT_EQ(send(get(server.url())), "200 answer 2");
}

TEST_F(HttpRequests, do_not_follow_redirects) {
  const ScriptedServer server(context, [](Peer& peer) -> awaitable<void> {
    co_await peer.read_request();
    co_await peer.write("HTTP/1.1 307 Over There\r\nLocation: /there\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n");
    co_await answer_all(peer);
  });
  EXPECT_EQ(send(post(server.url())), "307 ");
  EXPECT_EQ(server.requests().size(), 1U);
  EXPECT_EQ(send(post(server.url())), "200 from 1");
  EXPECT_EQ(server.requests().at(1).find("Cookie"), std::string::npos) << "cookies are not kept";
}

TEST_F(HttpRequests, run_side_by_side_and_get_their_own_answers) {
  const ScriptedServer server(context, [](Peer& peer) -> awaitable<void> {
    for (;;) {
      const std::string request = co_await peer.read_request();
      co_await peer.pause(100ms);
      co_await peer.write(ok(request.substr(0, request.find(" HTTP"))));
    }
  });
  constexpr int kRequests = 200;
  std::vector<std::shared_ptr<Sending>> sendings;
  const core::SteadyTime begin = clock.now();
  for (int i = 0; i < kRequests; ++i) sendings.push_back(start(get(server.url("/" + std::to_string(i)))));
  EXPECT_TRUE(run_until([&] { return std::ranges::all_of(sendings, [](const auto& one) { return one->done(); }); }));
  for (int i = 0; i < kRequests; ++i) EXPECT_EQ(sendings[i]->text(), "200 GET /" + std::to_string(i));
  EXPECT_LT(clock.now() - begin, 4s) << "200 times 100 ms are 20 s one after the other";
}

int clients_gone = 0;

awaitable<void> stall_and_count(Peer& peer) {
  bool gone = false;
  try {
    co_await peer.stall();
  } catch (const boost::system::system_error&) {
    gone = true;
  }
  if (gone) ++clients_gone;
}

TEST_F(HttpRequests, are_dropped_at_once_when_they_are_cancelled) {
  clients_gone = 0;
  const ScriptedServer server(context, stall_and_count);
  boost::asio::cancellation_signal signal;
  Sending sending{.request = post(server.url()), .result = {}, .failure = {}};
  boost::asio::co_spawn(
      context, send_and_note(*transport, sending, clock.now() + 1min),
      boost::asio::bind_cancellation_slot(
          signal.slot(), [&failure = sending.failure](std::exception_ptr thrown) { failure = std::move(thrown); }));
  run_for(50ms);
  EXPECT_FALSE(sending.done());
  EXPECT_EQ(clients_gone, 0);
  const core::SteadyTime begin = clock.now();
  signal.emit(boost::asio::cancellation_type::terminal);
  EXPECT_FALSE(sending.done()) << "it ran inside emit";
  EXPECT_TRUE(run_until([&sending] { return sending.done() && clients_gone == 1; }));
  EXPECT_TRUE(is_aborted(sending.failure));
  EXPECT_LT(clock.now() - begin, 500ms);
}

TEST_F(HttpRequests, end_when_the_transport_is_destroyed) {
  clients_gone = 0;
  const ScriptedServer server(context, stall_and_count);
  std::vector<std::shared_ptr<Sending>> sendings;
  for (int i = 0; i < 3; ++i) sendings.push_back(start(get(server.url())));
  run_for(50ms);
  // One whose name is being resolved, one that has hardly begun.
  sendings.push_back(start(get("http://no-such-host.invalid/")));
  sendings.push_back(start(get(server.url())));
  context.restart();
  context.poll_one();
  context.poll_one();
  transport.reset();
  EXPECT_TRUE(run_until(
      [&] { return std::ranges::all_of(sendings, [](const auto& one) { return one->done(); }) && clients_gone >= 3; }));
  for (const auto& sending : sendings) EXPECT_TRUE(is_aborted(sending->failure)) << sending->text();
}

TEST_F(HttpRequests, may_outlive_their_loop) {
  auto loop = std::make_unique<boost::asio::io_context>();
  core::AsioClock its_clock(loop->get_executor());
  core::CurlTransport its_transport(loop->get_executor(), its_clock, {});
  const ScriptedServer server(context, stall_and_count);
  Sending sending{.request = post(server.url()), .result = {}, .failure = {}};
  boost::asio::co_spawn(*loop, send_and_note(its_transport, sending, its_clock.now() + 1min), boost::asio::detached);
  loop->run_for(20ms);
  loop.reset();
  EXPECT_FALSE(sending.done());
}

TEST_F(HttpRequests, leave_nothing_that_keeps_the_loop_going) {
  const ScriptedServer server(context, answer_all);
  boost::asio::io_context loop;
  core::AsioClock its_clock(loop.get_executor());
  core::CurlTransport its_transport(loop.get_executor(), its_clock, {});
  Sending sending{.request = post(server.url()), .result = {}, .failure = {}};
  boost::asio::co_spawn(loop, send_and_note(its_transport, sending, its_clock.now() + 2s), boost::asio::detached);
  EXPECT_TRUE(run_until([&] {
    loop.poll();
    return sending.done();
  }));
  loop.restart();
  const core::SteadyTime begin = clock.now();
  loop.run_for(1s);
  EXPECT_LT(clock.now() - begin, 500ms) << "an idle connection is waited for";
  EXPECT_EQ(sending.text(), "200 from 1");
}

struct Injection {
  const char* name;
  core::HttpRequest request;  ///< "HOST" in its URL is where the server listens.
  bool harmless = false;
};
void PrintTo(const Injection& row, std::ostream* out) {
  *out << row.name;
}

core::HttpRequest with_header(std::string name, std::string value) {
  return {.method = "GET", .url = "http://HOST/", .headers = {{std::move(name), std::move(value)}}};
}
core::HttpRequest with_url(std::string url) {
  return {.method = "GET", .url = std::move(url)};
}

const Injection kInjections[] = {
    {"line_break_in_method", {.method = "GET / HTTP/1.1\r\nEvil: 1\r\n\r\nGET", .url = "http://HOST/"}},
    {"space_in_method", {.method = "GET /evil", .url = "http://HOST/"}},
    {"no_method", {.method = "", .url = "http://HOST/"}},
    {"line_break_in_value", with_header("Name", "value\r\nEvil: 1")},
    {"bare_carriage_return_in_value", with_header("Name", "value\rEvil: 1")},
    {"bare_line_feed_in_value", with_header("Name", "value\nEvil: 1")},
    {"line_break_at_the_end_of_a_value", with_header("Name", "value\n")},
    {"nul_in_value", with_header("Name", "value\0Evil"s)},
    {"line_break_in_name", with_header("Name: 1\r\nEvil", "value")},
    {"colon_in_name", with_header("Evil: 1", "value")},
    {"nul_in_name", with_header("Name\0Evil"s, "value")},
    {"no_name", with_header("", "value")},
    {"another_length", with_header("content-length", "100")},
    {"chunks", with_header("Transfer-Encoding", "chunked")},
    {"another_host", with_header("Host", "evil")},
    {"line_break_in_url", with_url("http://HOST/a HTTP/1.1\r\nEvil: 1\r\n")},
    {"space_in_url", with_url("http://HOST/a b")},
    {"nul_in_url", with_url("http://HOST/a\0b"s)},
    {"backslash_in_url", with_url("http://HOST\\@evil/")},
    {"letter_beyond_ascii_in_url", with_url("http://HOST/\xc3\xa9")},
    {"user_in_url", with_url("http://user:secret@HOST/")},
    {"no_host", with_url("http:///a")},
    {"no_scheme", with_url("HOST/")},
    {"file", with_url("file:///etc/hostname")},
    {"other_protocol", with_url("gopher://HOST/")},
    {"no_url", with_url("")},
    {"harmless", with_header("Name", "a\tvalue: \"\xc3\xa9\", \\ and more"), true},
    {"harmless_url", with_url("http://HOST/a:b@c;d/%0d%0a?e=%00&f=[1]#g"), true},
};

class HttpInjection : public HttpWire, public testing::WithParamInterface<Injection> {};

TEST_P(HttpInjection, never_reaches_the_wire) {
  const ScriptedServer server(context, answer_all);
  core::HttpRequest request = GetParam().request;
  request.url = replaced(request.url, "HOST", "127.0.0.1:" + std::to_string(server.port()));
  EXPECT_EQ(send(request), GetParam().harmless ? "200 from 1" : "Refused");
  EXPECT_EQ(server.connections(), GetParam().harmless ? 1U : 0U);
  for (const std::string& line : told) EXPECT_EQ(line.find("secret"), std::string::npos) << line;
}

INSTANTIATE_TEST_SUITE_P(Rows, HttpInjection, testing::ValuesIn(kInjections),
                         [](const auto& row) { return std::string(row.param.name); });

/// A variable of the environment for as long as this lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

TEST_F(HttpRequests, go_through_the_proxy_of_the_environment) {
  const ScriptedServer proxy(context, answer_all);
  const Variable variable("http_proxy", proxy.url());
  EXPECT_EQ(send(get("http://host.invalid/a")), "200 from 1");
  EXPECT_TRUE(proxy.requests().at(0).starts_with("GET http://host.invalid/a HTTP/1.1\r\nHost: host.invalid\r\n"));
}

TEST_F(HttpRequests, pass_by_the_proxy_where_the_environment_says_so) {
  const ScriptedServer server(context, answer_all);
  const ScriptedServer proxy(context, answer_all);
  const Variable variable("http_proxy", proxy.url());
  const Variable exceptions("NO_PROXY", "localhost,127.0.0.1");
  EXPECT_EQ(send(get(server.url())), "200 from 1");
  EXPECT_EQ(server.requests().size(), 1U);
  EXPECT_EQ(proxy.connections(), 0U);
}

TEST_F(HttpRequests, are_refused_when_the_proxy_refuses_and_show_it_no_secret) {
  const ScriptedServer proxy(context, [](Peer& peer) -> awaitable<void> {
    co_await peer.read_request();
    co_await peer.write("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    co_await peer.stall();
  });
  const Variable variable("https_proxy", proxy.url());
  core::HttpRequest request = post("https://host.invalid/secret");
  request.headers.push_back({"Authorization", "Bearer secret"});
  EXPECT_EQ(send(request), "Refused");
  ASSERT_EQ(proxy.requests().size(), 1U);
  EXPECT_TRUE(proxy.requests().at(0).starts_with("CONNECT host.invalid:443 HTTP/1.1\r\n"));
  EXPECT_EQ(proxy.requests().at(0).find("secret"), std::string::npos) << proxy.requests().at(0);
  EXPECT_EQ(told, std::vector<std::string>{"https://host.invalid: CONNECT tunnel failed, response 502"});
}

}  // namespace
}  // namespace tests
