// A Redis that is full, or a replica. The replies are those of redis-server 7.0.15 with `maxmemory 1mb` full, and with
// `replicaof` an address where nobody is.
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "fakes/redis/lua/script.h"
#include "tests/unit/fake_redis_client.h"

namespace fakes::redis {
namespace {

const std::string kOom = "OOM command not allowed when used memory > 'maxmemory'.";
const std::string kReplica = "READONLY You can't write against a read only replica.";
const std::string kSet = "return redis.call('SET', 'a', '1')";
const std::string kTrimAndSet = "redis.call('LTRIM', 'l', 0, -1) return redis.call('SET', 'a', '1')";

class RedisCondition : public testing::Test {
 public:
  std::string operator()(core::RedisCommand command) { return client(command); }
  bool is_error(const std::string& shown, const std::string& text) { return shown.find(text) != std::string::npos; }

  Server server{kStart};
  Client client{server};
};

TEST_F(RedisCondition, full_refuses_what_may_need_memory) {
  EXPECT_FALSE(is_error((*this)({"SET", "a", "x"}), kOom));
  server.set_condition(Condition::Full, true);
  for (const core::RedisCommand& command :
       {core::RedisCommand{"SET", "a", "b"}, {"RPUSH", "l", "1"}, {"HSET", "h", "f", "v"}, {"ZADD", "z", "1", "m"}}) {
    EXPECT_TRUE(is_error((*this)(command), kOom)) << command[0];
  }
  for (const core::RedisCommand& command : {core::RedisCommand{"GET", "a"},
                                            {"DEL", "q"},
                                            {"LTRIM", "l", "0", "-1"},
                                            {"PUBLISH", "c", "m"},
                                            {"EXPIRE", "a", "9"},
                                            {"HDEL", "h", "f"}}) {
    EXPECT_FALSE(is_error((*this)(command), "OOM")) << command[0];
  }
  server.set_condition(Condition::Full, false);
  EXPECT_FALSE(is_error((*this)({"SET", "a", "x"}), kOom));
}

TEST_F(RedisCondition, full_stops_a_script_before_its_first_write_and_not_after) {
  server.set_condition(Condition::Full, true);
  EXPECT_TRUE(is_error((*this)({"EVAL", kSet, "0"}), kOom + " script: " + sha1_hex(kSet) + ", on @user_script:1."));
  EXPECT_FALSE(is_error((*this)({"EVAL", kTrimAndSet, "0"}), "OOM"));
  EXPECT_FALSE(is_error((*this)({"EVAL", "return redis.call('GET', 'a')", "0"}), "OOM"));
  EXPECT_TRUE(is_error((*this)({"EVAL", "#!lua\nreturn 1", "0"}), kOom));
  EXPECT_FALSE(is_error((*this)({"EVAL", "#!lua flags=no-writes\nreturn 1", "0"}), "OOM"));
  EXPECT_FALSE(is_error((*this)({"EVAL", "#!lua flags=allow-oom\n" + kSet, "0"}), "OOM"));
}

TEST_F(RedisCondition, full_queues_nothing) {
  server.set_condition(Condition::Full, true);
  EXPECT_FALSE(is_error((*this)({"MULTI"}), "OOM"));
  EXPECT_TRUE(is_error((*this)({"PING"}), kOom));
  EXPECT_TRUE(is_error((*this)({"EXEC"}), "EXECABORT Transaction discarded because of previous errors."));
  EXPECT_FALSE(is_error((*this)({"MULTI"}), "OOM"));
  EXPECT_TRUE(is_error((*this)({"WATCH", "a"}), kOom));
  EXPECT_FALSE(is_error((*this)({"DISCARD"}), "OOM"));
}

TEST_F(RedisCondition, what_was_queued_before_is_discarded_with_the_reason) {
  (*this)({"MULTI"});
  (*this)({"SET", "a", "b"});
  server.set_condition(Condition::Full, true);
  EXPECT_TRUE(is_error((*this)({"EXEC"}), "EXECABORT Transaction discarded because of: " + kOom));
  EXPECT_TRUE(is_error((*this)({"EXEC"}), "ERR EXEC without MULTI"));
}

TEST_F(RedisCondition, a_replica_refuses_writes_and_publishes) {
  (*this)({"SET", "a", "x"});
  server.set_condition(Condition::ReadOnly, true);
  for (const core::RedisCommand& command : {core::RedisCommand{"SET", "a", "b"},
                                            {"DEL", "a"},
                                            {"LTRIM", "l", "0", "-1"},
                                            {"BLPOP", "l", "1"},
                                            {"FLUSHALL"}}) {
    EXPECT_TRUE(is_error((*this)(command), kReplica)) << command[0];
  }
  EXPECT_FALSE(is_error((*this)({"GET", "a"}), "READONLY"));
  EXPECT_FALSE(is_error((*this)({"PUBLISH", "c", "m"}), "READONLY"));
  EXPECT_TRUE(is_error((*this)({"EVAL", kSet, "0"}), kReplica + " script: " + sha1_hex(kSet) + ", on @user_script:1."));
  EXPECT_TRUE(is_error((*this)({"EVAL", kTrimAndSet, "0"}), kReplica));
  EXPECT_FALSE(is_error((*this)({"EVAL", "return redis.call('PUBLISH', 'c', 'm')", "0"}), "READONLY"));
  EXPECT_TRUE(is_error((*this)({"EVAL", "#!lua\nreturn 1", "0"}), kReplica));
  EXPECT_TRUE(is_error((*this)({"EVAL", "#!lua flags=no-writes\nreturn redis.call('PUBLISH', 'c', 'm')", "0"}),
                       "ERR Write commands are not allowed from read-only scripts."));
}

TEST_F(RedisCondition, a_replica_leaves_memory_to_its_master) {
  server.set_condition(Condition::ReadOnly, true);
  server.set_condition(Condition::Full, true);
  EXPECT_TRUE(is_error((*this)({"SET", "a", "b"}), kReplica));
}

TEST_F(RedisCondition, a_restart_changes_nothing) {
  server.set_condition(Condition::Full, true);
  server.restore(server.snapshot());
  Client later(server);
  EXPECT_TRUE(is_error(later(core::RedisCommand{"SET", "a", "b"}), kOom));
}

}  // namespace
}  // namespace fakes::redis
