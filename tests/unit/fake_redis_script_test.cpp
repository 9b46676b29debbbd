// Scripts: what they say of themselves, what keeps them apart, and what stops them.
#include <gmock/gmock.h>

#include <thread>

#include "fakes/redis/script_info.h"
#include "tests/unit/fake_redis_client.h"

namespace fakes::redis {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(FakeRedisScriptInfo, reads_the_first_two_lines) {
  EXPECT_EQ(script_name("-- script: claim\n-- job: ARGV[2]\nreturn 1"), "claim");
  EXPECT_EQ(script_job_arguments("-- script: claim\n-- job: ARGV[2]\nreturn 1"), (JobArguments{2, 0}));
  EXPECT_EQ(script_job_arguments("-- script: x\n-- jobs: ARGV[3], ARGV[5], ...\nreturn 1"), (JobArguments{3, 2}));
  EXPECT_EQ(script_name("-- script: claim\r\nreturn 1"), "claim");
  for (const char* other : {"", "return 1", "\n-- script: x", "--script: x"})
    EXPECT_EQ(script_name(other), "") << other;
  for (const char* other : {"", "-- job: ARGV[1]", "x\n-- job: ARGV[0]", "x\n-- job: ARGV[x]", "x\n-- job: ARGV[1",
                            "x\ny", "x\n-- job: ARGV[1], ARGV[2]", "x\n-- jobs: ARGV[1]",
                            "x\n-- jobs: ARGV[1], ARGV[2]", "x\n-- jobs: ARGV[2], ARGV[2], ..."}) {
    EXPECT_FALSE(script_job_arguments(other)) << other;
  }
}

TEST(FakeRedisScriptInfo, is_known_of_commands) {
  Server server(kStart);
  Client client(server);
  const std::string text = "-- script: claim\n-- job: ARGV[1]\nreturn redis.call('TIME')";
  const core::RedisCommand eval{"eval", text, "1", "key", "job-7"};
  EXPECT_EQ(server.script_call_of(eval).script, "claim");
  EXPECT_THAT(server.script_call_of(eval).jobs, ElementsAre("job-7"));
  client("SCRIPT LOAD \"-- script: claim\n-- job: ARGV[1]\nreturn redis.call('TIME')\"");
  const std::string sha = client.log.back().substr(1, 40);
  const core::RedisCommand by_sha = {"evalsha", sha, "0", "job-8"};
  EXPECT_EQ(server.script_call_of(by_sha).script, "claim");
  EXPECT_THAT(server.script_call_of(by_sha).jobs, ElementsAre("job-8"));
  EXPECT_THAT(server.script_call_of({"EVALSHA", sha, "1", "job-8"}).jobs, IsEmpty());
  EXPECT_THAT(server.script_call_of({"EVALSHA", sha, "x", "job-8"}).jobs, IsEmpty());
  EXPECT_THAT(server.script_call_of({"EVALSHA", sha}).jobs, IsEmpty());
  EXPECT_EQ(server.script_call_of({"GET", sha}).script, "");
  server.flush_scripts();
  EXPECT_EQ(server.script_call_of({"EVALSHA", sha, "0"}).script, "");
  const std::string many = "-- script: end\n-- jobs: ARGV[3], ARGV[5], ...";
  EXPECT_THAT(server.script_call_of({"EVAL", many, "0", "1", "t", "a", "t", "b", "t"}).jobs, ElementsAre("a", "b"));
  EXPECT_THAT(server.script_call_of({"EVAL", many, "1", "k", "1", "t"}).jobs, IsEmpty());
}

TEST(FakeRedisScript, error_names_the_script) {
  Server server(kStart);
  Client client(server);
  EXPECT_EQ(client("EVAL \"return redis.call('nope')\" 0"),
            "-ERR Unknown Redis command called from script script: f01f0776df71cc5b400c2268135aa7f30dce2e53, on "
            "@user_script:1.");
}

TEST(FakeRedisScript, leaves_nothing_behind) {
  Server server(kStart);
  Client client(server);
  const char* attempts[] = {"string.leak = 1",
                            "_G.leak = 1",
                            "leak = 1",
                            "rawset(_G, 'leak', 1)",
                            "table.insert(_G, 'leak')",
                            "table.insert(string, 'leak')",
                            "setmetatable(_G, {})",
                            "getmetatable('').__index.leak = 1",
                            "getmetatable(_G).__index = nil",
                            "redis.call = nil",
                            "math.random = nil",
                            "setmetatable(redis, {})",
                            "rawset(cjson, 'encode', 1)",
                            "table.sort(redis)",
                            "KEYS = nil",
                            "getfenv().leak = 1",
                            "setfenv(1, {})",
                            "coroutine.wrap(function() leak = 1 end)()",
                            "loadstring('leak = 1')()"};
  for (const char* attempt : attempts) {
    const std::string reply = client(fmt::format("EVAL \"{}\" 0", attempt));
    EXPECT_TRUE(reply.starts_with("-ERR")) << attempt << " " << reply;
    EXPECT_EQ(
        client("EVAL \"return {#KEYS, type(redis.call), type(string.upper), type(math.random), ('a'):upper()}\" 0"),
        R"([:0 "function" "function" "function" "A" ])")
        << attempt;
    EXPECT_TRUE(client("EVAL \"return leak\" 0").find("nonexistent global variable 'leak'") != std::string::npos)
        << attempt;
  }
}

TEST(FakeRedisScript, draws_the_same_random_numbers_each_time) {
  Server server(kStart);
  Client client(server);
  const std::string first = client("EVAL \"return {math.random(1000), math.random(1000)}\" 0");
  EXPECT_EQ(client("EVAL \"return {math.random(1000), math.random(1000)}\" 0"), first);
  EXPECT_EQ(client("EVAL \"return tostring({})\" 0"), "\"table: 0x0\"");
}

TEST(FakeRedisScript, is_stopped_when_it_runs_away) {
  Server server(kStart);
  Client client(server);
  for (const char* text : {"while true do end", "while true do pcall(function() while true do end end) end",
                           "local co = coroutine.wrap(function() while true do end end) while true do pcall(co) end"}) {
    EXPECT_NE(client(fmt::format("EVAL \"{}\" 0", text)).find("script exceeded its limit of instructions"),
              std::string::npos)
        << text;
  }
  EXPECT_NE(client("EVAL \"local s = 'x' while true do s = s .. s end\" 0").find("not enough memory"),
            std::string::npos);
  EXPECT_NE(client("EVAL \"local function f() return 1 + f() end return f()\" 0").find("stack overflow"),
            std::string::npos);
  EXPECT_NE(client("EVAL \"local t = {} t[1] = t return t\" 0").find("reached lua stack limit"), std::string::npos);
  EXPECT_EQ(client("EVAL \"return redis.call('PING')\" 0"), "+PONG");
}

TEST(FakeRedisScript, select_stays_inside) {
  Server server(kStart);
  Client client(server);
  client("EVAL \"redis.call('SELECT', 3) return redis.call('SET', 'k', 'v')\" 0");
  EXPECT_EQ(client("EXISTS k"), ":0");
  client("SELECT 3");
  EXPECT_EQ(client("EXISTS k"), ":1");
}

TEST(FakeRedisScript, servers_of_many_threads_do_not_meet) {
  std::vector<std::thread> threads;
  std::vector<std::string> replies(4);
  for (std::size_t i = 0; i < replies.size(); ++i) {
    threads.emplace_back([&replies, i] {
      for (int round = 0; round < 50; ++round) {
        Server server(kStart);
        Client client(server);
        client(fmt::format("EVAL \"return redis.call('INCRBY', KEYS[1], ARGV[1])\" 1 k {}", i));
        replies[i] = client("EVAL \"return redis.call('INCRBY', KEYS[1], ARGV[1])\" 1 k 1");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(replies, (std::vector<std::string>{":1", ":2", ":3", ":4"}));
}

}  // namespace
}  // namespace fakes::redis
