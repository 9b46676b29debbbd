// Where the Redis client goes when it is told that the keys are elsewhere.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/production/redis/redis_client.h"
#include "tests/support/real_loop.h"
#include "tests/wire/redis_text.h"
#include "tests/wire/scripted_redis.h"

namespace core {
namespace {

using testing::HasSubstr;
using tests::Expect;
using tests::ScriptedRedis;
using tests::Send;
using tests::ServerScript;
using tests::Stall;

constexpr std::chrono::seconds kInTime(20);
const Expect kPing{"PING\r\n"}, kGet{"GET\r\n$1\r\nk\r\n"}, kSubscribe{"SUBSCRIBE\r\n$1\r\nc\r\n"};
const Send kPong{"+PONG\r\n"};

class RedisMoved : public testing::Test {
 protected:
  RedisClient client_of(RedisClientOptions options) {
    return {loop_.context().get_executor(), loop_.clock(), std::move(options)};
  }
  std::unique_ptr<RedisConnection> connect(RedisClient& client) {
    auto made = loop_.run(client.connect(loop_.in(kInTime)));
    return made ? std::move(*made) : nullptr;
  }
  std::string execute(RedisConnection& connection, const RedisCommand& command) {
    return tests::text_of(loop_.run(connection.execute(command, loop_.in(kInTime))));
  }

  tests::RealLoop loop_;
};

TEST_F(RedisMoved, sends_its_password_to_no_other_machine_in_clear) {
  const ServerScript moves{
      Expect{"hunter2\r\n"}, Send{"+OK\r\n"}, kPing, kPong, kGet, Send{"-MOVED 1 203.0.113.5:6379\r\n"}, Stall{}};
  ScriptedRedis server(loop_.context(), {moves});
  std::vector<std::string> refused, replies;
  RedisClientOptions options{.address = {.port = server.port(), .password = "hunter2"}};
  options.on_moved_refused = [&](const std::string& reason) { refused.push_back(reason); };
  options.on_error_reply = [&](const std::string& text) { replies.push_back(text); };
  RedisClient client = client_of(std::move(options));
  EXPECT_THAT(execute(*connect(client), {"GET", "k"}), HasSubstr("-MOVED 1"));
  EXPECT_TRUE(connect(client)) << "the configured address is asked again";
  EXPECT_EQ(server.connections(), 2U);
  EXPECT_THAT(refused, testing::ElementsAre(HasSubstr("203.0.113.5:6379")));
  EXPECT_TRUE(replies.empty()) << "one line tells all";
}

// The connection that hears of new jobs is made by the same client.
TEST_F(RedisMoved, follows_moved_subscriptions) {
  ScriptedRedis target(loop_.context(),
                       {{kPing, kPong, kSubscribe, Send{"*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n"}, Stall{}}});
  ScriptedRedis first(loop_.context(), {{kPing, kPong, kSubscribe,
                                         Send{fmt::format("-MOVED 1 127.0.0.1:{}\r\n", target.port())}, Stall{}}});
  RedisClient client = client_of({.address = {.port = first.port()}});
  EXPECT_THAT(execute(*connect(client), {"SUBSCRIBE", "c"}), HasSubstr("-MOVED 1"));
  EXPECT_THAT(execute(*connect(client), {"SUBSCRIBE", "c"}), HasSubstr("subscribe"));
  EXPECT_EQ(target.connections(), 1U);
}

}  // namespace
}  // namespace core
