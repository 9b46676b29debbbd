// What is made of a server's refusals, in the words of several versions, and that trying changes nothing.
#include "core/queue/queue_rights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/queue/script_text.h"
#include "tests/support/fake_environment.h"
#include "tests/support/script_client.h"

namespace core {
namespace {

using boost::asio::awaitable;
using testing::ElementsAre;
using testing::IsEmpty;

/// Answers each command by its first word: with what is set, the first time by `first`.
class Refusing final : public Redis {
 public:
  awaitable<boost::system::result<std::unique_ptr<RedisConnection>, RedisError>> connect(SteadyTime) override {
    ++connections;
    co_return std::make_unique<Link>(*this);
  }

  std::map<std::string, RedisValue> first, answers;
  int connections = 0;
  std::vector<std::string> words;

 private:
  class Link final : public RedisConnection {
   public:
    explicit Link(Refusing& owner) : owner_(owner) {}
    awaitable<RedisResult> execute(const RedisCommand& command, SteadyTime) override {
      owner_.words.push_back(command[0]);
      if (auto once = owner_.first.extract(command[0])) co_return once.mapped();
      co_return owner_.answers[command[0]];
    }
    awaitable<RedisResult> next_push() override { co_return RedisError::Lost; }

   private:
    Refusing& owner_;
  };
};

class QueueRightsTest : public testing::Test {
 protected:
  QueueRightsTest() { config_.key_prefix = "p:"; }

  static RedisValue rows(const std::vector<std::string>& texts) {
    std::vector<RedisValue> elements;
    for (const std::string& text : texts) elements.push_back(RedisValue::bulk(text));
    return RedisValue::array(std::move(elements));
  }
  static awaitable<void> try_them(const Environment& environment, const RedisConfig& config,
                                  std::optional<boost::system::result<QueueRights, Failure>>& out) {
    out = co_await try_queue_rights(environment, config, "check-1");
  }
  boost::system::result<QueueRights, Failure> found() {
    std::optional<boost::system::result<QueueRights, Failure>> out;
    boost::asio::co_spawn(*fake_.context, try_them(environment_, config_, out), boost::asio::detached);
    fake_.clock.settle();
    return out.value();
  }
  /// A trial that comes to nothing is told by its code.
  QueueRights rights() {
    auto all = found();
    if (!all) return {{all.error().code}, {all.error().code}};
    return std::move(*all);
  }
  std::vector<std::string> refused() { return rights().refused; }

  Refusing redis_;
  tests::FakeEnvironment fake_;
  Environment environment_ = fake_.with(redis_);
  RedisConfig config_;
};

TEST_F(QueueRightsTest, are_all_there_where_nothing_is_refused) {
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(redis_.words, ElementsAre("EVAL", "EVALSHA", "INFO", "CONFIG", "SUBSCRIBE"));
}

TEST_F(QueueRightsTest, are_named_in_the_words_of_each_version) {
  const std::string seven = "ERR The user executing the script can't ", two = "ERR ACL failure in script: User r has ";
  redis_.answers["EVAL"] = rows(
      {"HSET", seven + "run this command or subcommand", "HKEYS", two + "no permissions to run the 'hkeys' command",
       "LPOP", seven + "access at least one of the keys mentioned in the command arguments", "p:job:dead",
       seven + "access at least one of the keys mentioned in the command arguments", "p:job:data:*",
       two + "no permissions to access the 'p:job:data:check-1' key"});
  redis_.answers["EVALSHA"] = RedisValue::error("NOPERM this user has no permissions to run the 'evalsha' command");
  EXPECT_THAT(refused(), ElementsAre("this user may not run: evalsha hkeys hset",
                                     "this user may not read and write the keys: p:job:data:* p:job:dead"));
}

TEST_F(QueueRightsTest, to_the_channels_are_tried_twice) {
  const std::vector<std::string> said{"this user may not use the channels: p:job:wake p:job:wake:*"};
  redis_.answers["SUBSCRIBE"] =
      RedisValue::error("NOPERM this user has no permissions to access one of the channels used as arguments");
  EXPECT_EQ(refused(), said);
  redis_.answers.erase("SUBSCRIBE");
  redis_.answers["EVAL"] =
      rows({"PUBLISH", "ERR The user executing the script can't publish to the channel mentioned in the command"});
  EXPECT_EQ(refused(), said);
}

TEST_F(QueueRightsTest, to_the_root_of_all_keys_are_told_where_no_script_may_run) {
  redis_.answers["EVAL"] =
      RedisValue::error("NOPERM this user has no permissions to access one of the keys used as arguments");
  redis_.answers["EVALSHA"] = RedisValue::error("NOSCRIPT No matching script.");
  EXPECT_THAT(refused(), ElementsAre("this user may not read and write the keys: p:job:"));
}

TEST_F(QueueRightsTest, come_with_other_trouble_once_each) {
  redis_.answers["EVAL"] = rows({"SET", "OOM command not allowed when used memory > 'maxmemory'.", "INCR",
                                 "OOM command not allowed when used memory > 'maxmemory'.", "LPOP",
                                 "ERR Wrong number of args calling Redis command From Lua script"});
  EXPECT_THAT(refused(),
              ElementsAre("it answered: ERR Wrong number of args calling Redis command From Lua script - Redis "
                          "6.2 or later is needed",
                          "it answered: OOM command not allowed when used memory > 'maxmemory'"));
}

TEST_F(QueueRightsTest, are_looked_for_where_the_keys_have_moved) {
  redis_.first["EVAL"] = RedisValue::error("MOVED 3999 127.0.0.1:6381");
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_EQ(redis_.connections, 2);
  // It is no right, and nobody is to look for ever.
  redis_.answers["EVAL"] = RedisValue::error("MOVED 3999 127.0.0.1:6381");
  EXPECT_EQ(found().error().code, "MOVED");
}

TEST_F(QueueRightsTest, come_with_a_doubt_where_jobs_may_be_evicted) {
  const auto doubts = [this] { return rights().doubts; };
  redis_.answers["INFO"] = RedisValue::bulk("# Memory\r\nmaxmemory_policy:noeviction\r\nx:1\r\n");
  EXPECT_THAT(doubts(), IsEmpty());
  const std::vector<std::string> said{
      "maxmemory-policy is volatile-ttl: when memory is full Redis deletes jobs; set noeviction"};
  redis_.answers["INFO"] = RedisValue::bulk("# Memory\r\nmaxmemory_policy:volatile-ttl\r\nx:1\r\n");
  EXPECT_EQ(doubts(), said);
  redis_.answers["INFO"] = RedisValue::error("NOPERM this user has no permissions to run the 'info' command");
  EXPECT_THAT(doubts(), IsEmpty());
  redis_.answers["CONFIG"] = rows({"maxmemory-policy", "volatile-ttl"});
  EXPECT_EQ(doubts(), said);
}

/// On a queue in which something of each kind is.
TEST(QueueRightsScript, changes_nothing) {
  tests::ScriptClient client;
  EXPECT_THAT(client.run(kScript_rights, {"check-1"}).elements, IsEmpty());
  EXPECT_EQ(client.call({"DBSIZE"}).integer, 0);
  for (const char* id : {"a", "b", "c", "d", "e"}) client.run(kScript_enqueue, {id, "{}", "client"});
  client.run(kScript_claim, {"w/", "1", "30000000", "4"});
  client.run(kScript_complete, {"60000", "w/1", "a"});
  client.run(kScript_requeue, {"w/1", "b", "2000000", "429"});
  client.run(kScript_fail, {"w/1", "c", "exhausted", "503"});
  client.run(kScript_pause, {});
  const RedisValue keys = client.call({"KEYS", "*"});
  const RedisValue counts = client.run(kScript_count, {});
  EXPECT_THAT(client.run(kScript_rights, {"check-1"}).elements, IsEmpty());
  EXPECT_EQ(client.call({"KEYS", "*"}), keys);
  EXPECT_EQ(client.run(kScript_count, {}), counts);
}

}  // namespace
}  // namespace core
