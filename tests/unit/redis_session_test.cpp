// How the core's Redis session sends scripts: as text once for each connection, then by digest, against the fake
// server.
#include "core/redis/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <string>
#include <vector>

#include "core/queue/script_text.h"
#include "fakes/redis/lua/script.h"
#include "fakes/redis/server.h"
#include "tests/support/fake_environment.h"

namespace core {
namespace {

using testing::ElementsAre;

/// A Redis whose connections execute at once, note the first word of each command, and can be cut.
class OneServer final : public Redis {
 public:
  boost::asio::awaitable<boost::system::result<std::unique_ptr<RedisConnection>, RedisError>> connect(
      SteadyTime) override {
    co_return std::make_unique<Link>(*this);
  }

  fakes::redis::Server server{WallTime(std::chrono::hours(24))};
  std::vector<std::string> words;
  bool is_cut = false;  ///< The next command loses its connection.

 private:
  class Link final : public RedisConnection, public fakes::redis::Receiver {
   public:
    explicit Link(OneServer& owner) : owner_(owner), session_(owner.server.connect(*this)) {}

    boost::asio::awaitable<RedisResult> execute(const RedisCommand& command, SteadyTime) override {
      owner_.words.push_back(command[0]);
      if (std::exchange(owner_.is_cut, false)) co_return RedisError::Lost;
      owner_.server.execute(*session_, command, SteadyTime());
      co_return reply_;
    }
    boost::asio::awaitable<RedisResult> next_push() override { co_return RedisError::Lost; }

   private:
    void on_reply(RedisValue reply) override { reply_ = std::move(reply); }
    void on_push(RedisValue) override {}

    OneServer& owner_;
    std::unique_ptr<fakes::redis::Session> session_;
    RedisValue reply_;
  };
};

class RedisSessionTest : public testing::Test {
 protected:
  static constexpr const char* kText = "return {KEYS[1], ARGV[1]}";

  /// "key,argument" as the script returned them, or the failure's code.
  std::string run(const std::string& argument) {
    std::string answer = "no answer";
    boost::asio::co_spawn(
        *fake_.context,
        [](RedisSession& session, std::string given, std::string& out) -> boost::asio::awaitable<void> {
          std::vector<std::string> arguments;
          arguments.push_back(std::move(given));
          const RedisAttempt attempt = co_await session.run(0, "key", std::move(arguments));
          if (attempt) {
            const std::vector<RedisValue>& parts = attempt->value.elements;
            out = parts.at(0).text + "," + parts.at(1).text;
          } else {
            out = attempt.error().failure.code;
          }
        }(session_, argument, answer),
        boost::asio::detached);
    fake_.clock.settle();
    return answer;
  }

  OneServer redis_;
  test::FakeEnvironment fake_;
  Environment environment_{.runner = "runner-1",
                           .executor = fake_.environment.executor,
                           .clock = fake_.clock,
                           .random = Random(1),
                           .http = fake_.http,
                           .redis = redis_,
                           .signer = fake_.signer,
                           .events = fake_.trace};
  RedisConfig config_;
  std::string sha1_ = fakes::redis::sha1_hex(kText);
  RedisSession session_{environment_, config_, {{"pair", kText, sha1_.c_str()}}};
};

TEST_F(RedisSessionTest, SendsTheTextOnceAndThenTheDigest) {
  EXPECT_EQ(run("a"), "key,a");
  EXPECT_EQ(run("b"), "key,b");
  EXPECT_EQ(run("c"), "key,c");
  EXPECT_THAT(redis_.words, ElementsAre("EVAL", "EVALSHA", "EVALSHA"));
}

TEST_F(RedisSessionTest, SendsTheTextAgainWhenTheServerHasForgottenIt) {
  EXPECT_EQ(run("a"), "key,a");
  redis_.server.flush_scripts();
  EXPECT_EQ(run("b"), "key,b");
  EXPECT_EQ(run("c"), "key,c");
  EXPECT_THAT(redis_.words, ElementsAre("EVAL", "EVALSHA", "EVAL", "EVALSHA"));
}

TEST_F(RedisSessionTest, SendsTheTextOnEachNewConnection) {
  EXPECT_EQ(run("a"), "key,a");
  redis_.is_cut = true;
  EXPECT_EQ(run("b"), "ECONNRESET");
  EXPECT_EQ(run("c"), "key,c");
  EXPECT_THAT(redis_.words, ElementsAre("EVAL", "EVALSHA", "EVAL"));
}

TEST(QueueScripts, HaveTheDigestsOfTheirTexts) {
  for (const Script& script : {kScript_enqueue, kScript_claim, kScript_renew, kScript_complete, kScript_requeue,
                               kScript_fail, kScript_recover, kScript_journal}) {
    EXPECT_EQ(script.sha1, fakes::redis::sha1_hex(script.text)) << script.name;
  }
}

}  // namespace
}  // namespace core
