// The fake Redis against a real redis-server: the written traces, and streams of commands that are generated. Replies,
// error texts and what is there at the end are the same; what is not, on purpose, is in docs/deviations.md.
#include <gtest/gtest.h>
// rapidcheck's own header wants gtest first.
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/production/resp/resp_reader.h"
#include "core/production/resp/resp_writer.h"
#include "fakes/redis/server.h"
#include "tests/support/redis_server.h"
#include "tests/support/redis_trace.h"
#include "tests/wire/served.h"

namespace tests {
namespace {

using core::RedisCommand;
using core::RedisValue;

class RealClient {
 public:
  explicit RealClient(std::uint16_t port) : wire_(port, 20s) {}

  RedisValue ask(const RedisCommand& command) {
    std::string bytes;
    writer_.append(command, bytes);
    wire_.send(bytes);
    while (true) {
      core::RespNext next = reader_.next();
      if (auto* value = std::get_if<RedisValue>(&next)) return std::move(*value);
      const std::string more = wire_.read_some();
      if (more.empty() || std::holds_alternative<core::RespError>(next)) return RedisValue::error("no reply");
      reader_.feed(more);
    }
  }

 private:
  Wire wire_;
  core::RespReader reader_;
  core::RespWriter writer_;
};

class FakeClient final : public fakes::redis::Receiver {
 public:
  explicit FakeClient(fakes::redis::Server& server) : server_(server), session_(server.connect(*this)) {}

  RedisValue ask(const RedisCommand& command) {
    reply_ = RedisValue::error("no reply");
    server_.execute(*session_, command, core::SteadyTime());
    return reply_;
  }
  void on_reply(RedisValue reply) override { reply_ = std::move(reply); }
  void on_push(RedisValue) override {}

 private:
  fakes::redis::Server& server_;
  std::unique_ptr<fakes::redis::Session> session_;
  RedisValue reply_;
};

class RedisTrace : public testing::TestWithParam<std::string> {};

TEST_P(RedisTrace, is_true_of_a_real_server) {
  const RedisServer server;
  std::map<std::string, std::unique_ptr<RealClient>> clients;
  for (const TraceLine& line : trace_of(GetParam())) {
    auto& client = clients[line.client];
    if (!client) client = std::make_unique<RealClient>(server.port());
    EXPECT_EQ(without_sha(show(client->ask(line.command))), line.reply) << line.text;
  }
}

INSTANTIATE_TEST_SUITE_P(Of, RedisTrace, testing::ValuesIn(trace_names()), trace_test_name);

/// In these K is a key, V a value, I a whole number, F a score, B a bound of a range, M a member of the geometry of
/// places (left, right); all else is meant as it stands.
constexpr std::string_view kCommands[] = {
    "set K V",
    "set K I",
    "set K V nx",
    "set K V xx get",
    "set K V ex 1000",
    "set K V keepttl",
    "setnx K V",
    "getset K V",
    "get K",
    "getdel K",
    "getex K persist",
    "mget K K K",
    "mset K V K I",
    "msetnx K V K V",
    "append K V",
    "strlen K",
    "incr K",
    "decr K",
    "incrby K I",
    "decrby K I",
    "incrbyfloat K F",
    "getrange K I I",
    "setrange K 3 V",
    "hset K V V V I",
    "hsetnx K V V",
    "hget K V",
    "hmget K V V",
    "hgetall K",
    "hdel K V V",
    "hlen K",
    "hexists K V",
    "hincrby K V I",
    "hkeys K",
    "hvals K",
    "hincrbyfloat K V F",
    "hstrlen K V",
    "lpush K V V",
    "rpush K V",
    "lpushx K V",
    "rpushx K V V",
    "lpop K",
    "rpop K",
    "lpop K I",
    "llen K",
    "lrange K I I",
    "lindex K I",
    "lset K I V",
    "linsert K before V V",
    "lrem K I V",
    "ltrim K I I",
    "lpos K V",
    "lpos K V count 0",
    "lmove K K M M",
    "rpoplpush K K",
    "sadd K V V I",
    "srem K V V",
    "smembers K",
    "sismember K V",
    "smismember K V V",
    "scard K",
    "smove K K V",
    "sinter K K",
    "sunion K K",
    "sdiff K K",
    "sinterstore K K K",
    "sunionstore K K K",
    "sdiffstore K K K",
    "zadd K F V",
    "zadd K F V F V",
    "zadd K nx F V",
    "zadd K xx ch F V",
    "zadd K gt F V",
    "zadd K lt ch F V",
    "zadd K incr F V",
    "zincrby K F V",
    "zscore K V",
    "zmscore K V V",
    "zcard K",
    "zcount K B B",
    "zrank K V",
    "zrevrank K V",
    "zrange K I I",
    "zrange K I I withscores",
    "zrange K B B byscore",
    "zrange K B B byscore rev",
    "zrevrange K I I withscores",
    "zrangebyscore K B B",
    "zrangebyscore K B B withscores limit 1 2",
    "zrevrangebyscore K B B",
    "zrem K V V",
    "zremrangebyrank K I I",
    "zremrangebyscore K B B",
    "zpopmin K",
    "zpopmax K I",
    "zlexcount K - +",
    "zrangestore K K I I",
    "zunionstore K 2 K K",
    "zinterstore K 2 K K",
    "xadd K I V V",
    "xadd K 1-* V V V I",
    "xadd K nomkstream maxlen 2 5-* V I",
    "xadd K minid I 9-* V V",
    "xlen K",
    "xdel K I 1-1",
    "xtrim K maxlen I",
    "xtrim K minid I",
    "xrange K - + count 3",
    "xrevrange K (2 I",
    "xread count 2 streams K K 0 I",
    "xsetid K I",
    "del K K",
    "unlink K",
    "exists K K K",
    "type K",
    "expire K 1000",
    "expire K 1000 nx",
    "expireat K 4102444800 gt",  // Not from now on: whether the second is later would be a matter of a millisecond.
    "persist K",
    "ttl K",
    "rename K K",
    "renamenx K K",
    "copy K K",
    "copy K K replace",
    "keys *",
    "dbsize",
    "expiretime K",
    "multi",
    "exec",
    "discard",
    "watch K",
    "unwatch",
    "select 1",
    "select 0",
    "move K 1",
    "nonsense K",
    "get",
    "hset K V",
    "eval 'return redis.call(ARGV[1],KEYS[1])' 1 K get",
    "eval 'return redis.pcall(ARGV[1],KEYS[1])' 1 K llen",
    "eval 'redis.call(\"set\",KEYS[1],ARGV[1]) return redis.call(\"incr\",KEYS[1])' 1 K V",
    "eval 'return {redis.call(\"zrange\",KEYS[1],0,-1,\"withscores\"),#ARGV}' 1 K V V",
};

const char* drawn_word(char which) {
  switch (which) {
    case 'K':
      return *rc::gen::element("a", "b", "c");
    case 'V':
      return *rc::gen::element("x", "y", "z", "", "10", "a longer value, for other encodings", "\xff\x01");
    case 'I':
      return *rc::gen::element("0", "1", "-1", "2", "-2", "7", "100", "9223372036854775807", "-9223372036854775808",
                               "1.5");
    case 'F':
      return *rc::gen::element("0", "1", "2.5", "-1", "1e300", "inf", "-inf", "0.1", "nan", "x");
    case 'B':
      return *rc::gen::element("-inf", "+inf", "0", "1", "(1", "(2.5", "2.5", "x");
    default:
      return *rc::gen::element("left", "right", "middle");
  }
}

RedisCommand drawn_command() {
  RedisCommand command =
      parse_command(*rc::gen::elementOf(std::vector<std::string_view>(std::begin(kCommands), std::end(kCommands))));
  for (std::string& word : command) {
    if (word.size() == 1 && std::string_view("KVIFBM").find(word[0]) != std::string_view::npos)
      word = drawn_word(word[0]);
  }
  return command;
}

std::string text_of(const RedisCommand& command) {
  std::string text;
  for (const std::string& word : command) text += show(RedisValue::bulk(word)) + " ";
  return text;
}

/// What stands in no order is put into one; of a time that is left, only that there is some.
std::string comparable(const RedisCommand& command, RedisValue reply) {
  static const std::set<std::string_view> unordered = {"keys",  "smembers", "sinter", "sunion",
                                                       "sdiff", "hkeys",    "hvals"};
  const auto less = [](const RedisValue& a, const RedisValue& b) { return show(a) < show(b); };
  if (unordered.contains(command[0])) {
    // total order: what compares equal is equal
    std::sort(reply.elements.begin(), reply.elements.end(), less);
  }
  if (command[0] == "hgetall") {
    std::vector<RedisValue> fields;
    for (std::size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
      fields.push_back(RedisValue::array({reply.elements[i], reply.elements[i + 1]}));
    }
    // total order: fields are unique
    std::sort(fields.begin(), fields.end(), less);
    reply.elements = std::move(fields);
  }
  if ((command[0] == "ttl" || command[0] == "expiretime") && reply.integer > 0) reply.integer = 1;
  return without_sha(show(reply));
}

/// One stream of commands to both.
class Stream {
 public:
  explicit Stream(RealClient& real) : real_(real), fake_(server_) {}

  void step(const RedisCommand& command) {
    const std::string real = comparable(command, real_.ask(command));
    const std::string fake = comparable(command, fake_.ask(command));
    if (real == fake) return;
    RC_FAIL(text_of(command) + "\n  real: " + real + "\n  fake: " + fake);
  }

  /// What is in every key of both databases.
  void compare_state() {
    step({"discard"});
    for (const char* database : {"1", "0"}) {
      step({"select", database});
      step({"dbsize"});
      step({"keys", "*"});
      for (const char* key : {"a", "b", "c"}) {
        step({"type", key});
        step({"ttl", key});
        // Of a key of another type they all say so.
        for (const char* read : {"get", "hgetall", "smembers"}) step({read, key});
        step({"lrange", key, "0", "-1"});
        step({"zrange", key, "0", "-1", "withscores"});
        step({"xrange", key, "-", "+"});
      }
    }
  }

 private:
  RealClient& real_;
  fakes::redis::Server server_{core::WallTime(std::chrono::seconds(1'700'000'000))};
  FakeClient fake_;
};

RC_GTEST_PROP(RedisConformance, generated_streams_have_the_same_replies_and_leave_the_same, ()) {
  static const RedisServer server;
  RealClient real(server.port());
  real.ask({"FLUSHALL"});
  real.ask({"SCRIPT", "FLUSH"});
  Stream stream(real);
  const auto commands = *rc::gen::container<std::vector<RedisCommand>>(rc::gen::exec(drawn_command));
  bool collecting = false;
  for (const RedisCommand& command : commands) {
    // In a transaction only what has an order and no time.
    static const std::set<std::string_view> left_out = {"keys",  "smembers", "sinter",  "sunion", "sdiff",
                                                        "hkeys", "hvals",    "hgetall", "ttl",    "expiretime"};
    if (collecting && left_out.contains(command[0])) continue;
    collecting = command[0] == "multi" || (collecting && command[0] != "exec" && command[0] != "discard");
    stream.step(command);
  }
  stream.compare_state();
}

}  // namespace
}  // namespace tests
