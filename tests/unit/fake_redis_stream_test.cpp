// Streams of the fake Redis over time: ids by its clock, readers that wait, snapshots. What one client sees at once is
// in tests/redis_traces.
#include "tests/unit/fake_redis_client.h"

namespace fakes::redis {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Log = std::vector<std::string>;

struct FakeRedisStream : testing::Test {
  Server server{kStart};
  Client a{server}, b{server}, c{server};
};

TEST_F(FakeRedisStream, ids_are_of_the_servers_clock) {
  EXPECT_EQ(a("XADD s * f v"), R"("1700000000000-0")");
  EXPECT_EQ(a("XADD s * f v"), R"("1700000000000-1")");
  EXPECT_EQ(a("XADD s * f v", at(microseconds(2500))), R"("1700000000002-0")");
  EXPECT_EQ(a("XADD s * f v", at(milliseconds(1))), R"("1700000000002-1")");
  EXPECT_EQ(a("XADD s 1700000000002-* f v", at(seconds(1))), R"("1700000000002-2")");
  EXPECT_EQ(a("EVAL \"return redis.call('XADD', 's', '*', 'f', 'v')\" 0", at(seconds(1))), R"("1700000001000-0")");
}

TEST_F(FakeRedisStream, readers_that_wait_all_get_the_next_entry) {
  c("XADD s 1 f old");
  EXPECT_EQ(a("XREAD BLOCK 0 STREAMS s $"), "waits");
  EXPECT_EQ(b("XREAD COUNT 1 BLOCK 1000 STREAMS other s 0 1"), "waits");
  EXPECT_EQ(c("XADD s 2 f new"), R"("2-0")");
  EXPECT_EQ(a.take_log(), Log{R"([["s" [["2-0" ["f" "new" ] ] ] ] ])"});
  EXPECT_EQ(b.take_log(), Log{R"([["s" [["2-0" ["f" "new" ] ] ] ] ])"});
  EXPECT_FALSE(a.session().is_blocked());
  EXPECT_FALSE(server.next_deadline());
}

TEST_F(FakeRedisStream, a_reader_waits_for_a_stream_that_is_not_there_yet) {
  EXPECT_EQ(a("XREAD BLOCK 0 STREAMS s $"), "waits");
  c("XADD s 1 f v");
  EXPECT_EQ(a.take_log(), Log{R"([["s" [["1-0" ["f" "v" ] ] ] ] ])"});
}

TEST_F(FakeRedisStream, waiting_ends_at_its_timeout_and_not_before) {
  expect_that_waiting_ends_at_its_timeout(server, a, "XREAD BLOCK 1500 STREAMS s $");
}

TEST_F(FakeRedisStream, waiting_goes_on_until_there_is_more_than_its_id) {
  a("XREAD BLOCK 0 STREAMS s 5");
  c("XADD s 4 f v");
  c("XADD s 5 f v");
  c("SET other 1");
  EXPECT_TRUE(a.log.empty());
  c("DEL s");
  c("LPUSH s x");
  c("DEL s");
  EXPECT_TRUE(a.log.empty());
  c("XADD s 6 f v");
  EXPECT_EQ(a.take_log(), Log{R"([["s" [["6-0" ["f" "v" ] ] ] ] ])"});
}

TEST_F(FakeRedisStream, a_reader_is_served_after_the_whole_transaction_from_the_first_key_that_was_ready) {
  a("XREAD BLOCK 0 STREAMS s t $ $");
  for (const char* command : {"MULTI", "XADD t 1 f v", "XADD s 1 f v", "XADD t 2 f w", "EXEC"}) c(command);
  EXPECT_EQ(a.take_log(), Log{R"([["t" [["1-0" ["f" "v" ] ] ["2-0" ["f" "w" ] ] ] ] ])"});
}

TEST_F(FakeRedisStream, a_reader_wakes_for_an_entry_that_is_gone_again_and_not_for_a_stream_that_is) {
  a("XREAD BLOCK 0 STREAMS s $");
  for (const char* command : {"MULTI", "XADD s 1 f v", "DEL s", "EXEC"}) c(command);
  EXPECT_TRUE(a.log.empty());
  for (const char* command : {"MULTI", "XADD s 1 f v", "XDEL s 1", "EXEC"}) c(command);
  EXPECT_EQ(a.take_log(), Log{R"([["s" [] ] ])"});
}

TEST_F(FakeRedisStream, without_a_count_waiting_gives_a_thousand_at_most) {
  a("XREAD BLOCK 0 STREAMS s $");
  b("XREAD COUNT 2000 BLOCK 0 STREAMS s $");
  c("EVAL \"for i = 1, 1500 do redis.call('XADD', 's', i, 'f', 'v') end\" 0");
  const auto entries = [](const std::string& reply) {
    std::size_t count = 0;
    for (std::size_t i = reply.find("-0"); i != std::string::npos; i = reply.find("-0", i + 1)) ++count;
    return count;
  };
  EXPECT_EQ(entries(a.log.back()), 1000U);
  EXPECT_EQ(entries(b.log.back()), 1500U);
}

TEST_F(FakeRedisStream, is_a_map_of_streams_in_resp3) {
  a("HELLO 3");
  c("XADD s 1 f v");
  EXPECT_EQ(a("XREAD STREAMS s 0"), R"({"s" [["1-0" ["f" "v" ] ] ] })");
  EXPECT_EQ(a("XREAD STREAMS s 1"), "nil");
  EXPECT_EQ(a("XREAD BLOCK 0 STREAMS s 1"), "waits");
  c("XADD s 2 f v");
  EXPECT_EQ(a.log.back(), R"({"s" [["2-0" ["f" "v" ] ] ] })");
}

TEST_F(FakeRedisStream, consumer_groups_are_unknown_commands) {
  for (const char* command :
       {"XGROUP CREATE s g 0", "XREADGROUP GROUP g c STREAMS s >", "XACK s g 1", "XINFO STREAM s"}) {
    EXPECT_TRUE(a(command).starts_with("-ERR unknown command 'X")) << command;
  }
}

TEST_F(FakeRedisStream, comes_back_with_a_snapshot) {
  a("XADD s 1 f v");
  const Snapshot snapshot = server.snapshot();
  a("XADD s 2 f v");
  a("XTRIM s MAXLEN 0");
  server.restore(snapshot);
  Client later(server);
  EXPECT_EQ(later("XRANGE s - +"), R"([["1-0" ["f" "v" ] ] ])");
  EXPECT_EQ(later("XADD s 2 f v"), R"("2-0")");
}

}  // namespace
}  // namespace fakes::redis
