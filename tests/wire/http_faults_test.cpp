// What a far end can do wrong, and what becomes of it. Every row is a server that does it on a real socket.
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "tests/wire/http_wire.h"

namespace tests {
namespace {

using boost::asio::awaitable;

const std::string kHead = "HTTP/1.1 200 OK\r\n";
constexpr std::size_t kMaxHeaderBytes = 8 * 1024;
constexpr std::size_t kMaxBodyBytes = 100 * 1024;

struct Row {
  const char* name;
  Script script;
  const char* expected;
};
void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

awaitable<void> answer(Peer& peer, std::string text) {
  co_await peer.read_request();
  co_await peer.write(std::move(text));
}

awaitable<void> answer_and_close(Peer& peer, std::string text) {
  co_await answer(peer, std::move(text));
  peer.close();
}

awaitable<void> drip(Peer& peer, std::string text) {
  co_await peer.read_request();
  for (const char c : text) {
    co_await peer.write(std::string(1, c));
    co_await peer.pause(std::chrono::milliseconds(30));
  }
}

awaitable<void> repeat(Peer& peer, std::string first, std::string then) {
  co_await answer(peer, std::move(first));
  for (;;) co_await peer.write(then);
}

std::string head_of(std::size_t content_length) {
  return kHead + "Content-Length: " + std::to_string(content_length) + "\r\n\r\n";
}

const Row kRows[] = {
    // Nothing of an answer.
    {"reset_before_the_request_is_read",
     [](Peer& peer) -> awaitable<void> {
       co_await peer.hear();
       peer.reset();
     },
     "Reset"},
    {"reset_after_the_request_is_read",
     [](Peer& peer) -> awaitable<void> {
       co_await peer.read_request();
       peer.reset();
     },
     "Reset"},
    {"closed_after_the_request_is_read", [](Peer& peer) { return answer_and_close(peer, ""); }, "Reset"},
    {"reset_within_the_status_line",
     [](Peer& peer) -> awaitable<void> {
       co_await answer(peer, "HTTP/1.1 2");
       co_await peer.pause(std::chrono::milliseconds(50));
       peer.reset();
     },
     "Reset"},
    {"stall_without_reading", [](Peer& peer) { return peer.pause(std::chrono::seconds(5)); }, "Timeout"},
    {"stall_after_reading", [](Peer& peer) { return peer.stall(); }, "Timeout"},

    // Cut off.
    {"closed_within_the_head", [](Peer& peer) { return answer_and_close(peer, kHead + "Content-Le"); }, "Truncated"},
    {"closed_after_a_line_of_the_head", [](Peer& peer) { return answer_and_close(peer, kHead + "A: b\r\n"); },
     "Truncated"},
    {"half_a_body_then_closed", [](Peer& peer) { return answer_and_close(peer, head_of(10) + "12345"); }, "Truncated"},
    {"half_a_body_then_reset",
     [](Peer& peer) -> awaitable<void> {
       co_await answer(peer, head_of(10) + "12345");
       co_await peer.pause(std::chrono::milliseconds(50));
       peer.reset();
     },
     "Truncated"},
    {"no_body_at_all_then_closed", [](Peer& peer) { return answer_and_close(peer, head_of(10)); }, "Truncated"},
    {"chunked_body_cut_within_a_chunk",
     [](Peer& peer) { return answer_and_close(peer, kHead + "Transfer-Encoding: chunked\r\n\r\na\r\n12345"); },
     "Truncated"},
    {"chunked_body_cut_between_chunks",
     [](Peer& peer) { return answer_and_close(peer, kHead + "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n"); },
     "Truncated"},
    {"chunk_without_a_length",
     [](Peer& peer) { return answer(peer, kHead + "Transfer-Encoding: chunked\r\n\r\nhello\r\n"); }, "Truncated"},

    // Too slow.
    {"head_by_drops", [](Peer& peer) { return drip(peer, ok("late")); }, "Timeout"},
    {"stall_within_the_body",
     [](Peer& peer) -> awaitable<void> {
       co_await answer(peer, head_of(10) + "12345");
       co_await peer.stall();
     },
     "Timeout"},
    {"body_by_drops",
     [](Peer& peer) -> awaitable<void> {
       co_await answer(peer, head_of(1000));
       for (;;) {
         co_await peer.write(".");
         co_await peer.pause(std::chrono::milliseconds(30));
       }
     },
     "Timeout"},

    // Too much.
    {"endless_head", [](Peer& peer) { return repeat(peer, kHead, "Name: value\r\n"); }, "TooLarge"},
    {"endless_header", [](Peer& peer) { return repeat(peer, kHead + "Name: ", std::string(1000, 'v')); }, "TooLarge"},
    {"endless_status_line", [](Peer& peer) { return repeat(peer, "HTTP/1.1 200 ", std::string(1000, 'v')); },
     "TooLarge"},
    {"endless_interim_answers", [](Peer& peer) { return repeat(peer, "", "HTTP/1.1 100 Continue\r\n\r\n"); },
     "TooLarge"},
    {"endless_body", [](Peer& peer) { return repeat(peer, kHead + "\r\n", std::string(1000, 'b')); }, "TooLarge"},
    {"endless_chunks",
     [](Peer& peer) {
       return repeat(peer, kHead + "Transfer-Encoding: chunked\r\n\r\n", "3e8\r\n" + std::string(1000, 'b') + "\r\n");
     },
     "TooLarge"},
    {"endless_trailers",
     [](Peer& peer) {
       return repeat(peer, kHead + "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n", "Name: value\r\n");
     },
     "TooLarge"},
    {"a_byte_too_much", [](Peer& peer) { return answer(peer, ok(std::string(kMaxBodyBytes + 1, 'b'))); }, "TooLarge"},

    // Not HTTP.
    {"another_protocol", [](Peer& peer) { return answer_and_close(peer, "SSH-2.0-OpenSSH_9.2p1\r\n"); }, "BadMessage"},
    {"noise", [](Peer& peer) { return answer_and_close(peer, "\x16\x03\x01\xff\xfe\x01\r\n\r\n"); }, "BadMessage"},
    {"length_that_is_none", [](Peer& peer) { return answer(peer, kHead + "Content-Length: ten\r\n\r\n"); },
     "BadMessage"},
    {"status_that_is_none", [](Peer& peer) { return answer_and_close(peer, "HTTP/1.1 999 Odd\r\n\r\n"); },
     "BadMessage"},

    // Odd, but an answer.
    {"longer_than_its_length", [](Peer& peer) { return answer(peer, head_of(5) + "12345678"); }, "200 12345"},
    {"until_the_connection_is_closed", [](Peer& peer) { return answer_and_close(peer, kHead + "\r\nabc"); }, "200 abc"},
    {"interim_answers",
     [](Peer& peer) {
       return answer(peer, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok("abc"));
     },
     "200 abc"},
    {"chunks_with_trailers",
     [](Peer& peer) {
       return answer(peer, kHead + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nLate: x\r\n\r\n");
     },
     "200 abcde"},
    {"no_content", [](Peer& peer) { return answer(peer, "HTTP/1.1 204 No Content\r\n\r\n"); }, "204 "},
    {"empty_body", [](Peer& peer) { return answer(peer, ok("")); }, "200 "},
    {"old_version", [](Peer& peer) { return answer_and_close(peer, "HTTP/1.0 503 Busy\r\n\r\nwait"); }, "503 wait"},
};

class HttpFault : public HttpWire, public testing::WithParamInterface<Row> {};

TEST_P(HttpFault, is_told_for_what_it_is) {
  const ScriptedServer server(context, GetParam().script);
  core::HttpRequest request = post(server.url());
  request.max_header_bytes = kMaxHeaderBytes;
  request.max_body_bytes = kMaxBodyBytes;
  const core::SteadyTime start = clock.now();
  EXPECT_EQ(send(request, 300ms), GetParam().expected);
  EXPECT_LT(clock.now() - start, 1500ms);
  EXPECT_EQ(server.connections(), 1U);
  EXPECT_LE(server.requests().size(), 1U);
  EXPECT_EQ(told.size(), last->has_value() ? 0U : 1U);
}

INSTANTIATE_TEST_SUITE_P(Rows, HttpFault, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(HttpWire, interim_answers_and_trailers_leave_no_headers) {
  const ScriptedServer server(context, [](Peer& peer) {
    return answer(
        peer,
        "HTTP/1.1 103 Early Hints\r\nEarly: x\r\n\r\nHTTP/1.1 200 OK\r\nFirst:  a b \r\nFolded: one\r\n  two\r\n"
        "Empty:\r\nFirst: second\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nLate: x\r\n\r\n");
  });
  ASSERT_EQ(send(get(server.url())), "200 ");
  const core::HttpHeaders expected{
      {"First", "a b"}, {"Folded", "one two"}, {"Empty", ""}, {"First", "second"}, {"Transfer-Encoding", "chunked"}};
  EXPECT_EQ((*last)->headers, expected);
}

TEST_F(HttpWire, a_body_as_large_as_allowed_is_whole) {
  const ScriptedServer server(context, [](Peer& peer) { return answer(peer, ok(std::string(kMaxBodyBytes, 'b'))); });
  core::HttpRequest request = get(server.url());
  request.max_body_bytes = kMaxBodyBytes;
  EXPECT_EQ(send(request), "200 " + std::string(kMaxBodyBytes, 'b'));
}

TEST_F(HttpWire, nobody_there_is_refused) {
  std::string url;
  {
    const ScriptedServer gone(context, [](Peer& peer) { return peer.stall(); });
    url = gone.url("/secret?token=secret");
  }
  EXPECT_EQ(send(post(url)), "Refused");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_NE(told.front().find("http://127.0.0.1:"), std::string::npos);
  EXPECT_EQ(told.front().find("secret"), std::string::npos) << told.front();
}

TEST_F(HttpWire, a_name_that_is_none_is_refused) {
  EXPECT_EQ(send(get("http://no-such-host.invalid/")), "Refused");
}

TEST_F(HttpWire, a_deadline_that_has_passed_sends_nothing) {
  const ScriptedServer server(context, [](Peer& peer) { return answer(peer, ok("")); });
  EXPECT_EQ(send(post(server.url()), -1s), "Refused");
  run_for(100ms);
  EXPECT_TRUE(server.requests().empty());
}

}  // namespace
}  // namespace tests
