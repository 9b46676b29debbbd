// What rules, restarts and the request log make of the served Redis, with the fake one or a real one behind them, and
// what is so of a real one alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/json/parse.hpp>
#include <utility>

#include "tests/wire/served_redis.h"

namespace tests {
namespace {

using fakes::RedisRule;
using testing::HasSubstr;
using testing::StartsWith;

class ServedRedisRules : public ServedRedis {};

INSTANTIATE_TEST_SUITE_P(, ServedRedisRules, testing::Values(DoneBy::Fake, DoneBy::Real), name_of);

TEST_P(ServedRedisRules, rules_answer_reset_or_stay_silent) {
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

TEST_P(ServedRedisRules, a_rule_for_a_runner_is_for_who_says_its_name) {
  RedisRule refuses = rule(fakes::DoError{"ERR not for you"}, "GET");
  refuses.runner = "runner 1";
  Served served(backed(with_rule(refuses)));
  Wire named(served.redis), other(served.redis), foreign(served.redis), greets(served.redis);
  EXPECT_EQ(line(named, {"GET", "a"}), "$-1\r\n") << "before it has said its name";
  EXPECT_EQ(line(named, {"CLIENT", "SETNAME", "runner%201"}), "+OK\r\n");
  EXPECT_EQ(line(named, {"GET", "a"}), "-ERR not for you\r\n");
  EXPECT_EQ(line(other, {"client", "setname", "runner-2"}), "+OK\r\n");
  EXPECT_EQ(line(other, {"GET", "a"}), "$-1\r\n");
  EXPECT_EQ(line(foreign, {"GET", "a"}), "$-1\r\n");
  greets.send(command({"HELLO", "2", "SETNAME", "runner%201"}));
  greets.read_until("modules\r\n*0\r\n");
  EXPECT_EQ(line(greets, {"GET", "a"}), "-ERR not for you\r\n");
  EXPECT_EQ(line(named, {"RESET"}), "+RESET\r\n");
  EXPECT_EQ(line(named, {"GET", "a"}), "$-1\r\n");
}

TEST_P(ServedRedisRules, replies_are_late_and_keep_their_order_while_effects_are_at_once) {
  Served served(backed(with_rule(rule(std::monostate{}, "SET", 300ms))));
  Wire wire(served.redis), other(served.redis);
  const Stopwatch watch;
  wire.send(command({"SET", "a", "1"}) + command({"PING"}));
  EXPECT_TRUE(eventually([&] { return line(other, {"EXISTS", "a"}) == ":1\r\n"; }));
  EXPECT_LT(watch.elapsed(), 300ms);
  EXPECT_EQ(wire.read(12), "+OK\r\n+PONG\r\n");
  EXPECT_GE(watch.elapsed(), 300ms);
}

TEST(ServedFakeRedisRules, a_restart_drops_connections_refuses_for_a_while_and_loses_what_it_is_told_to) {
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

TEST_P(ServedRedisRules, commands_are_logged_without_their_arguments) {
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

TEST_P(ServedRedisRules, errors_and_ends_of_rules_come_behind_the_replies_before_them) {
  RedisRule refused = rule(fakes::DoError{"ERR no"}, "SET");
  RedisRule ended = rule(fakes::DoReset{fakes::ResetWhen::Before}, "DEL");
  fakes::wire::HostOptions options;
  options.redis = {refused, ended};
  Served served(backed(std::move(options)));
  Wire wire(served.redis);
  std::string sent, expected;
  for (int i = 1; i <= 500; ++i) {
    sent += command({"INCR", "n"}) + command({"SET", "a", "1"});
    expected += fmt::format(":{}\r\n-ERR no\r\n", i);
  }
  EXPECT_EQ(wire.ask(sent, expected), expected);
  wire.send(command({"INCR", "n"}) + command({"DEL", "n"}) + command({"INCR", "n"}));
  EXPECT_EQ(wire.read_all(), ":501\r\n");
  EXPECT_EQ(wire.how, End::Reset);
  Wire broken(served.redis);
  broken.send(command({"INCR", "n"}) + "*a\r\n");
  EXPECT_EQ(broken.read_all(), ":502\r\n-ERR Protocol error: invalid multibulk length\r\n");
}

TEST_P(ServedRedisRules, scripts_that_are_flushed_in_a_transaction_leave_no_trace_in_its_results) {
  RedisRule flush = rule(fakes::DoFlushScripts{}, "EVALSHA");
  flush.calls = {{2, 3}};
  Served served(backed(with_rule(flush)));
  Wire wire(served.redis);
  wire.send(command({"SCRIPT", "LOAD", "return 1"}));
  wire.read_until("\r\n");
  const std::string sha = wire.read_until("\r\n").substr(0, 40);
  const std::string run = command({"EVALSHA", sha, "0"}), begin = command({"MULTI"}), end = command({"EXEC"});
  const std::string none = "-NOSCRIPT No matching script. Please use EVAL.\r\n";
  const std::string expected =
      "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n+PONG\r\n"
      "+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n+PONG\r\n" +
      none + none;
  EXPECT_EQ(wire.ask(begin + run + "PING\r\n" + end + begin + "PING\r\n" + run + run + end, expected), expected);
}

TEST_P(ServedRedisRules, a_large_command_is_done_before_the_connection_is_reset) {
  Served served(backed(with_rule(rule(fakes::DoReset{fakes::ResetWhen::After}, "SET"))));
  Wire wire(served.redis), other(served.redis);
  const std::string megabytes(8'000'000, 'x');
  wire.send(command({"SET", "big", megabytes}));
  EXPECT_EQ(wire.read_all(), "");
  EXPECT_EQ(wire.how, End::Reset);
  EXPECT_EQ(line(other, {"STRLEN", "big"}), ":8000000\r\n");
}

TEST_P(ServedRedisRules, rules_find_scripts_by_their_names_however_they_were_sent) {
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

TEST_P(ServedRedisRules, no_rule_applies_to_who_prepares_the_data_and_none_counts_them) {
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
  const std::string sent = command({"INCR", "n"}) + command({"HELLO", "3"}) + command({"INCR", "n"});
  const std::string expected = ":1\r\n-NOPROTO unsupported protocol version\r\n:2\r\n";
  EXPECT_EQ(wire.ask(sent, expected), expected);
}

TEST(ServedRealRedis, who_comes_while_it_is_down_is_hung_up_on) {
  RedisServer real;
  fakes::wire::HostOptions options;
  options.redis_upstream = boost::asio::local::stream_protocol::endpoint(real.socket());
  std::string log;
  options.log = [&](std::string_view text) { log += text; };
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
  served.stop();
  EXPECT_THAT(log, HasSubstr(R"("operation":"BLPOP")"));
  EXPECT_THAT(log, HasSubstr(R"("answer":"closed")"));
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

TEST(ServedRedisOfAWorld, is_full_for_as_long_as_the_world_says_and_a_replica_too) {
  fakes::wire::HostOptions options;
  options.events = {{core::SteadyTime(300ms), fakes::wire::LimitRedis{fakes::redis::Condition::Full, 600ms}},
                    {core::SteadyTime(600ms), fakes::wire::LimitRedis{fakes::redis::Condition::ReadOnly, 600ms}}};
  const Stopwatch watch;
  Served served(std::move(options));
  Wire wire(served.redis);
  EXPECT_EQ(line(wire, {"SET", "a", "1"}), "+OK\r\n");
  EXPECT_TRUE(eventually([&] { return line(wire, {"SET", "a", "1"}).starts_with("-OOM command not allowed"); }));
  EXPECT_TRUE(eventually([&] { return line(wire, {"SET", "a", "1"}).starts_with("-READONLY You can't write"); }));
  EXPECT_TRUE(eventually([&] { return line(wire, {"SET", "a", "1"}) == "+OK\r\n"; }));
  EXPECT_GE(watch.elapsed(), 1200ms);
}

}  // namespace
}  // namespace tests
