// The served Redis, as bytes: pieces, pipelines, both protocols, waiting, publishing, rules and restarts. What is so
// whether the fake one or a real one does the commands is tested with either.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/json/parse.hpp>
#include <optional>
#include <utility>

#include "tests/support/redis_server.h"
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

enum class DoneBy { Fake, Real };

class ServedRedis : public testing::TestWithParam<DoneBy> {
 protected:
  /// A real one is new and empty.
  fakes::wire::HostOptions backed(fakes::wire::HostOptions options = {}) {
    if (GetParam() == DoneBy::Fake) return options;
    real_.emplace();
    options.redis_upstream = boost::asio::ip::tcp::endpoint(boost::asio::ip::address_v4::loopback(), real_->port());
    return options;
  }

  std::optional<RedisServer> real_;
};

INSTANTIATE_TEST_SUITE_P(, ServedRedis, testing::Values(DoneBy::Fake, DoneBy::Real), [](const auto& each) {
  return each.param == DoneBy::Fake ? "by_the_fake_one" : "by_a_real_one";
});

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

TEST_P(ServedRedis, rules_answer_reset_or_stay_silent) {
  {
    Served served(backed(with_rule(rule(fakes::DoError{"LOADING Redis is loading the dataset in memory"}, "SET"))));
    Wire wire(served.redis);
    EXPECT_EQ(line(wire, {"SET", "a", "1"}), "-LOADING Redis is loading the dataset in memory\r\n");
    EXPECT_EQ(line(wire, {"GET", "a"}), "$-1\r\n");
  }
  for (const auto& [when, left] :
       {std::pair{fakes::ResetWhen::Before, "$-1\r\n"}, std::pair{fakes::ResetWhen::After, "$1\r\n"}}) {
    Served served(backed(with_rule(rule(fakes::DoReset{when}, "SET"))));
    Wire wire(served.redis), other(served.redis);
    wire.send(command({"PING"}) + command({"SET", "a", "1"}) + command({"PING"}));
    EXPECT_EQ(wire.read_all(), "+PONG\r\n");
    EXPECT_EQ(wire.how, End::Reset);
    EXPECT_EQ(line(other, {"GET", "a"}), left);
  }
  {
    Served served(backed(with_rule(rule(fakes::DoTimeout{}, "SET"))));
    Wire wire(served.redis, 300ms), other(served.redis);
    wire.send(command({"PING"}) + command({"SET", "a", "1"}) + command({"SET", "b", "1"}) + command({"INCR", "n"}));
    EXPECT_EQ(wire.read_all(), "+PONG\r\n");
    EXPECT_EQ(wire.how, End::Timeout);
    EXPECT_EQ(line(other, {"GET", "a"}), "$-1\r\n");
    EXPECT_EQ(line(other, {"GET", "n"}), "$1\r\n") << "what is behind it is done, but not answered";
  }
  {
    Served served(backed(with_rule(rule(fakes::DoFlushScripts{}, "EVALSHA"))));
    Wire wire(served.redis);
    wire.send(command({"SCRIPT", "LOAD", "return 1"}));
    wire.read_until("\r\n");
    const std::string sha = wire.read_until("\r\n").substr(0, 40);
    EXPECT_EQ(line(wire, {"EVALSHA", sha, "0"}), "-NOSCRIPT No matching script. Please use EVAL.\r\n");
  }
}

TEST_P(ServedRedis, replies_are_late_and_keep_their_order_while_effects_are_at_once) {
  Served served(backed(with_rule(rule(std::monostate{}, "SET", 300ms))));
  Wire wire(served.redis), other(served.redis);
  const Stopwatch watch;
  wire.send(command({"SET", "a", "1"}) + command({"PING"}));
  EXPECT_TRUE(eventually([&] { return line(other, {"EXISTS", "a"}) == ":1\r\n"; }));
  EXPECT_LT(watch.elapsed(), 300ms);
  EXPECT_EQ(wire.read(12), "+OK\r\n+PONG\r\n");
  EXPECT_GE(watch.elapsed(), 300ms);
}

TEST(ServedFakeRedis, a_restart_drops_connections_refuses_for_a_while_and_loses_what_it_is_told_to) {
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
  EXPECT_LT(done(), 60) << "it was read from no more";
  for (int i = 1; i <= 60; ++i) {
    ASSERT_EQ(wire.read_until("\r\n"), "$1000000\r\n") << i;
    ASSERT_EQ(wire.read(1'000'002).substr(0, 3), "xxx") << i;
    ASSERT_EQ(wire.read_until("\r\n"), fmt::format(":{}\r\n", i));
  }
}

TEST_P(ServedRedis, commands_are_logged_without_their_arguments) {
  std::string log;
  std::atomic<int> logged = 0;
  fakes::wire::HostOptions options = with_rule(rule(fakes::DoTimeout{}, "DEL"));
  options.log = [&](std::string_view text) {
    log += text;
    ++logged;
  };
  Served served(backed(std::move(options)));
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

TEST_P(ServedRedis, a_large_command_is_done_before_the_connection_is_reset) {
  Served served(backed(with_rule(rule(fakes::DoReset{fakes::ResetWhen::After}, "SET"))));
  Wire wire(served.redis), other(served.redis);
  const std::string megabytes(8'000'000, 'x');
  wire.send(command({"SET", "big", megabytes}));
  EXPECT_EQ(wire.read_all(), "");
  EXPECT_EQ(wire.how, End::Reset);
  EXPECT_TRUE(eventually([&] { return line(other, {"STRLEN", "big"}) == ":8000000\r\n"; }));
}

TEST_P(ServedRedis, rules_find_scripts_by_their_names_however_they_were_sent) {
  Served served(backed(with_rule(rule(fakes::DoError{"BUSY no"}, "script:claim"))));
  Wire wire(served.redis);
  const std::string claim = "-- script: claim\nreturn 1", other = "-- script: other\nreturn 2";
  const auto load = [&](const std::string& script) {
    wire.send(command({"SCRIPT", "LOAD", script}));
    wire.read_until("\r\n");
    return wire.read_until("\r\n").substr(0, 40);
  };
  EXPECT_EQ(line(wire, {"EVALSHA", load(claim), "0"}), "-BUSY no\r\n");
  EXPECT_EQ(line(wire, {"EVAL", claim, "0"}), "-BUSY no\r\n");
  EXPECT_EQ(line(wire, {"EVALSHA", load(other), "0"}), ":2\r\n");
}

TEST_P(ServedRedis, no_rule_applies_to_who_prepares_the_data_and_none_counts_them) {
  RedisRule second = rule(fakes::DoError{"ERR the second command"});
  second.calls = {{2, 2}};
  std::string log;
  fakes::wire::HostOptions options = with_rule(std::move(second));
  options.log = [&](std::string_view text) { log += text; };
  Served served(backed(std::move(options)));
  Wire wire(served.redis), prepares(served.untouched_redis);
  EXPECT_EQ(line(wire, {"SET", "a", "1"}), "+OK\r\n");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(line(prepares, {"EXISTS", "a"}), ":1\r\n");
  EXPECT_EQ(line(wire, {"SET", "a", "2"}), "-ERR the second command\r\n");
  served.stop();
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 2) << log;
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

TEST(ServedRealRedis, what_cannot_be_sent_on_is_refused) {
  RedisServer real;
  fakes::wire::HostOptions options;
  options.redis_upstream = boost::asio::local::stream_protocol::endpoint(real.socket());
  Served served(std::move(options));
  Wire wire(served.redis);
  EXPECT_EQ(line(wire, {"HELLO", "3"}), "-NOPROTO unsupported protocol version\r\n");
  EXPECT_THAT(line(wire, {"CLIENT", "REPLY", "OFF"}), StartsWith("-ERR this command cannot be sent on"));
  EXPECT_THAT(line(wire, {"psync", "?", "-1"}), StartsWith("-ERR this command cannot be sent on"));
  EXPECT_EQ(line(wire, {"CLIENT", "SETNAME", "me"}), "+OK\r\n");
  wire.send(command({"HELLO", "2"}));
  EXPECT_THAT(wire.read_until("modules\r\n*0\r\n"), HasSubstr("proto\r\n:2\r\n"));
}

TEST(ServedRealRedis, who_comes_while_it_is_down_is_hung_up_on) {
  RedisServer real;
  fakes::wire::HostOptions options;
  options.redis_upstream = boost::asio::local::stream_protocol::endpoint(real.socket());
  Served served(std::move(options));
  Wire early(served.redis), waiting(served.redis);
  EXPECT_EQ(line(early, {"SET", "a", "1"}), "+OK\r\n");
  waiting.send(command({"BLPOP", "q", "0"}));
  real.stop(SIGKILL);
  EXPECT_EQ(early.read_all(), "");
  EXPECT_EQ(waiting.read_all(), "");
  Wire late(served.redis);
  late.send(command({"PING"}));
  EXPECT_EQ(late.read_all(), "");
  EXPECT_NE(late.how, End::Timeout);
  ASSERT_TRUE(real.start());
  Wire again(served.redis);
  EXPECT_EQ(line(again, {"PING"}), "+PONG\r\n");
}

TEST(ServedRealRedis, rules_and_refused_connections_of_a_restart_are_had_on_the_way) {
  RedisServer real;
  fakes::wire::HostOptions options;
  options.redis_upstream = boost::asio::local::stream_protocol::endpoint(real.socket());
  options.events = {{core::SteadyTime(600ms), fakes::wire::RestartRedis{.down = 300ms}}};
  const Stopwatch watch;
  Served served(std::move(options));
  Wire wire(served.redis);
  EXPECT_EQ(line(wire, {"SET", "a", "1"}), "+OK\r\n");
  EXPECT_EQ(wire.read_all(), "");
  EXPECT_GE(watch.elapsed(), 600ms);
  EXPECT_FALSE(Wire(served.redis).connected);
  EXPECT_FALSE(Wire(served.untouched_redis).connected);
  EXPECT_TRUE(eventually([&] { return Wire(served.redis).connected && Wire(served.untouched_redis).connected; }));
  EXPECT_GE(watch.elapsed(), 900ms);
  Wire again(served.untouched_redis);
  EXPECT_EQ(line(again, {"GET", "a"}), "$1\r\n");
}

}  // namespace
}  // namespace tests
