// How long libcurl's transport waits for the first byte of an answer, and for the next one: against servers that do not
// go on, and against a served fake that says when its bytes come.
#include <gtest/gtest.h>

#include "tests/wire/http_wire.h"
#include "tests/wire/served.h"

namespace tests {
namespace {

using boost::asio::awaitable;

const std::string kHead = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\n";

awaitable<void> silent(Peer& peer) {
  co_await peer.read_request();
  co_await peer.stall();
}

awaitable<void> head_alone(Peer& peer) {
  co_await peer.read_request();
  co_await peer.write(kHead);
  co_await peer.stall();
}

awaitable<void> half(Peer& peer) {
  co_await peer.read_request();
  co_await peer.write(kHead + "abc");
  co_await peer.stall();
}

awaitable<void> slow(Peer& peer) {
  co_await peer.read_request();
  co_await peer.write(kHead);
  for (const char* const byte : {"a", "b", "c", "d", "e", "f"}) {
    co_await peer.pause(std::chrono::milliseconds(150));
    co_await peer.write(byte);
  }
}

awaitable<void> late(Peer& peer) {
  co_await peer.read_request();
  co_await peer.pause(std::chrono::milliseconds(400));
  co_await peer.write(kHead + "abcdef");
}

struct Row {
  const char* name;
  Script script;
  std::optional<core::Duration> first_byte, idle;
  const char* expected;
  std::chrono::milliseconds at_least, at_most;
};
void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

class HttpSilence : public HttpWire, public testing::WithParamInterface<Row> {};

TEST_P(HttpSilence, is_waited_for_as_long_as_the_request_says) {
  const Row& row = GetParam();
  const ScriptedServer server(context, row.script);
  core::HttpRequest request = post(server.url("/api/chat"));
  request.first_byte_timeout = row.first_byte;
  request.idle_timeout = row.idle;
  const Stopwatch watch;
  EXPECT_EQ(send(request, 2s), row.expected);
  EXPECT_GE(watch.elapsed(), row.at_least);
  EXPECT_LT(watch.elapsed(), row.at_most);
}

INSTANTIATE_TEST_SUITE_P(
    , HttpSilence,
    testing::Values(Row{"no_byte", silent, 300ms, {}, "FirstByteTimeout", 300ms, 1500ms},
                    Row{"a_head_is_no_byte_of_the_body", head_alone, 300ms, {}, "FirstByteTimeout", 300ms, 1500ms},
                    Row{"the_first_byte_ends_its_timeout", half, 300ms, {}, "Timeout", 2000ms, 4000ms},
                    Row{"silence_within_the_answer", half, {}, 300ms, "IdleTimeout", 300ms, 1500ms},
                    Row{"silence_before_the_answer_is_another_matter", late, {}, 300ms, "200 abcdef", 400ms, 2000ms},
                    Row{"each_byte_begins_a_silence_anew", slow, {}, 600ms, "200 abcdef", 900ms, 2000ms},
                    Row{"both", half, 1s, 400ms, "IdleTimeout", 400ms, 1500ms},
                    Row{"the_deadline_comes_first", half, 3s, 3s, "Timeout", 2000ms, 4000ms},
                    Row{"neither", slow, {}, {}, "200 abcdef", 900ms, 2000ms}),
    [](const testing::TestParamInfo<Row>& row) { return std::string(row.param.name); });

class HttpServedSilence : public HttpWire {
 public:
  core::HttpRequest chat(const Served& served) {
    core::HttpRequest request = post("http://127.0.0.1:" + std::to_string(served.llm) + "/api/chat",
                                     R"({"model":"m","messages":[{"role":"user","content":"hi"}]})");
    request.idle_timeout = 400ms;
    request.first_byte_timeout = 400ms;
    return request;
  }
  static fakes::wire::HostOptions with(fakes::HttpAction action) {
    fakes::wire::HostOptions options;
    options.llm.resize(1);
    options.llm[0].action = std::move(action);
    return options;
  }
};

TEST_F(HttpServedSilence, of_a_fake_that_stalls_or_paces_is_noticed) {
  {
    Served served(with(fakes::DoStall{500'000, {}}));
    EXPECT_EQ(send(chat(served)), "IdleTimeout");
    ASSERT_FALSE(told.empty());
    EXPECT_NE(told.back().find("silent for too long within its answer"), std::string::npos) << told.back();
  }
  {
    Served served(with(fakes::DoStall{0, core::Duration(1500ms)}));
    EXPECT_EQ(send(chat(served)), "FirstByteTimeout");
  }
  {
    Served served(with(fakes::DoStall{500'000, core::Duration(150ms)}));
    EXPECT_EQ(send(chat(served)).substr(0, 4), "200 ");
  }
  {
    Served served(with(fakes::DoPace{5, 150ms}));
    const Stopwatch watch;
    EXPECT_EQ(send(chat(served)).substr(0, 4), "200 ");
    EXPECT_GE(watch.elapsed(), 600ms);
  }
}

// The connection that was given up is not used again, and the next request is not answered with what was left of it.
TEST_F(HttpServedSilence, leaves_nothing_behind_for_the_next_request) {
  fakes::wire::HostOptions options = with(fakes::DoStall{500'000, core::Duration(600ms)});
  options.llm[0].calls = {{1, 1}};
  Served served(std::move(options));
  EXPECT_EQ(send(chat(served)), "IdleTimeout");
  const std::string answer = send(chat(served));
  EXPECT_EQ(answer.substr(0, 13), R"(200 {"model":)") << answer;
  EXPECT_NE(answer.find(R"("done":true)"), std::string::npos) << answer;
}

}  // namespace
}  // namespace tests
