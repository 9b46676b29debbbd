// The Redis client against servers that misbehave in every way that a script can express.
#include "core/production/redis/redis_client.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <string>
#include <vector>

#include "tests/support/real_loop.h"
#include "tests/wire/redis_text.h"
#include "tests/wire/scripted_redis.h"

namespace core {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;
using tests::Close;
using tests::Drip;
using tests::Expect;
using tests::Reset;
using tests::ScriptedRedis;
using tests::Send;
using tests::SendWithoutEnd;
using tests::ServerScript;
using tests::Stall;

const std::string kPing = "*1\r\n$4\r\nPING\r\n";
const std::string kGet = "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";
const std::string kSubscribe = "*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\nc\r\n";
const std::string kSubscribed = "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n";
constexpr milliseconds kSoon(200);
constexpr std::chrono::seconds kLong(20);

/// A script that lets a client in first.
ServerScript admitted(ServerScript then) {
  ServerScript script{Expect{kPing}, Send{"+PONG\r\n"}};
  script.insert(script.end(), then.begin(), then.end());
  return script;
}

class RedisClientTest : public testing::Test {
 protected:
  RedisClient client_of(RedisAddress address) {
    RedisClientOptions options{.address = std::move(address)};
    options.on_connect_failure = [this](const std::string& reason) { reasons_.push_back(reason); };
    return {loop_.context().get_executor(), loop_.clock(), std::move(options)};
  }
  RedisClient client_of(const ScriptedRedis& server) { return client_of({.port = server.port()}); }

  std::unique_ptr<RedisConnection> connect(RedisClient& client, Duration within = kLong) {
    auto made = loop_.run(client.connect(loop_.in(within)));
    return made ? std::move(*made) : nullptr;
  }
  /// "connected", or why not.
  std::string outcome(RedisClient client, Duration within = kSoon) {
    reasons_.clear();
    const auto made = loop_.run(client.connect(loop_.in(within)));
    if (made) return "connected";
    return (made.error() == RedisError::Refused ? "Refused: " : "not Refused: ") +
           (reasons_.size() == 1 ? reasons_.front() : fmt::format("{} reasons", reasons_.size()));
  }
  std::string execute(RedisConnection& connection, const RedisCommand& command, Duration within = kLong) {
    return tests::text_of(loop_.run(connection.execute(command, loop_.in(within))));
  }
  std::string next_push(RedisConnection& connection) { return tests::text_of(loop_.run(connection.next_push())); }
  void pass(Duration time) { loop_.run(loop_.clock().sleep_until(loop_.in(time))); }

  tests::RealLoop loop_;
  std::vector<std::string> reasons_;
};

awaitable<void> note_result(RedisConnection& connection, RedisCommand command, SteadyTime deadline,
                            std::vector<std::string>& results) {
  results.push_back(tests::text_of(co_await connection.execute(command, deadline)));
}

awaitable<void> note_push(RedisConnection& connection, std::vector<std::string>& results) {
  results.push_back(tests::text_of(co_await connection.next_push()));
}

TEST_F(RedisClientTest, connecting_ends_in_time_and_says_why_it_failed) {
  const struct {
    const char* name;
    ServerScript script;
    const char* expected;
  } rows[] = {
      {"admits", {Expect{kPing}, Send{"+PONG\r\n"}, Stall{}}, "connected"},
      {"admits slowly", {Expect{kPing}, Drip{"+PONG\r\n"}, Stall{}}, "connected"},
      {"may not PING", {Expect{kPing}, Send{"-NOPERM this user has no permissions\r\n"}, Stall{}}, "connected"},
      {"closes at once", {Close{}}, "before it answered PING"},
      {"resets at once", {Reset{}}, "before it answered PING"},
      {"closes instead of an answer", {Expect{kPing}, Close{}}, "(closed by the server); does it expect TLS"},
      {"resets instead of an answer", {Expect{kPing}, Reset{}}, "(Connection reset by peer)"},
      {"half an answer", {Expect{kPing}, Send{"+PO"}, Close{}}, "(closed by the server)"},
      {"stalls", {Stall{}}, "no answer in time: waited for the answer of 127.0.0.1:"},
      {"half an answer, then stalls", {Expect{kPing}, Send{"+PO"}, Stall{}}, "no answer in time"},
      {"speaks HTTP", {Expect{kPing}, Send{"HTTP/1.1 400 Bad Request\r\n\r\n"}, Stall{}}, "is not Redis' protocol"},
      {"is loading",
       {Expect{kPing}, Send{"-LOADING Redis is loading\r\n"}, Stall{}},
       "PING with: LOADING Redis is loading"},
      {"wants a password", {Expect{kPing}, Send{"-NOAUTH Authentication required.\r\n"}, Stall{}}, "PING with: NOAUTH"},
      {"is full", {Send{"-ERR max number of clients reached\r\n"}, Close{}}, "ERR max number of clients reached"},
      {"endless line", {Expect{kPing}, SendWithoutEnd{std::string(10'000, '+')}}, "larger than is accepted"},
  };
  for (const auto& row : rows) {
    ScriptedRedis server(loop_.context(), {row.script});
    // Only what ends by its deadline is given a short one: a slow machine must not make another end of it.
    const bool stalls = std::string_view(row.expected).starts_with("no answer in time");
    const SteadyTime start = loop_.clock().now();
    EXPECT_THAT(outcome(client_of(server), stalls ? Duration(kSoon) : kLong), HasSubstr(row.expected)) << row.name;
    EXPECT_LT(loop_.clock().now() - start, kLong) << row.name;
  }
}

TEST_F(RedisClientTest, says_when_nobody_listens) {
  EXPECT_THAT(outcome(client_of({.port = tests::unused_port(loop_.context())})),
              HasSubstr("Refused: cannot connect to 127.0.0.1:"));
  EXPECT_THAT(outcome(client_of({.scheme = RedisScheme::Unix, .path = "/nowhere/redis.sock"})),
              HasSubstr("Refused: cannot connect to /nowhere/redis.sock: No such file"));
  EXPECT_THAT(outcome(client_of({.host = "a..b"}), kLong), HasSubstr("Refused: cannot find a..b"));
}

TEST_F(RedisClientTest, enters_with_user_password_and_database_before_anything_else) {
  const std::string auth = "*3\r\n$4\r\nAUTH\r\n$3\r\nbob\r\n$7\r\nhunter2\r\n";
  const std::string select = "*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n";
  const struct {
    const char* name;
    ServerScript script;
    const char* expected;
  } rows[] = {
      {"all is well",
       {Expect{auth}, Send{"+OK\r\n"}, Expect{select}, Send{"+OK\r\n"}, Expect{kPing}, Send{"+PONG\r\n"}},
       "connected"},
      {"wrong password",
       {Expect{auth}, Send{"-WRONGPASS invalid username-password pair\r\n"}, Stall{}},
       "AUTH with: WRONGPASS invalid"},
      {"no AUTH at all",
       {Expect{auth}, Send{"-ERR unknown command 'AUTH', with args beginning with: 'bob' 'hunter2'\r\n"}},
       "AUTH with: ERR unknown command"},
      {"an echo", {Expect{auth}, Send{"-ERR what is hunter2?\r\n"}}, "AUTH with: ERR (the rest cannot be shown)"},
      {"no such database",
       {Expect{auth}, Send{"+OK\r\n"}, Expect{select}, Send{"-ERR DB index is out of range\r\n"}},
       "SELECT 3 with: ERR DB index"},
      {"closes after AUTH", {Expect{auth}, Close{}}, "before it answered AUTH"},
      {"stalls at SELECT", {Expect{auth}, Send{"+OK\r\n"}, Stall{}}, "no answer in time: waited for the answer of"},
  };
  for (const auto& row : rows) {
    ScriptedRedis server(loop_.context(), {row.script});
    const std::string told =
        outcome(client_of({.port = server.port(), .user = "bob", .password = "hunter2", .database = 3}),
                std::string_view(row.name).starts_with("stalls") ? Duration(kSoon) : kLong);
    EXPECT_THAT(told, testing::AllOf(HasSubstr(row.expected), Not(HasSubstr("hunter2")))) << row.name;
  }
}

TEST_F(RedisClientTest, every_way_in_which_a_reply_can_fail) {
  const std::string deep = "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n";
  const struct {
    const char* name;
    ServerScript script;
    const char* expected;
  } rows[] = {
      {"a reply", {Expect{kGet}, Send{"$1\r\nv\r\n"}, Stall{}}, "v"},
      {"a byte at a time", {Expect{kGet}, Drip{"*2\r\n$3\r\nabc\r\n:1\r\n"}, Stall{}}, "[abc 1]"},
      {"an error is a value",
       {Expect{kGet}, Send{"-OOM command not allowed\r\n"}, Stall{}},
       "-OOM command not allowed"},
      {"reset before the command", {Reset{}}, "Lost"},
      {"closed before the command", {Close{}}, "Lost"},
      {"reset after the command", {Expect{kGet}, Reset{}}, "Lost"},
      {"closed after the command", {Expect{kGet}, Close{}}, "Lost"},
      {"half a reply, then closed", {Expect{kGet}, Send{"$100\r\nhalf"}, Close{}}, "Lost"},
      {"half a reply, then nothing", {Expect{kGet}, Send{"$100\r\nhalf"}, Stall{}}, "Timeout"},
      {"nothing", {Expect{kGet}, Stall{}}, "Timeout"},
      {"garbage", {Expect{kGet}, Send{"garbage\r\n"}, Stall{}}, "Lost"},
      {"a huge text", {Expect{kGet}, Send{"$536870912\r\nx"}, Stall{}}, "Lost"},
      {"a huge array", {Expect{kGet}, SendWithoutEnd{"*2147483647\r\n"}}, "Lost"},
      {"nested too deep", {Expect{kGet}, Send{deep}, Stall{}}, "Lost"},
      {"a reply before the command", {Send{"+OK\r\n"}, Stall{}}, "Lost"},
  };
  for (const auto& row : rows) {
    ScriptedRedis server(loop_.context(), {admitted(row.script)});
    RedisClient client = client_of(server);
    const auto connection = connect(client);
    ASSERT_TRUE(connection) << row.name;
    const bool stalls = std::string_view(row.expected) == "Timeout";
    const std::string result = execute(*connection, {"GET", "k"}, stalls ? Duration(kSoon) : kLong);
    EXPECT_EQ(result, row.expected) << row.name;
    // What was lost, or did not answer in time, stays lost.
    if (result == "Lost" || result == "Timeout") {
      EXPECT_EQ(execute(*connection, {"GET", "k"}), "Lost") << row.name;
      EXPECT_EQ(next_push(*connection), "Lost") << row.name;
    }
  }
}

TEST_F(RedisClientTest, replies_go_to_their_commands_in_one_segment_and_byte_by_byte) {
  std::string commands;
  std::string replies;
  for (int i = 0; i < 5; ++i) {
    commands += fmt::format("*2\r\n$4\r\nECHO\r\n$1\r\n{}\r\n", i);
    replies += fmt::format("$1\r\n{}\r\n", i);
  }
  for (const tests::ServerStep& answer : {tests::ServerStep(Send{replies}), tests::ServerStep(Drip{replies})}) {
    ScriptedRedis server(loop_.context(), {admitted({Expect{commands}, answer, Stall{}})});
    RedisClient client = client_of(server);
    const auto connection = connect(client);
    std::vector<std::string> results;
    for (int i = 0; i < 5; ++i) {
      spawn(loop_.context().get_executor(),
            note_result(*connection, {"ECHO", std::to_string(i)}, loop_.in(kLong), results));
    }
    EXPECT_TRUE(loop_.runs_until([&] { return results.size() == 5; }));
    EXPECT_THAT(results, testing::ElementsAre("0", "1", "2", "3", "4"));
  }
}

TEST_F(RedisClientTest, one_late_reply_takes_the_connection_and_all_that_is_under_way) {
  ScriptedRedis server(loop_.context(), {admitted({Stall{}})});
  RedisClient client = client_of(server);
  const auto connection = connect(client);
  std::vector<std::string> results;
  const auto executor = loop_.context().get_executor();
  spawn(executor, note_result(*connection, {"GET", "a"}, loop_.in(kLong), results));
  const SteadyTime deadline = loop_.in(kSoon);
  spawn(executor, note_result(*connection, {"GET", "b"}, deadline, results));
  spawn(executor, note_push(*connection, results));
  EXPECT_TRUE(loop_.runs_until([&] { return !results.empty(); }));
  EXPECT_GE(loop_.clock().now(), deadline);
  EXPECT_TRUE(loop_.runs_until([&] { return results.size() == 3; }));
  EXPECT_THAT(results, testing::ElementsAre("Timeout", "Lost", "Lost"));
}

TEST_F(RedisClientTest, a_cancelled_command_leaves_the_connection_usable) {
  ScriptedRedis server(loop_.context(),
                       {admitted({Expect{"$1\r\na\r\n"}, Expect{"$1\r\nb\r\n"}, Send{"+of a\r\n+of b\r\n"}, Stall{}})});
  RedisClient client = client_of(server);
  const auto connection = connect(client);
  std::vector<std::string> results;
  auto signal = std::make_shared<asio::cancellation_signal>();
  const auto executor = loop_.context().get_executor();
  const SteadyTime deadline = loop_.in(2 * kSoon);
  spawn(executor, note_result(*connection, {"GET", "a"}, deadline, results), *signal, signal);
  pass(milliseconds(10));
  signal->emit(asio::cancellation_type::terminal);
  // Its deadline no longer counts either.
  EXPECT_TRUE(loop_.runs_until([&] { return loop_.clock().now() > deadline + kSoon; }));
  EXPECT_TRUE(results.empty());
  EXPECT_EQ(execute(*connection, {"GET", "b"}), "+of b");
}

TEST_F(RedisClientTest, a_command_that_is_cancelled_before_it_was_written_is_still_sent) {
  ScriptedRedis server(loop_.context(),
                       {admitted({Expect{"$1\r\na\r\n"}, Expect{"$1\r\nb\r\n"}, Send{"+a\r\n+b\r\n"}})});
  RedisClient client = client_of(server);
  const auto connection = connect(client);
  std::vector<std::string> results;
  auto signal = std::make_shared<asio::cancellation_signal>();
  const auto executor = loop_.context().get_executor();
  spawn(executor, note_result(*connection, {"GET", "a"}, loop_.in(kLong), results), *signal, signal);
  // In the same turn of the loop: the command is on the list, the write has not begun.
  asio::post(executor, [signal] { signal->emit(asio::cancellation_type::terminal); });
  EXPECT_EQ(execute(*connection, {"GET", "b"}), "+b");
  EXPECT_TRUE(results.empty());
}

TEST_F(RedisClientTest, messages_are_told_from_replies) {
  const std::string message = "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\n";
  const std::string pattern = "*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$1\r\nc\r\n$1\r\n3\r\n";
  ScriptedRedis server(
      loop_.context(),
      {admitted({Expect{kSubscribe}, Send{kSubscribed + message + "1\r\n" + message}, Drip{"2\r\n"}, Expect{kPing},
                 Send{pattern + "*2\r\n$4\r\npong\r\n$0\r\n\r\n" + message + "4\r\n"}, Close{}})});
  RedisClient client = client_of(server);
  const auto connection = connect(client);
  EXPECT_EQ(execute(*connection, {"SUBSCRIBE", "c"}), "[subscribe c 1]");
  EXPECT_EQ(next_push(*connection), "[message c 1]");
  EXPECT_EQ(next_push(*connection), "[message c 2]");
  EXPECT_EQ(execute(*connection, {"PING"}), "[pong ]");
  pass(milliseconds(50));
  // What had come before the end is still handed out.
  EXPECT_EQ(next_push(*connection), "[pmessage * c 3]");
  EXPECT_EQ(next_push(*connection), "[message c 4]");
  EXPECT_EQ(next_push(*connection), "Lost");
}

TEST_F(RedisClientTest, a_reply_that_looks_like_a_message_is_a_reply_where_nobody_has_subscribed) {
  const std::string reply = "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\n1\r\n";
  ScriptedRedis server(loop_.context(), {admitted({Expect{kGet}, Send{reply}, Expect{kGet}, Expect{kSubscribe},
                                                   Send{reply + kSubscribed + reply}, Stall{}})});
  RedisClient client = client_of(server);
  const auto connection = connect(client);
  EXPECT_EQ(execute(*connection, {"GET", "k"}), "[message c 1]");
  std::vector<std::string> results;
  const auto executor = loop_.context().get_executor();
  spawn(executor, note_result(*connection, {"GET", "k"}, loop_.in(kLong), results));
  EXPECT_EQ(execute(*connection, {"SUBSCRIBE", "c"}), "[subscribe c 1]");
  EXPECT_THAT(results, testing::ElementsAre("[message c 1]"));
  EXPECT_EQ(next_push(*connection), "[message c 1]");
}

TEST_F(RedisClientTest, of_several_confirmations_the_first_is_the_reply) {
  const std::string second = "*3\r\n$9\r\nsubscribe\r\n$1\r\nd\r\n:2\r\n";
  const std::string third = "*3\r\n$9\r\nsubscribe\r\n$1\r\ne\r\n:3\r\n";
  ScriptedRedis server(loop_.context(),
                       {admitted({Expect{"$1\r\ne\r\n"}, Send{kSubscribed + second + third}, Stall{}})});
  RedisClient client = client_of(server);
  const auto connection = connect(client);
  std::vector<std::string> results;
  const auto executor = loop_.context().get_executor();
  spawn(executor, note_result(*connection, {"SUBSCRIBE", "c", "d"}, loop_.in(kLong), results));
  spawn(executor, note_result(*connection, {"subscribe", "e"}, loop_.in(kLong), results));
  EXPECT_EQ(next_push(*connection), "[subscribe d 2]");
  EXPECT_TRUE(loop_.runs_until([&] { return results.size() == 2; }));
  EXPECT_THAT(results, testing::ElementsAre("[subscribe c 1]", "[subscribe e 3]"));
}

TEST_F(RedisClientTest, an_error_ends_a_subscription) {
  ScriptedRedis server(
      loop_.context(),
      {admitted({Expect{kSubscribe}, Send{"-NOPERM no channels\r\n"}, Expect{kGet}, Send{"+v\r\n"}, Stall{}})});
  RedisClient client = client_of(server);
  const auto connection = connect(client);
  EXPECT_EQ(execute(*connection, {"SUBSCRIBE", "c"}), "-NOPERM no channels");
  EXPECT_EQ(execute(*connection, {"GET", "k"}), "+v");
}

TEST_F(RedisClientTest, a_wait_for_a_message_can_be_cancelled_and_begun_again) {
  ScriptedRedis server(loop_.context(), {admitted({Expect{kSubscribe}, Send{kSubscribed}, Expect{kPing},
                                                   Send{"*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\n1\r\n"}, Stall{}})});
  RedisClient client = client_of(server);
  const auto connection = connect(client);
  EXPECT_EQ(execute(*connection, {"SUBSCRIBE", "c"}), "[subscribe c 1]");
  std::vector<std::string> results;
  auto signal = std::make_shared<asio::cancellation_signal>();
  const auto executor = loop_.context().get_executor();
  spawn(executor, note_push(*connection, results), *signal, signal);
  pass(milliseconds(10));
  signal->emit(asio::cancellation_type::terminal);
  pass(milliseconds(10));
  EXPECT_TRUE(results.empty());
  spawn(executor, note_result(*connection, {"PING"}, loop_.in(kLong), results));
  EXPECT_EQ(next_push(*connection), "[message c 1]");
}

TEST_F(RedisClientTest, messages_that_nobody_takes_end_the_connection) {
  const std::string message = "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1000\r\n" + std::string(1000, 'x') + "\r\n";
  ScriptedRedis server(loop_.context(), {admitted({Expect{kSubscribe}, Send{kSubscribed}, SendWithoutEnd{message}})});
  RedisClient client = client_of(server);
  const auto connection = connect(client);
  EXPECT_EQ(execute(*connection, {"SUBSCRIBE", "c"}), "[subscribe c 1]");
  EXPECT_EQ(execute(*connection, {"PING"}, kLong), "Lost");
}

TEST_F(RedisClientTest, commands_that_are_given_up_and_never_answered_end_the_connection) {
  ScriptedRedis server(loop_.context(), {admitted({Stall{}})});
  RedisClient client = client_of(server);
  const auto connection = connect(client);
  std::vector<std::string> results;
  const auto executor = loop_.context().get_executor();
  spawn(executor, note_push(*connection, results));
  for (int i = 0; i < 10'001; ++i) {
    auto signal = std::make_shared<asio::cancellation_signal>();
    spawn(executor, note_result(*connection, {"GET", "k"}, SteadyTime::max(), results), *signal, signal);
    asio::post(executor, [signal] { signal->emit(asio::cancellation_type::terminal); });
  }
  EXPECT_TRUE(loop_.runs_until([&] { return !results.empty(); }));
  EXPECT_THAT(results, testing::ElementsAre("Lost"));
}

awaitable<void> note_size(RedisConnection& connection, const RedisCommand& command, SteadyTime deadline) {
  (void)co_await connection.execute(command, deadline);
}

TEST_F(RedisClientTest, commands_that_cannot_be_sent_yet_stay_with_their_callers) {
  ScriptedRedis server(loop_.context(), {admitted({Stall{}})});
  RedisClient client = client_of(server);
  const auto connection = connect(client);
  const RedisCommand large{"ECHO", std::string(10'000'000, 'x')};
  const auto in_use = [] {
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
  };
  const std::size_t before = in_use();
  for (int i = 0; i < 100; ++i) {
    spawn(loop_.context().get_executor(), note_size(*connection, large, loop_.in(kLong)));
  }
  pass(milliseconds(100));
  EXPECT_LT(in_use() - before, 50'000'000U);
}

awaitable<void> connect_and_note(RedisClient& client, SteadyTime deadline, std::vector<std::string>& results) {
  results.emplace_back(co_await client.connect(deadline) ? "connected" : "refused");
}

TEST_F(RedisClientTest, connecting_ends_when_it_is_cancelled) {
  // The server hears the PING and never answers it: without a cancellation it is waited for until the deadline.
  ScriptedRedis server(loop_.context(), {{Expect{kPing}, Expect{"more"}, Stall{}}});
  RedisClient client = client_of(server);
  std::vector<std::string> results;
  auto signal = std::make_shared<asio::cancellation_signal>();
  const std::weak_ptr<asio::cancellation_signal> under_way = signal;  // Held until the connecting has ended.
  const SteadyTime deadline = loop_.in(kLong);
  spawn(loop_.context().get_executor(), connect_and_note(client, deadline, results), *signal, signal);
  EXPECT_TRUE(loop_.runs_until([&] { return server.heard() == 1; }));
  signal->emit(asio::cancellation_type::terminal);
  signal.reset();
  EXPECT_TRUE(loop_.runs_until([&] { return under_way.expired(); }));
  EXPECT_TRUE(loop_.runs_until([&] { return server.left() == 1; })) << "the connection stays open";
  EXPECT_LT(loop_.clock().now(), deadline);
  EXPECT_TRUE(results.empty());
  EXPECT_TRUE(reasons_.empty());
}

TEST_F(RedisClientTest, follows_moved_keys_and_comes_back_when_nobody_is_there) {
  const std::uint16_t nobody = tests::unused_port(loop_.context());
  ScriptedRedis target(loop_.context(),
                       {admitted({Expect{kGet}, Send{fmt::format("-MOVED 1 127.0.0.1:{}\r\n", nobody)}, Stall{}})});
  ScriptedRedis first(
      loop_.context(),
      {admitted({Expect{kGet}, Send{fmt::format("-MOVED 1 127.0.0.1:{}\r\n", target.port())}, Stall{}})});
  RedisClient client = client_of(first);
  EXPECT_THAT(execute(*connect(client), {"GET", "k"}), HasSubstr("-MOVED 1"));
  EXPECT_THAT(execute(*connect(client), {"GET", "k"}), HasSubstr("-MOVED 1"));
  EXPECT_EQ(first.connections(), 1U);
  EXPECT_EQ(target.connections(), 1U);
  EXPECT_FALSE(connect(client));
  EXPECT_TRUE(connect(client));
  EXPECT_EQ(first.connections(), 2U);
}

/// Holds the connection that it waits on, as the core's session does.
awaitable<void> hold_and_wait(std::shared_ptr<RedisConnection> connection, RedisCommand command, SteadyTime deadline,
                              std::vector<std::string>& results) {
  results.push_back(tests::text_of(co_await connection->execute(command, deadline)));
}
awaitable<void> hold_and_listen(std::shared_ptr<RedisConnection> connection, std::vector<std::string>& results) {
  results.push_back(tests::text_of(co_await connection->next_push()));
}

TEST_F(RedisClientTest, may_be_destroyed_with_operations_under_way) {
  ScriptedRedis server(loop_.context(), {admitted({Stall{}})});
  auto client = std::make_unique<RedisClient>(client_of(server));
  auto connection = connect(*client);
  std::vector<std::string> results;
  const auto executor = loop_.context().get_executor();
  spawn(executor, note_result(*connection, {"GET", "k"}, loop_.in(kLong), results));
  spawn(executor, note_push(*connection, results));
  pass(milliseconds(10));
  client.reset();
  EXPECT_TRUE(results.empty());
  connection.reset();
  EXPECT_TRUE(loop_.runs_until([&] { return results.size() == 2; }));
  EXPECT_THAT(results, testing::ElementsAre("Lost", "Lost"));
}

TEST_F(RedisClientTest, a_loop_that_ends_drops_what_is_under_way) {
  auto stalling = std::make_unique<ScriptedRedis>(loop_.context(), std::vector<ServerScript>{{Stall{}}});
  auto server = std::make_unique<ScriptedRedis>(loop_.context(), std::vector<ServerScript>{admitted({Stall{}})});
  RedisClient client = client_of(*server);
  RedisClient waiting = client_of(*stalling);
  std::shared_ptr<RedisConnection> connection = connect(client);
  const std::weak_ptr<RedisConnection> watched = connection;
  std::vector<std::string> results;
  const auto executor = loop_.context().get_executor();
  spawn(executor, hold_and_wait(connection, {"GET", "k"}, loop_.in(kLong), results));
  spawn(executor, hold_and_listen(std::move(connection), results));
  spawn(executor, connect_and_note(waiting, loop_.in(kLong), results));
  pass(milliseconds(20));
  EXPECT_FALSE(watched.expired());
  server.reset();
  stalling.reset();
  loop_.destroy();
  EXPECT_TRUE(watched.expired());
  EXPECT_TRUE(results.empty());
}

}  // namespace
}  // namespace core
