// The served Redis, as bytes: pieces, pipelines, both protocols, waiting, publishing and its bounds. What is so whether
// the fake one or a real one does the commands is tested with either.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "tests/wire/served_redis.h"

namespace tests {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

INSTANTIATE_TEST_SUITE_P(, ServedRedis, testing::Values(DoneBy::Fake, DoneBy::Real), name_of);

int blocked_clients(Wire& wire) {
  constexpr std::string_view kName = "blocked_clients:";
  wire.send(command({"INFO", "clients"}));
  const std::string info = wire.read_until("\r\n\r\n");
  const std::size_t at = info.find(kName);
  return at == std::string::npos ? -1 : std::stoi(info.substr(at + kName.size()));
}

TEST_P(ServedRedis, the_same_replies_wherever_the_bytes_are_split) {
  Served served(backed());
  const std::string sent = command({"SET", "a", "x\r\ny"}) + "get a\r\n" + command({"INCR", "n"}) + command({"MULTI"}) +
                           command({"GET", "a"}) + command({"EXEC"}) + command({"FLUSHALL"});
  const std::string expected = "+OK\r\n$4\r\nx\r\ny\r\n:1\r\n+OK\r\n+QUEUED\r\n*1\r\n$4\r\nx\r\ny\r\n+OK\r\n";
  for (std::size_t cut = 0; cut <= sent.size(); ++cut) {
    Wire wire(served.redis);
    wire.send(sent.substr(0, cut));
    if (cut % 7 == 0) std::this_thread::sleep_for(5ms);  // So that the parts arrive apart.
    ASSERT_EQ(wire.ask(sent.substr(cut), expected), expected) << cut;
  }
  Wire slow(served.redis);
  for (const char c : sent) slow.send({&c, 1});
  EXPECT_EQ(slow.read(expected.size()), expected);
}

TEST(ServedFakeRedis, hello_changes_the_protocol_from_its_own_reply_on) {
  Served served;
  Wire wire(served.redis);
  EXPECT_EQ(line(wire, {"GET", "none"}), "$-1\r\n");
  wire.send(command({"HELLO", "3"}));
  EXPECT_THAT(wire.read_until("modules\r\n*0\r\n"), StartsWith("%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n"));
  EXPECT_EQ(line(wire, {"GET", "none"}), "_\r\n");
  EXPECT_EQ(
      wire.ask(command({"HSET", "h", "f", "v"}) + command({"HGETALL", "h"}), ":1\r\n%1\r\n$1\r\nf\r\n$1\r\nv\r\n"),
      ":1\r\n%1\r\n$1\r\nf\r\n$1\r\nv\r\n");
  EXPECT_EQ(line(wire, {"HELLO", "4"}), "-NOPROTO unsupported protocol version\r\n");
}

TEST_P(ServedRedis, protocol_errors_come_behind_earlier_replies_and_close) {
  Served served(backed());
  const std::pair<std::string, std::string_view> rows[] = {
      {"*a\r\n", "invalid multibulk length"},
      {"*1\r\nx\r\n", "expected '$', got 'x'"},
      {"*1\r\n$-5\r\n", "invalid bulk length"},
      {"SET \"a\r\n", "unbalanced quotes in request"},
      {std::string(70'000, 'a'), "too big inline request"},
  };
  for (const auto& [bytes, error] : rows) {
    Wire wire(served.redis);
    wire.send("PING\r\n" + bytes);
    EXPECT_EQ(wire.read_all(), fmt::format("+PONG\r\n-ERR Protocol error: {}\r\n", error));
  }
  Wire browser(served.redis);
  browser.send("POST / HTTP/1.1\r\nHost: x\r\n\r\nFLUSHALL\r\n");
  EXPECT_EQ(browser.read_all(), "");
}

TEST_P(ServedRedis, thousands_of_commands_at_once_are_answered_in_order) {
  Served served(backed());
  Wire wire(served.redis);
  std::string sent, expected;
  for (int i = 1; i <= 20'000; ++i) {
    sent += command({"INCR", "n"});
    expected += fmt::format(":{}\r\n", i);
  }
  EXPECT_EQ(wire.ask(sent, expected), expected);
}

TEST_P(ServedRedis, a_blocking_pop_waits_in_real_time_and_what_is_behind_it_waits_too) {
  Served served(backed());
  Wire waiting(served.redis), other(served.redis);
  const Stopwatch watch;
  EXPECT_EQ(waiting.ask(command({"BLPOP", "q", "0.2"}) + "PING\r\n", "*-1\r\n+PONG\r\n"), "*-1\r\n+PONG\r\n");
  EXPECT_GE(watch.elapsed(), 200ms);
  waiting.send(command({"BLPOP", "q", "0"}) + "PING\r\n");
  ASSERT_TRUE(eventually([&] { return blocked_clients(other) == 1; }));
  EXPECT_EQ(line(other, {"LPUSH", "q", "v"}), ":1\r\n");
  EXPECT_EQ(waiting.read(25), "*2\r\n$1\r\nq\r\n$1\r\nv\r\n+PONG\r\n");
}

TEST_P(ServedRedis, who_left_while_waiting_takes_nothing) {
  Served served(backed());
  Wire gone(served.redis), other(served.redis);
  gone.send(command({"BLPOP", "q", "0"}));
  EXPECT_TRUE(eventually([&] { return blocked_clients(other) == 1; }));
  gone.leave();
  EXPECT_TRUE(eventually([&] { return blocked_clients(other) == 0; }));
  EXPECT_EQ(line(other, {"LPUSH", "q", "v"}), ":1\r\n");
  EXPECT_EQ(line(other, {"LLEN", "q"}), ":1\r\n");
}

TEST(ServedFakeRedis, what_is_published_is_pushed_in_both_protocols) {
  Served served;
  Wire two(served.redis), three(served.redis), publisher(served.redis);
  const std::string confirmed = "3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n";
  EXPECT_EQ(two.ask(command({"SUBSCRIBE", "c"}), "*" + confirmed), "*" + confirmed);
  three.send(command({"HELLO", "3"}));
  three.read_until("modules\r\n*0\r\n");
  EXPECT_EQ(three.ask(command({"SUBSCRIBE", "c"}), ">" + confirmed), ">" + confirmed);
  EXPECT_EQ(line(publisher, {"PUBLISH", "c", "hi"}), ":2\r\n");
  const std::string message = "3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n";
  EXPECT_EQ(two.read(message.size() + 1), "*" + message);
  EXPECT_EQ(three.read(message.size() + 1), ">" + message);
  EXPECT_THAT(line(two, {"GET", "a"}), StartsWith("-ERR Can't execute 'get': only (P|S)SUBSCRIBE"));
  EXPECT_EQ(three.ask(command({"GET", "a"}), "_\r\n"), "_\r\n");
  EXPECT_EQ(two.ask(command({"PING"}), "*2\r\n$4\r\npong\r\n$0\r\n\r\n"), "*2\r\n$4\r\npong\r\n$0\r\n\r\n");
}

TEST_P(ServedRedis, quit_is_answered_and_nothing_after_it) {
  Served served(backed());
  Wire wire(served.redis);
  wire.send("PING\r\nQUIT\r\nPING\r\n");
  EXPECT_EQ(wire.read_all(), "+PONG\r\n+OK\r\n");
}

TEST_P(ServedRedis, a_subscriber_that_does_not_read_is_cut_off) {
  Served served(backed());
  Wire lazy(served.redis), publisher(served.redis);
  lazy.send(command({"SUBSCRIBE", "c"}));
  lazy.read_until(":1\r\n");
  const std::string megabyte(1'000'000, 'x');
  EXPECT_TRUE(eventually([&] {
    const std::string receivers = line(publisher, {"PUBLISH", "c", megabyte});
    return receivers == ":0\r\n";
  }));
}

TEST_P(ServedRedis, a_client_that_sends_without_reading_is_not_read_from_and_loses_nothing) {
  Served served(backed());
  Wire wire(served.redis);
  const std::string megabyte(1'000'000, 'x');
  EXPECT_EQ(line(wire, {"SET", "big", megabyte}), "+OK\r\n");
  std::string sent;
  for (int i = 0; i < 60; ++i) sent += command({"GET", "big"}) + command({"INCR", "n"});
  wire.send(sent);
  Wire other(served.redis);
  const auto done = [&other] {
    other.send(command({"GET", "n"}));
    return other.read_until("\r\n") == "$-1\r\n" ? 0 : std::stoi(other.read_until("\r\n"));
  };
  // Until nothing more is done: it is read from no more, for there is no end of what it has sent.
  int before = -1;
  EXPECT_TRUE(eventually([&] { return std::exchange(before, done()) == before && before > 0; }, 100ms));
  if (GetParam() == DoneBy::Fake) {
    EXPECT_LT(done(), 60) << "it was read from no more";
  } else {
    // Which has done them all, and has the replies itself.
    Wire asks(real_->port());
    asks.send(command({"CLIENT", "LIST"}));
    const std::string clients = asks.read_until("\r\n") + asks.read_until("\r\n");
    std::size_t kept = 0;
    for (std::size_t at = clients.find(" omem="); at != std::string::npos; at = clients.find(" omem=", at + 1)) {
      kept = std::max(kept, static_cast<std::size_t>(std::stoull(clients.substr(at + 6))));
    }
    EXPECT_GT(kept, 20'000'000u) << clients;
  }
  for (int i = 1; i <= 60; ++i) {
    ASSERT_EQ(wire.read_until("\r\n"), "$1000000\r\n") << i;
    ASSERT_EQ(wire.read(1'000'002).substr(0, 3), "xxx") << i;
    ASSERT_EQ(wire.read_until("\r\n"), fmt::format(":{}\r\n", i));
  }
}

TEST_P(ServedRedis, late_and_large_replies_come_before_the_end_that_quit_asks_for) {
  {
    Served served(backed(with_rule(rule(std::monostate{}, "GET", 300ms))));
    Wire wire(served.redis);
    const Stopwatch watch;
    wire.send(command({"SET", "a", "1"}) + command({"GET", "a"}) + "QUIT\r\n");
    EXPECT_EQ(wire.read_all(), "+OK\r\n$1\r\n1\r\n+OK\r\n");
    EXPECT_EQ(wire.how, End::Closed);
    EXPECT_GE(watch.elapsed(), 300ms);
  }
  Served served(backed());
  Wire wire(served.redis);
  const std::string megabytes(16'000'000, 'x');
  EXPECT_EQ(line(wire, {"SET", "big", megabytes}), "+OK\r\n");
  wire.send(command({"GET", "big"}) + "QUIT\r\n");
  std::this_thread::sleep_for(200ms);  // So that the end is there before the reply has been taken.
  EXPECT_EQ(wire.read_all(), "$16000000\r\n" + megabytes + "\r\n+OK\r\n");
}

TEST_P(ServedRedis, what_was_sent_is_done_though_its_client_leaves_at_once) {
  Served served(backed());
  std::string sent;
  for (int i = 0; i < 1000; ++i) sent += command({"INCR", "n"});
  Wire gone(served.redis), other(served.redis);
  gone.send(sent);
  gone.send_no_more();
  gone.leave();
  EXPECT_TRUE(eventually([&] {
    other.send(command({"GET", "n"}));
    return other.read_until("\r\n") == "$4\r\n" && other.read_until("\r\n") == "1000\r\n";
  }));
}

TEST_P(ServedRedis, what_waits_behind_a_blocking_pop_may_be_much) {
  constexpr int kMegabytes = 80;  // More than is kept for it.
  Served served(backed());
  Wire wire(served.redis), other(served.redis);
  std::thread sender([&] {
    wire.send(command({"BLPOP", "q", "0"}));
    const std::string set = command({"SET", "big", std::string(1'000'000, 'x')});
    for (int i = 0; i < kMegabytes; ++i) wire.send(set);
  });
  EXPECT_TRUE(eventually([&] { return blocked_clients(other) == 1; }));
  std::this_thread::sleep_for(200ms);
  EXPECT_EQ(line(other, {"LPUSH", "q", "v"}), ":1\r\n");
  std::string expected = "*2\r\n$1\r\nq\r\n$1\r\nv\r\n";
  for (int i = 0; i < kMegabytes; ++i) expected += "+OK\r\n";
  EXPECT_EQ(wire.read(expected.size()), expected);
  sender.join();
}

TEST_P(ServedRedis, messages_and_confirmations_keep_their_order_with_replies) {
  Served served(backed());
  Wire wire(served.redis), publisher(served.redis);
  const auto confirmed = [](std::string_view kind, std::string_view channel, int left) {
    return fmt::format("*3\r\n${}\r\n{}\r\n${}\r\n{}\r\n:{}\r\n", kind.size(), kind, channel.size(), channel, left);
  };
  const std::string subscribed = confirmed("subscribe", "a", 1) + confirmed("subscribe", "b", 2);
  EXPECT_EQ(wire.ask(command({"SUBSCRIBE", "a", "b"}), subscribed), subscribed);
  EXPECT_EQ(line(publisher, {"PUBLISH", "b", "hi"}), ":1\r\n");
  const std::string message = "*3\r\n$7\r\nmessage\r\n$1\r\nb\r\n$2\r\nhi\r\n";
  EXPECT_EQ(wire.read(message.size()), message);
  // A list that looks like a message is none to who listens to nothing.
  line(publisher, {"RPUSH", "list", "message", "b", "hi"});
  const std::string left = confirmed("unsubscribe", "a", 1) + confirmed("unsubscribe", "b", 0) + message + "+PONG\r\n";
  EXPECT_EQ(wire.ask(command({"UNSUBSCRIBE", "a", "b"}) + command({"LRANGE", "list", "0", "-1"}) + "PING\r\n", left),
            left);
  const std::string reset = confirmed("subscribe", "a", 1) + "+RESET\r\n" + message + "+PONG\r\n";
  EXPECT_EQ(
      wire.ask(command({"SUBSCRIBE", "a"}) + command({"RESET"}) + command({"LRANGE", "list", "0", "-1"}) + "PING\r\n",
               reset),
      reset);
}

TEST_P(ServedRedis, what_comes_behind_a_long_subscription_is_answered_behind_it) {
  constexpr int kChannels = 5000;  // Whose confirmations take more than one piece.
  Served served(backed());
  Wire wire(served.redis);
  std::string sent = fmt::format("*{}\r\n$9\r\nSUBSCRIBE\r\n", kChannels + 1), expected;
  for (int i = 1; i <= kChannels; ++i) {
    const std::string channel = fmt::format("channel-{:05}", i);
    sent += fmt::format("$13\r\n{}\r\n", channel);
    expected += fmt::format("*3\r\n$9\r\nsubscribe\r\n$13\r\n{}\r\n:{}\r\n", channel, i);
  }
  expected += "*2\r\n$4\r\npong\r\n$0\r\n\r\n";
  EXPECT_EQ(wire.ask(sent + "PING\r\n", expected), expected);
  EXPECT_THAT(line(wire, {"GET", "a"}), StartsWith("-ERR Can't execute 'get'"));
}

}  // namespace
}  // namespace tests
