// Time, waiting, watching, messages, snapshots: what the fake Redis does between sessions and over time.
#include "tests/unit/fake_redis_client.h"

namespace fakes::redis {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using Log = std::vector<std::string>;

struct Fixture : testing::Test {
  Server server{kStart};
  Client a{server}, b{server}, c{server};
};
using FakeRedisTime = Fixture;
using FakeRedisBlocking = Fixture;
using FakeRedisWatch = Fixture;
using FakeRedisPubSub = Fixture;
using FakeRedisSnapshot = Fixture;
using FakeRedisProtocol = Fixture;

TEST_F(FakeRedisTime, is_rounded_up_to_the_microsecond) {
  EXPECT_EQ(a("TIME", at(nanoseconds(0))), R"(["1700000000" "0" ])");
  EXPECT_EQ(a("TIME", at(nanoseconds(1))), R"(["1700000000" "1" ])");
  EXPECT_EQ(a("TIME", at(microseconds(1))), R"(["1700000000" "1" ])");
  EXPECT_EQ(a("TIME", at(nanoseconds(999'999'001))), R"(["1700000001" "0" ])");
}

TEST_F(FakeRedisTime, key_lives_through_the_millisecond_it_expires_at) {
  a("SET k v PX 100");
  EXPECT_EQ(a("GET k", at(milliseconds(100))), "\"v\"");
  EXPECT_EQ(a("PTTL k", at(milliseconds(100))), ":0");
  EXPECT_EQ(a("GET k", at(milliseconds(101))), "nil");
}

TEST_F(FakeRedisTime, expired_keys_are_nowhere_to_be_seen) {
  a("SET k v PX 100");
  a("SET stays v");
  const auto later = at(seconds(1));
  EXPECT_EQ(a("DBSIZE", later), ":1");
  EXPECT_EQ(a("KEYS *", later), "[\"stays\" ]");
  EXPECT_EQ(a("SCAN 0", later), "[\"0\" [\"stays\" ] ]");
  EXPECT_EQ(a("RENAME k x", later), "-ERR no such key");
  EXPECT_EQ(a("SET k w XX", later), "nil");
}

TEST_F(FakeRedisTime, overwriting_forgets_the_expiry_and_keep_ttl_keeps_it) {
  a("SET k v PX 100");
  a("SET k w");
  a("SET l v PX 100");
  a("SET l w KEEPTTL");
  a("RPUSH q 1");
  a("PEXPIRE q 100");
  a("RENAME q r");
  EXPECT_EQ(a("EXISTS k l q r", at(seconds(1))), ":1");
}

TEST_F(FakeRedisBlocking, waiters_are_served_in_order) {
  EXPECT_EQ(a("BLPOP q 0"), "waits");
  EXPECT_EQ(b("BLPOP q 0"), "waits");
  EXPECT_TRUE(a.session().is_blocked());
  EXPECT_EQ(c("RPUSH q 1"), ":1");
  EXPECT_EQ(a.take_log(), Log{R"(["q" "1" ])"});
  EXPECT_TRUE(b.take_log().empty());
  EXPECT_EQ(c("RPUSH q 2 3"), ":2");
  EXPECT_EQ(b.take_log(), Log{R"(["q" "2" ])"});
  EXPECT_EQ(c("LRANGE q 0 -1"), "[\"3\" ]");
}

TEST_F(FakeRedisBlocking, ends_at_its_timeout_and_not_before) {
  expect_that_waiting_ends_at_its_timeout(server, a, "BLPOP q 1.5");
}

TEST_F(FakeRedisBlocking, chains_through_a_move) {
  a("BLPOP second 0");
  b("BLMOVE first second LEFT RIGHT 0");
  c("LPUSH first x");
  EXPECT_EQ(b.take_log(), Log{"\"x\""});
  EXPECT_EQ(a.take_log(), Log{R"(["second" "x" ])"});
  EXPECT_EQ(c("EXISTS first second"), ":0");
}

TEST_F(FakeRedisBlocking, is_served_after_the_whole_transaction_or_script) {
  a("BLPOP q 0");
  c("MULTI");
  c("RPUSH q 1");
  c("DEL q");
  c("EXEC");
  EXPECT_TRUE(a.log.empty());
  c("EVAL \"redis.call('RPUSH', 'q', '2'); return redis.call('LLEN', 'q')\" 0");
  EXPECT_EQ(c.log.back(), ":1");
  EXPECT_EQ(a.take_log(), Log{R"(["q" "2" ])"});
}

TEST_F(FakeRedisBlocking, ignores_a_key_of_another_type) {
  a("BLPOP q 0");
  c("SADD q x");
  c("DEL q");
  EXPECT_TRUE(a.log.empty());
  c("RENAME q q");
  c("RPUSH other 1");
  c("RENAME other q");
  EXPECT_EQ(a.take_log(), Log{R"(["q" "1" ])"});
}

TEST_F(FakeRedisBlocking, disconnect_and_client_unblock_end_the_wait) {
  a("BLPOP q 0");
  b("BZPOPMIN z 0");
  a.disconnect();
  EXPECT_EQ(c("RPUSH q 1"), ":1");
  EXPECT_EQ(c("LLEN q"), ":1");
  EXPECT_EQ(c(fmt::format("CLIENT UNBLOCK {} ERROR", b.session().id())), ":1");
  EXPECT_EQ(b.take_log(), Log{"-UNBLOCKED client unblocked via CLIENT UNBLOCK"});
}

TEST_F(FakeRedisBlocking, later_commands_of_the_connection_wait_their_turn) {
  a("BLPOP q 0");
  EXPECT_EQ(a("PING"), "waits");
  EXPECT_EQ(a("LLEN q"), "waits");
  c("RPUSH q 1 2");
  EXPECT_EQ(a.take_log(), (Log{R"(["q" "1" ])", "+PONG", ":1"}));
}

TEST_F(FakeRedisWatch, sees_every_kind_of_change) {
  for (const char* change : {"SET k 1", "DEL k", "EXPIRE k 100", "RENAME k other", "FLUSHALL", "SWAPDB 0 1",
                             "EVAL \"redis.call('DEL','k')\" 0", "APPEND k x", "SET k 2 PX 1"}) {
    c("FLUSHALL");
    c("SET k 0");
    a("WATCH k");
    c(change);
    a("MULTI");
    a("PING");
    EXPECT_EQ(a("EXEC"), "nilarray") << change;
  }
}

TEST_F(FakeRedisWatch, does_not_see_what_changed_nothing) {
  c("SET k 0");
  for (const char* command :
       {"GET k", "DEL nothing", "SETNX k 1", "SET k 1 NX", "PERSIST k", "SET other 1", "SETRANGE k 0 \"\""}) {
    a("WATCH k");
    c(command);
    a("MULTI");
    a("PING");
    EXPECT_EQ(a("EXEC"), "[+PONG ]") << command;
  }
}

TEST_F(FakeRedisWatch, sees_expiry) {
  c("SET k 0 PX 10");
  a("WATCH k");
  a("MULTI", at(seconds(1)));
  a("PING", at(seconds(1)));
  EXPECT_EQ(a("EXEC", at(seconds(1))), "nilarray");
}

TEST_F(FakeRedisPubSub, confirms_once_as_a_reply_and_then_by_pushes) {
  a("SUBSCRIBE x y");
  EXPECT_EQ(a.take_log(), (Log{R"(["subscribe" "x" :1 ])", R"(push ["subscribe" "y" :2 ])"}));
  a("PSUBSCRIBE x*");
  EXPECT_EQ(a.take_log(), Log{R"(["psubscribe" "x*" :3 ])"});
  EXPECT_EQ(c("PUBLISH x hi"), ":2");
  EXPECT_EQ(a.take_log(), (Log{R"(push ["message" "x" "hi" ])", R"(push ["pmessage" "x*" "x" "hi" ])"}));
  EXPECT_EQ(
      a("GET k"),
      "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this "
      "context");
  EXPECT_EQ(a("PING"), R"(["pong" "" ])");
  a.take_log();
  a("UNSUBSCRIBE");
  EXPECT_EQ(a.take_log(), (Log{R"(["unsubscribe" "x" :2 ])", R"(push ["unsubscribe" "y" :1 ])"}));
  a("PUNSUBSCRIBE");
  EXPECT_EQ(a("GET k"), "nil");
  EXPECT_EQ(c("PUBLISH x hi"), ":0");
}

TEST_F(FakeRedisPubSub, disconnect_unsubscribes) {
  a("SUBSCRIBE x");
  a.disconnect();
  EXPECT_EQ(c("PUBLISH x hi"), ":0");
  EXPECT_EQ(c("PUBSUB CHANNELS"), "[]");
}

TEST_F(FakeRedisProtocol, three_has_its_own_shapes) {
  a("HELLO 3");
  a("HSET h f v");
  a("ZADD z 1.5 m");
  a("SADD s x");
  EXPECT_EQ(a("HGETALL h"), R"({"f" "v" })");
  EXPECT_EQ(a("ZSCORE z m"), "#1.5");
  EXPECT_EQ(a("ZRANGE z 0 -1 WITHSCORES"), R"([["m" #1.5 ] ])");
  EXPECT_EQ(a("SMEMBERS s"), R"(~["x" ])");
  EXPECT_EQ(a("LPOP none 2"), "nil");
  EXPECT_EQ(a("SUBSCRIBE x"), R"(>["subscribe" "x" :1 ])");
  EXPECT_EQ(a("GET none"), "nil");
  c("PUBLISH x hi");
  EXPECT_EQ(a.log.back(), R"(push >["message" "x" "hi" ])");
}

TEST_F(FakeRedisSnapshot, brings_back_data_and_forgets_the_rest) {
  a("SET k old PX 5000");
  a("ZADD z 1 x 2 y");
  a("SCRIPT LOAD \"return 1\"");
  const Snapshot snapshot = server.snapshot();
  a("SET k new");
  a("ZADD z 3 w");
  b("BLPOP q 0");
  server.restore(snapshot);
  EXPECT_EQ(a("PING"), "waits");
  EXPECT_FALSE(server.next_deadline());
  Client later(server);
  EXPECT_EQ(later("GET k"), "\"old\"");
  EXPECT_EQ(later("PTTL k"), ":5000");
  EXPECT_EQ(later("ZRANGE z 0 -1"), R"(["x" "y" ])");
  EXPECT_EQ(later("EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0"),
            "-NOSCRIPT No matching script. Please use EVAL.");
  EXPECT_EQ(later("GET k", at(seconds(6))), "nil");
}

TEST(FakeRedisSession, may_outlive_its_server) {
  auto server = std::make_unique<Server>(kStart);
  Client client(*server);
  client("SUBSCRIBE x");
  server.reset();
  client.disconnect();
}

}  // namespace
}  // namespace fakes::redis
