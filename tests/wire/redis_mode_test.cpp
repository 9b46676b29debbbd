// What a server says that it is, and which servers are none for the queue's keys.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/production/redis/redis_client.h"
#include "tests/support/real_loop.h"
#include "tests/wire/scripted_redis.h"

namespace core {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class RedisModeTest : public testing::Test {
 protected:
  /// "connected", or why not and whether that is for good.
  std::string outcome(const std::string& greeting, const std::string& prefix) {
    const std::string ping = "*1\r\n$4\r\nPING\r\n", hello = "*1\r\n$5\r\nHELLO\r\n";
    tests::ScriptedRedis server(loop_.context(), {{tests::Expect{ping}, tests::Send{"+PONG\r\n"}, tests::Expect{hello},
                                                   tests::Send{greeting}, tests::Stall{}}});
    std::string said, wrong;
    RedisClientOptions options{.address = {.port = server.port()}, .key_prefix = prefix};
    options.on_wrong_server = [&](const std::string& reason) { wrong = reason; };
    options.on_connect_failure = [&](const std::string& reason) { said = reason; };
    RedisClient client(loop_.context().get_executor(), loop_.clock(), std::move(options));
    const auto made = loop_.run(client.connect(loop_.in(std::chrono::seconds(20))));
    if (made) return "connected";
    return (said == wrong ? "for good: " : "not for good: ") + said;
  }
  static std::string greeting_of(const std::string& mode) {
    return fmt::format("*4\r\n$6\r\nserver\r\n$5\r\nredis\r\n$4\r\nmode\r\n${}\r\n{}\r\n", mode.size(), mode);
  }

  tests::RealLoop loop_;
};

TEST_F(RedisModeTest, a_cluster_is_refused_where_the_prefix_has_no_tag) {
  for (const char* prefix : {"{a}", "rehearse-{a}:", "{a}{}", "}{a}"}) {
    EXPECT_EQ(outcome(greeting_of("cluster"), prefix), "connected") << prefix;
  }
  for (const char* prefix : {"", "rehearse:", "{}", "{}{a}", "{a", "a}", "}a{"}) {
    const std::string why_not = outcome(greeting_of("cluster"), prefix);
    EXPECT_THAT(why_not, StartsWith("for good: 127.0.0.1:")) << prefix;
    EXPECT_THAT(why_not, HasSubstr("is a node of a cluster")) << prefix;
    EXPECT_THAT(why_not, HasSubstr("give redis.key_prefix a {tag}")) << prefix;
  }
}

TEST_F(RedisModeTest, a_sentinel_is_refused_by_name) {
  EXPECT_THAT(outcome(greeting_of("sentinel"), "{a}"), HasSubstr("is a Redis Sentinel, which holds no jobs"));
}

TEST_F(RedisModeTest, every_other_server_is_taken) {
  EXPECT_EQ(outcome(greeting_of("standalone"), ""), "connected");
  EXPECT_EQ(outcome("-ERR unknown command `HELLO`, with args beginning with: \r\n", ""), "connected");
  EXPECT_EQ(outcome("-NOPERM this user has no permissions to run the 'hello' command\r\n", ""), "connected");
  EXPECT_EQ(outcome("+OK\r\n", ""), "connected");
  EXPECT_EQ(outcome("*1\r\n$4\r\nmode\r\n", ""), "connected");
}

}  // namespace
}  // namespace core
