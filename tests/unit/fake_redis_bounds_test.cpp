// What clients of the fake Redis may have it do and hold: scripts that would run, or grow, for ever, replies larger
// than all data, and names without number. Each row is an attack that took the server down, or hung it, before it was
// bounded.
#include <gmock/gmock.h>

#include <string>
#include <utility>

#include "tests/unit/fake_redis_client.h"

namespace fakes::redis {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kInstructions = "script exceeded its limit of instructions";
constexpr const char* kMemory = "not enough memory";

using Attack = std::pair<const char*, const char*>;

/// Each script ends with that error, and the server goes on.
void expect_errors(std::initializer_list<Attack> attacks) {
  Server server(kStart);
  Client client(server);
  for (const auto& [script, error] : attacks) {
    EXPECT_THAT(client({"EVAL", script, "0"}), HasSubstr(error)) << script;
    EXPECT_EQ(client("PING"), "+PONG");
  }
}

TEST(FakeRedisBounds, unpack_of_huge_bounds_is_an_error) {
  expect_errors({{"return #{unpack({}, 0, 2147483647)}", "user_script:1: too many results to unpack"},
                 {"return #{unpack({}, -2147483648, 2147483647)}", "user_script:1: too many results to unpack"},
                 {"return #{unpack({}, 1, 1e8)}", "user_script:1: too many results to unpack"}});
}

TEST(FakeRedisBounds, patterns_are_no_deeper_than_the_stack) {
  expect_errors(
      {{"return string.find(string.rep('a', 300000), string.rep('a?', 300000) .. 'b')", "pattern too complex"},
       {"return string.gsub('x', string.rep('x*', 100000), '')", "pattern too complex"}});
}

TEST(FakeRedisBounds, matching_counts_as_instructions) {
  expect_errors({{"return string.find(string.rep('a', 300000), '.-.-.-.-.-.-b')", kInstructions},
                 {"return string.match(string.rep('a', 200000), string.rep('.*', 20) .. 'b')", kInstructions},
                 {"return string.gsub(string.rep('a', 100000), 'a*a*a*a*b', '')", kInstructions},
                 {"for w in string.gmatch(string.rep('a', 100000), '.-.-.-b') do end", kInstructions},
                 {"return string.find(string.rep('(', 1000000), '%b()')", kInstructions},
                 {"return string.find(string.rep('a', 200000), '(.*)%1b')", kInstructions},
                 {"local b = string.rep('b', 500000) return string.find(string.rep('a', 500000), '[' .. b .. ']')",
                  kInstructions},
                 {"local b = string.rep('b', 500000) return string.find(string.rep('a', 500000), '%f[' .. b .. ']')",
                  kInstructions}});
}

/// A search that takes the square of the length would take minutes.
TEST(FakeRedisBounds, plain_search_is_linear) {
  Server server(kStart);
  Client client(server);
  EXPECT_EQ(
      client({"EVAL",
              "local n = 4000000 return {string.find(string.rep('a', n) .. 'b', string.rep('a', n / 2) .. 'b', 1, "
              "true)}",
              "0"}),
      "[:2000001 :4000001 ]");
}

TEST(FakeRedisBounds, work_of_c_functions_counts_as_instructions) {
  const char* loops[] = {"local s = string.rep('x', 1e7) while true do s:reverse() end",
                         "local s = string.rep('X', 1e7) while true do s:upper() end",
                         "local s = string.rep('x', 1e7) while true do redis.sha1hex(s) end",
                         "local s = string.rep('1', 1e7) while true do tonumber(s) end",
                         "local s = string.rep('\\0', 1e7) while true do string.format('%q', s) end",
                         "while true do string.rep('x', 1e7) end",
                         "local t = {} for i = 1, 1e5 do t[i] = '' end while true do table.concat(t) end",
                         "local t = {} for i = 1, 1e5 do t[i] = i end while true do table.sort(t) end",
                         "local t = {} for i = 1, 1e5 do t['k' .. i] = i end while true do table.maxn(t) end",
                         "local t = {} for i = 1, 1e5 do t[i] = i end while true do table.insert(t, 1, 1) end",
                         "local t = {} for i = 1, 1e6 do t[i] = i end while true do table.remove(t, 1) end",
                         "table.insert({}, -2147483647, 1)",
                         "redis.call('set', 'k', string.rep('x', 1e7)) while true do redis.call('get', 'k') end"};
  for (const char* loop : loops) expect_errors({{loop, kInstructions}});
}

TEST(FakeRedisBounds, repeating_an_empty_text_takes_no_time) {
  Server server(kStart);
  Client client(server);
  EXPECT_EQ(client({"EVAL", "return #string.rep('', 2147483647)", "0"}), ":0");
  EXPECT_THAT(client({"EVAL", "return #string.rep('xy', 2147483647)", "0"}), HasSubstr(kMemory));
}

TEST(FakeRedisBounds, tables_within_tables_take_their_size_in_each_place) {
  expect_errors(
      {{"local t = {} for i = 1, 40 do t = {t, t} end return cjson.encode(t)", kInstructions},
       {"local t = string.rep('x', 1e6) for i = 1, 20 do t = {t, t} end return cjson.encode(t)", kMemory},
       {"local t = {} for i = 1, 15 do t = {t, t, t, t, t, t, t, t} end return cmsgpack.pack(t)", kInstructions},
       {"local t = {} for i = 1, 30 do t = {t, t} end return t", "ERR the script's reply is too large"},
       {"local s = string.rep('x', 1e7) local t = {} for i = 1, 100 do t[i] = s end return t",
        "ERR the script's reply is too large"}});
}

/// A few keys make a table's length what they like.
TEST(FakeRedisBounds, length_of_a_table_is_not_believed) {
  Server server(kStart);
  Client client(server);
  const std::string sparse =
      "local names = {} for i = 1, 600 do names[i] = '\"k' .. i .. '\":1' end "
      "local t = cjson.decode('{' .. table.concat(names, ',') .. '}') for k = 0, 29 do t[2^k] = 1 end ";
  EXPECT_EQ(client({"EVAL", sparse + "return #t >= 2^29 and 1 or 0", "0"}), ":1");
  EXPECT_EQ(client({"EVAL", sparse + "return t", "0"}), "[:1 :1 ]");
  EXPECT_THAT(client({"EVAL", sparse + "table.remove(t, 1)", "0"}), HasSubstr(kInstructions));
  EXPECT_THAT(client({"EVAL", sparse + "return table.concat(t)", "0"}), HasSubstr("invalid value (nil) at index 3"));
}

TEST(FakeRedisBounds, decoding_has_the_memory_of_a_script) {
  expect_errors({{"return #cjson.decode('[' .. string.rep('[],', 8e6) .. '1]')", kMemory}});
}

/// Looked at whether or not the script catches errors; the time is the host's.
TEST(FakeRedisBounds, script_is_ended_when_its_host_says_so) {
  struct Timer final : ScriptTimer {
    void start() override { looks = 0; }
    bool is_over() override { return ++looks > 10; }
    int looks = 0;
  } timer;
  Server server(kStart);
  server.time_scripts(timer);
  Client client(server);
  EXPECT_THAT(client({"EVAL", "while true do pcall(function() while true do end end) end", "0"}),
              HasSubstr("script exceeded its limit of time"));
  EXPECT_THAT(client({"EVAL", "while true do redis.pcall('dbsize') end", "0"}), HasSubstr("limit of time"));
  EXPECT_EQ(client({"EVAL", "return 1", "0"}), ":1");
}

TEST(FakeRedisBounds, data_have_a_limit_where_one_is_set) {
  Server server(kStart);
  server.limit_memory(1'000'000);
  Client client(server);
  constexpr const char* kOom = "-OOM command not allowed when used memory > 'maxmemory'.";
  const std::string large(300'000, 'x');
  for (const char* key : {"a", "b", "c"}) EXPECT_EQ(client({"SET", key, large}), "+OK");
  EXPECT_EQ(client({"SET", "d", large}), kOom);
  EXPECT_EQ(client({"APPEND", "a", large}), kOom);
  EXPECT_EQ(client({"COPY", "a", "d"}), kOom);
  EXPECT_EQ(client({"SETRANGE", "d", "500000000", "x"}), kOom);
  EXPECT_THAT(client({"EVAL", "return redis.call('append', 'a', ARGV[1])", "0", large}), StartsWith(kOom));
  EXPECT_EQ(client("GET d"), "nil");
  // What goes makes room.
  EXPECT_EQ(client("DEL a b"), ":2");
  EXPECT_EQ(client({"SET", "d", large}), "+OK");
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(client({"LPUSH", "list", large}), ":1") << i;
    client("LPOP list");
    ASSERT_EQ(client({"SET", "d", large}), "+OK") << i;
  }
}

TEST(FakeRedisBounds, all_that_is_written_counts) {
  const std::string large(100'000, 'x');
  const core::RedisCommand writes[] = {{"RPUSH", "k", large},          {"SADD", "k", large},
                                       {"ZADD", "k", "1", large},      {"HSET", "k", large, "v"},
                                       {"XADD", "k", "*", "f", large}, {"MSET", "k", large}};
  for (core::RedisCommand write : writes) {
    Server server(kStart);
    server.limit_memory(1'000'000);
    Client client(server);
    int done = 0;
    for (; done < 100; ++done) {
      write[write[0] == "MSET" ? 1 : write.size() - (write[0] == "HSET" ? 2 : 1)][0] = static_cast<char>('A' + done);
      if (client(write).starts_with("-OOM")) break;
    }
    EXPECT_GE(done, 8) << write[0];
    EXPECT_LE(done, 10) << write[0];
  }
}

TEST(FakeRedisBounds, reply_is_not_larger_than_all_data_can_be) {
  Server server(kStart);
  Client client(server);
  const std::string large(20'000'000, 'x');
  client({"SET", "k", large});
  client({"HSET", "h", "f", large});
  client({"SADD", "s", large});
  constexpr const char* kTooLarge = "-ERR the reply is too large";
  core::RedisCommand mget{"MGET"}, hmget{"HMGET", "h"};
  mget.resize(100, "k");
  hmget.resize(100, "f");
  EXPECT_EQ(client(mget), kTooLarge);
  EXPECT_EQ(client(hmget), kTooLarge);
  EXPECT_EQ(client("SRANDMEMBER s -100"), kTooLarge);
  client("MULTI");
  for (int i = 0; i < 100; ++i) client("GET k");
  EXPECT_EQ(client("EXEC"), kTooLarge);
}

core::RedisCommand with_names(std::string command, int count) {
  core::RedisCommand words{std::move(command)};
  for (int i = 0; i < count; ++i) words.push_back(fmt::format("name-{}", i));
  return words;
}

TEST(FakeRedisBounds, names_that_a_client_has_remembered_have_a_number) {
  Server server(kStart);
  Client client(server);
  EXPECT_EQ(client(with_names("SUBSCRIBE", 10'001)), "-ERR too many subscriptions");
  EXPECT_EQ(client(with_names("PSUBSCRIBE", 10'001)), "-ERR too many subscriptions");
  EXPECT_EQ(client({"SUBSCRIBE", std::string(70'000'000, 'x')}), "-ERR too many subscriptions");
  EXPECT_EQ(client(with_names("WATCH", 10'001)), "-ERR too many watched keys");
  EXPECT_EQ(client(with_names("WATCH", 10'000)), "+OK");
  EXPECT_EQ(client("WATCH another"), "-ERR too many watched keys");
  EXPECT_EQ(client("UNWATCH"), "+OK");
  EXPECT_EQ(client("WATCH another"), "+OK");
  client(with_names("SUBSCRIBE", 10'000));
  EXPECT_EQ(client("SUBSCRIBE another"), "-ERR too many subscriptions");
  client("UNSUBSCRIBE");
  EXPECT_EQ(client("SUBSCRIBE another"), "[\"subscribe\" \"another\" :1 ]");
}

TEST(FakeRedisBounds, subscriptions_of_all_clients_have_a_number) {
  Server server(kStart);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<Client>(server));
    (*clients.back())(with_names("SUBSCRIBE", 10'000));
  }
  Client another(server);
  EXPECT_EQ(another("SUBSCRIBE a"), "-ERR too many subscriptions");
  clients.front()->disconnect();
  EXPECT_EQ(another("SUBSCRIBE a"), "[\"subscribe\" \"a\" :1 ]");
}

/// Looking each one up among those before it would take minutes.
TEST(FakeRedisBounds, waiting_for_many_keys_is_fast) {
  Server server(kStart);
  Client client(server), other(server);
  core::RedisCommand wait = with_names("BLPOP", 300'000);
  wait.push_back("0");
  EXPECT_EQ(client(wait), "waits");
  EXPECT_EQ(other("RPUSH name-299999 x"), ":1");
  EXPECT_EQ(client.log.back(), "[\"name-299999\" \"x\" ]");
}

TEST(FakeRedisBounds, transaction_does_not_grow_for_ever) {
  Server server(kStart);
  Client client(server), other(server);
  client("MULTI");
  const core::RedisCommand set{"SET", "k", std::string(60'000'000, 'x')};
  for (int i = 0; i < 4; ++i) EXPECT_EQ(client(set), "+QUEUED");
  EXPECT_THAT(client(set), StartsWith("-OOM"));
  EXPECT_EQ(client("EXEC"), "-EXECABORT Transaction discarded because of previous errors.");
  // It counts for all of them, and no more once it is over.
  client("MULTI");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(client(set), "+QUEUED");
  other("MULTI");
  EXPECT_THAT(other(set), StartsWith("-OOM"));
  client.disconnect();
  EXPECT_EQ(other("DISCARD"), "+OK");
  other("MULTI");
  EXPECT_EQ(other(set), "+QUEUED");
}

TEST(FakeRedisBounds, texts_of_scripts_have_a_size) {
  Server server(kStart);
  Client client(server);
  int loaded = 0;
  for (; loaded < 10; ++loaded) {
    const std::string text = fmt::format("--{}{}\nreturn 1", std::string(12'500'000, 'x'), loaded);
    if (client({"SCRIPT", "LOAD", text}).starts_with("-OOM")) break;
  }
  EXPECT_EQ(loaded, 5);
  EXPECT_EQ(client("SCRIPT FLUSH"), "+OK");
  EXPECT_EQ(client({"EVAL", "return 2", "0"}), ":2");
}

TEST(FakeRedisBounds, patterns_of_keys_have_their_time) {
  Server server(kStart);
  Client client(server);
  client({"SET", std::string(1'000'000, 'a'), "v"});
  EXPECT_EQ(client({"KEYS", "*" + std::string(400'000, 'a') + "b"}), "-ERR the pattern takes too long");
  EXPECT_EQ(client({"SCAN", "0", "MATCH", "*" + std::string(400'000, 'a') + "b"}), "[\"0\" [] ]");
  client("SET k v");
  EXPECT_EQ(client("KEYS k*"), "[\"k\" ]");
}

}  // namespace
}  // namespace fakes::redis
