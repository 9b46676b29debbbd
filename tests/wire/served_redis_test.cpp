// The fake Redis on a socket, as bytes: pieces, pipelines, both protocols, waiting, publishing, rules and restarts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/json/parse.hpp>
#include <utility>

#include "tests/wire/served.h"

namespace tests {
namespace {

using fakes::RedisAction;
using fakes::RedisRule;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

std::string command(std::initializer_list<std::string_view> words) {
  std::string bytes = fmt::format("*{}\r\n", words.size());
  for (const std::string_view word : words) bytes += fmt::format("${}\r\n{}\r\n", word.size(), word);
  return bytes;
}

RedisRule rule(RedisAction action, std::string on = "*", core::Duration latency = {}) {
  RedisRule made;
  made.on = std::move(on);
  made.action = std::move(action);
  made.latency = latency;
  return made;
}

fakes::wire::HostOptions with_rule(RedisRule made) {
  fakes::wire::HostOptions options;
  options.redis = {std::move(made)};
  return options;
}

/// The reply to one command, which must be a line.
std::string line(Wire& wire, std::initializer_list<std::string_view> words) {
  wire.send(command(words));
  return wire.read_until("\r\n");
}

int blocked_clients(Wire& wire) {
  constexpr std::string_view kName = "blocked_clients:";
  wire.send(command({"INFO", "clients"}));
  const std::string info = wire.read_until("\r\n\r\n");
  const std::size_t at = info.find(kName);
  return at == std::string::npos ? -1 : std::stoi(info.substr(at + kName.size()));
}

TEST(ServedRedis, the_same_replies_wherever_the_bytes_are_split) {
  Served served;
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

TEST(ServedRedis, hello_changes_the_protocol_from_its_own_reply_on) {
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

TEST(ServedRedis, protocol_errors_come_behind_earlier_replies_and_close) {
  Served served;
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

TEST(ServedRedis, thousands_of_commands_at_once_are_answered_in_order) {
  Served served;
  Wire wire(served.redis);
  std::string sent, expected;
  for (int i = 1; i <= 20'000; ++i) {
    sent += command({"INCR", "n"});
    expected += fmt::format(":{}\r\n", i);
  }
  EXPECT_EQ(wire.ask(sent, expected), expected);
}

TEST(ServedRedis, a_blocking_pop_waits_in_real_time_and_what_is_behind_it_waits_too) {
  Served served;
  Wire waiting(served.redis), other(served.redis);
  const Stopwatch watch;
  EXPECT_EQ(waiting.ask(command({"BLPOP", "q", "0.2"}) + "PING\r\n", "*-1\r\n+PONG\r\n"), "*-1\r\n+PONG\r\n");
  EXPECT_GE(watch.elapsed(), 200ms);
  waiting.send(command({"BLPOP", "q", "0"}) + "PING\r\n");
  ASSERT_TRUE(eventually([&] { return blocked_clients(other) == 1; }));
  EXPECT_EQ(line(other, {"LPUSH", "q", "v"}), ":1\r\n");
  EXPECT_EQ(waiting.read(25), "*2\r\n$1\r\nq\r\n$1\r\nv\r\n+PONG\r\n");
}

TEST(ServedRedis, who_left_while_waiting_takes_nothing) {
  Served served;
  Wire gone(served.redis), other(served.redis);
  gone.send(command({"BLPOP", "q", "0"}));
  EXPECT_TRUE(eventually([&] { return blocked_clients(other) == 1; }));
  gone.leave();
  EXPECT_TRUE(eventually([&] { return blocked_clients(other) == 0; }));
  EXPECT_EQ(line(other, {"LPUSH", "q", "v"}), ":1\r\n");
  EXPECT_EQ(line(other, {"LLEN", "q"}), ":1\r\n");
}

TEST(ServedRedis, what_is_published_is_pushed_in_both_protocols) {
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

TEST(ServedRedis, quit_is_answered_and_nothing_after_it) {
  Served served;
  Wire wire(served.redis);
  wire.send("PING\r\nQUIT\r\nPING\r\n");
  EXPECT_EQ(wire.read_all(), "+PONG\r\n+OK\r\n");
}

TEST(ServedRedis, rules_answer_reset_or_stay_silent) {
  {
    Served served(with_rule(rule(fakes::DoError{"LOADING Redis is loading the dataset in memory"}, "SET")));
    Wire wire(served.redis);
    EXPECT_EQ(line(wire, {"SET", "a", "1"}), "-LOADING Redis is loading the dataset in memory\r\n");
    EXPECT_EQ(line(wire, {"GET", "a"}), "$-1\r\n");
  }
  for (const auto& [when, left] :
       {std::pair{fakes::ResetWhen::Before, "$-1\r\n"}, std::pair{fakes::ResetWhen::After, "$1\r\n"}}) {
    Served served(with_rule(rule(fakes::DoReset{when}, "SET")));
    Wire wire(served.redis), other(served.redis);
    wire.send(command({"PING"}) + command({"SET", "a", "1"}) + command({"PING"}));
    EXPECT_EQ(wire.read_all(), "+PONG\r\n");
    EXPECT_EQ(wire.how, End::Reset);
    EXPECT_EQ(line(other, {"GET", "a"}), left);
  }
  {
    Served served(with_rule(rule(fakes::DoTimeout{}, "SET")));
    Wire wire(served.redis, 300ms), other(served.redis);
    wire.send(command({"PING"}) + command({"SET", "a", "1"}) + command({"SET", "b", "1"}) + command({"INCR", "n"}));
    EXPECT_EQ(wire.read_all(), "+PONG\r\n");
    EXPECT_EQ(wire.how, End::Timeout);
    EXPECT_EQ(line(other, {"GET", "a"}), "$-1\r\n");
    EXPECT_EQ(line(other, {"GET", "n"}), "$1\r\n") << "what is behind it is done, but not answered";
  }
  {
    Served served(with_rule(rule(fakes::DoFlushScripts{}, "EVALSHA")));
    Wire wire(served.redis);
    wire.send(command({"SCRIPT", "LOAD", "return 1"}));
    wire.read_until("\r\n");
    const std::string sha = wire.read_until("\r\n").substr(0, 40);
    EXPECT_EQ(line(wire, {"EVALSHA", sha, "0"}), "-NOSCRIPT No matching script. Please use EVAL.\r\n");
  }
}

TEST(ServedRedis, replies_are_late_and_keep_their_order_while_effects_are_at_once) {
  Served served(with_rule(rule(std::monostate{}, "SET", 300ms)));
  Wire wire(served.redis), other(served.redis);
  const Stopwatch watch;
  wire.send(command({"SET", "a", "1"}) + command({"PING"}));
  EXPECT_TRUE(eventually([&] { return line(other, {"EXISTS", "a"}) == ":1\r\n"; }));
  EXPECT_LT(watch.elapsed(), 300ms);
  EXPECT_EQ(wire.read(12), "+OK\r\n+PONG\r\n");
  EXPECT_GE(watch.elapsed(), 300ms);
}

TEST(ServedRedis, a_restart_drops_connections_refuses_for_a_while_and_loses_what_it_is_told_to) {
  fakes::wire::HostOptions options;
  options.events = {{core::SteadyTime(1200ms), fakes::wire::RestartRedis{.lose = 600ms, .down = 400ms}}};
  const Stopwatch watch;
  Served served(std::move(options));
  Wire wire(served.redis), waiting(served.redis);
  EXPECT_EQ(line(wire, {"SET", "early", "1"}), "+OK\r\n");
  ASSERT_LT(watch.elapsed(), 600ms) << "the machine is too slow for this test's times";
  ASSERT_TRUE(eventually([&] { return watch.elapsed() >= 800ms; }));
  EXPECT_EQ(line(wire, {"SET", "late", "1"}), "+OK\r\n");
  waiting.send(command({"BLPOP", "q", "0"}));
  EXPECT_EQ(wire.read_all(), "");
  EXPECT_EQ(waiting.read_all(), "");
  EXPECT_GE(watch.elapsed(), 1200ms);
  Wire refused(served.redis);
  EXPECT_FALSE(refused.connected);
  EXPECT_TRUE(eventually([&] { return Wire(served.redis).connected; }));
  EXPECT_GE(watch.elapsed(), 1600ms);
  Wire again(served.redis);
  EXPECT_EQ(line(again, {"EXISTS", "early"}), ":1\r\n");
  EXPECT_EQ(line(again, {"EXISTS", "late"}), ":0\r\n");
}

TEST(ServedRedis, a_subscriber_that_does_not_read_is_cut_off) {
  Served served;
  Wire lazy(served.redis), publisher(served.redis);
  lazy.send(command({"SUBSCRIBE", "c"}));
  lazy.read_until(":1\r\n");
  const std::string megabyte(1'000'000, 'x');
  EXPECT_TRUE(eventually([&] {
    const std::string receivers = line(publisher, {"PUBLISH", "c", megabyte});
    return receivers == ":0\r\n";
  }));
}

TEST(ServedRedis, a_client_that_sends_without_reading_is_not_read_from_and_loses_nothing) {
  Served served;
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
  EXPECT_LT(done(), 60) << "it was read from no more";
  for (int i = 1; i <= 60; ++i) {
    ASSERT_EQ(wire.read_until("\r\n"), "$1000000\r\n") << i;
    ASSERT_EQ(wire.read(1'000'002).substr(0, 3), "xxx") << i;
    ASSERT_EQ(wire.read_until("\r\n"), fmt::format(":{}\r\n", i));
  }
}

TEST(ServedRedis, commands_are_logged_without_their_arguments) {
  std::string log;
  std::atomic<int> logged = 0;
  fakes::wire::HostOptions options = with_rule(rule(fakes::DoTimeout{}, "DEL"));
  options.log = [&](std::string_view text) {
    log += text;
    ++logged;
  };
  Served served(std::move(options));
  Wire wire(served.redis);
  line(wire, {"SET", "secret", "secret"});
  line(wire, {"LPUSH", "secret", "secret"});
  line(wire, {"secret-command\xff", "secret"});
  wire.send(command({"EVAL", "-- script: claim\n-- job: ARGV[1]\nreturn 1", "0", "job-1"}));
  wire.read_until(":1\r\n");
  wire.send(command({"EVAL", "-- script: end\n-- jobs: ARGV[1], ARGV[3], ...\nreturn 2", "0", "a", "x", "b"}));
  wire.read_until(":2\r\n");
  wire.send(command({"DEL", "secret"}));
  EXPECT_TRUE(eventually([&] { return logged == 6; }));
  served.stop();
  std::vector<boost::json::value> lines;
  for (std::size_t begin = 0; begin < log.size(); begin = log.find('\n', begin) + 1) {
    lines.push_back(boost::json::parse(log.substr(begin, log.find('\n', begin) - begin)));
  }
  ASSERT_EQ(lines.size(), 7u) << log;
  EXPECT_EQ(lines[0].at("operation"), "SET");
  EXPECT_EQ(lines[0].at("answer"), "reply");
  EXPECT_EQ(lines[1].at("answer"), "error WRONGTYPE");
  EXPECT_EQ(lines[2].at("answer"), "error ERR");
  EXPECT_EQ(lines[3].at("operation"), "script:claim");
  EXPECT_EQ(lines[3].at("job"), "job-1");
  EXPECT_EQ(lines[4].at("job"), "a");
  EXPECT_EQ(lines[5].at("job"), "b");
  EXPECT_EQ(lines[6].at("answer"), "never");
  EXPECT_EQ(log.find("secret\""), std::string::npos);
}

}  // namespace
}  // namespace tests
