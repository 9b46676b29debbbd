// How the core's Redis session sends scripts: as text once for each connection, then by digest, against the fake
// server.
#include "core/redis/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/queue/joined_script.h"
#include "core/queue/script_text.h"
#include "fakes/redis/lua/script.h"
#include "fakes/redis/server.h"
#include "tests/support/fake_environment.h"

namespace core {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

/// A Redis whose connections execute at once, note the first word of each command, and can be cut.
class OneServer final : public Redis {
 public:
  boost::asio::awaitable<boost::system::result<std::unique_ptr<RedisConnection>, RedisError>> connect(
      SteadyTime) override {
    ++connections;
    if (connecting_takes > Duration::zero()) co_await clock->sleep_until(clock->now() + connecting_takes);
    co_return std::make_unique<Link>(*this);
  }

  fakes::redis::Server server{WallTime(std::chrono::hours(24))};
  std::vector<std::string> words;
  int connections = 0;
  Clock* clock = nullptr;
  Duration connecting_takes{};
  bool is_cut = false;  ///< The next command loses its connection.
  std::string error;    ///< The next command is answered with it.

 private:
  class Link final : public RedisConnection, public fakes::redis::Receiver {
   public:
    explicit Link(OneServer& owner) : owner_(owner), session_(owner.server.connect(*this)) {}

    boost::asio::awaitable<RedisResult> execute(const RedisCommand& command, SteadyTime) override {
      owner_.words.push_back(command[0]);
      if (std::exchange(owner_.is_cut, false)) co_return RedisError::Lost;
      if (!owner_.error.empty()) co_return RedisValue::error(std::exchange(owner_.error, {}));
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
    std::string answer;
    boost::asio::co_spawn(*fake_.context, run_once(session_, script_, argument, answer), boost::asio::detached);
    fake_.clock.settle();
    return answer;
  }

  static boost::asio::awaitable<void> run_once(RedisSession& session, const Script& script, std::string given,
                                               std::string& out) {
    out = "no answer";
    std::vector<std::string> arguments;
    arguments.push_back(std::move(given));
    const RedisAttempt attempt = co_await session.run(script, "key", std::move(arguments));
    if (attempt) {
      const std::vector<RedisValue>& parts = attempt->value.value.elements;
      out = parts.at(0).text + "," + parts.at(1).text;
    } else {
      out = attempt.error().failure.code;
    }
  }

  OneServer redis_;
  tests::FakeEnvironment fake_;
  Environment environment_ = fake_.with(redis_);
  RedisConfig config_;
  std::string sha1_ = fakes::redis::sha1_hex(kText);
  Script script_{"pair", kText, sha1_.c_str()};
  RedisSession session_{environment_, config_};
};

TEST_F(RedisSessionTest, sends_the_text_once_and_then_the_digest) {
  EXPECT_EQ(run("a"), "key,a");
  EXPECT_EQ(run("b"), "key,b");
  EXPECT_EQ(run("c"), "key,c");
  EXPECT_THAT(redis_.words, ElementsAre("EVAL", "EVALSHA", "EVALSHA"));
}

TEST_F(RedisSessionTest, sends_the_text_again_when_the_server_has_forgotten_it) {
  EXPECT_EQ(run("a"), "key,a");
  redis_.server.flush_scripts();
  EXPECT_EQ(run("b"), "key,b");
  EXPECT_EQ(run("c"), "key,c");
  EXPECT_THAT(redis_.words, ElementsAre("EVAL", "EVALSHA", "EVAL", "EVALSHA"));
}

TEST_F(RedisSessionTest, sends_the_text_on_each_new_connection) {
  EXPECT_EQ(run("a"), "key,a");
  redis_.is_cut = true;
  EXPECT_EQ(run("b"), "ECONNRESET");
  EXPECT_EQ(run("c"), "key,c");
  EXPECT_THAT(redis_.words, ElementsAre("EVAL", "EVALSHA", "EVAL"));
}

TEST_F(RedisSessionTest, an_attempt_to_connect_goes_on_when_who_began_it_is_cancelled) {
  redis_.clock = &fake_.clock;
  redis_.connecting_takes = 1s;
  std::vector<std::string> answers(3);
  std::vector<boost::asio::cancellation_signal> signals(3);
  for (std::size_t i = 0; i < 3; ++i) {
    boost::asio::co_spawn(*fake_.context, run_once(session_, script_, std::to_string(i), answers[i]),
                          boost::asio::bind_cancellation_slot(signals[i].slot(), boost::asio::detached));
    fake_.clock.settle();
    if (i < 2) signals[i].emit(boost::asio::cancellation_type::terminal);
    fake_.clock.settle();
  }
  fake_.clock.advance(1s);
  EXPECT_EQ(run("a"), "key,a");
  EXPECT_THAT(answers, ElementsAre("no answer", "no answer", "key,2"));
  EXPECT_EQ(redis_.connections, 1);
}

TEST_F(RedisSessionTest, an_attempt_to_connect_ends_with_its_session) {
  redis_.clock = &fake_.clock;
  redis_.connecting_takes = 1s;
  auto session = std::make_unique<RedisSession>(environment_, config_);
  std::string answer;
  boost::asio::cancellation_signal signal;
  boost::asio::co_spawn(*fake_.context, run_once(*session, script_, "a", answer),
                        boost::asio::bind_cancellation_slot(signal.slot(), boost::asio::detached));
  fake_.clock.settle();
  signal.emit(boost::asio::cancellation_type::terminal);
  fake_.clock.settle();
  session.reset();
  fake_.clock.settle();
  EXPECT_EQ(fake_.clock.waiting(), 0U);
  fake_.clock.advance(1s);
  EXPECT_THAT(redis_.words, testing::IsEmpty());
}

TEST_F(RedisSessionTest, calls_that_are_joined_have_answers_and_failures_of_their_own) {
  constexpr const char* kEach =
      "local answer = {} for i = 2, #ARGV do answer[i - 1] = ARGV[1] .. ARGV[i] end return answer";
  const std::string sha1 = fakes::redis::sha1_hex(kEach);
  const Script each{"each", kEach, sha1.c_str()};
  RedisSession session(environment_, config_);
  JoinedScript joined(environment_, session, each, "key", "to ", {});
  std::vector<std::string> answers(5);
  const auto call = [&](std::size_t number) {
    boost::asio::co_spawn(
        *fake_.context,
        [](JoinedScript& script, std::string name, std::string& out) -> boost::asio::awaitable<void> {
          std::vector<std::string> arguments;
          arguments.push_back(std::move(name));
          const RedisAttempt attempt = co_await script.run(std::move(arguments));
          out = attempt ? attempt->value.value.text : attempt.error().failure.code;
        }(joined, std::to_string(number), answers[number]),
        boost::asio::detached);
  };
  for (const std::size_t number : {0U, 1U, 2U}) call(number);
  fake_.clock.settle();
  EXPECT_THAT(redis_.words, ElementsAre("EVAL"));
  EXPECT_THAT(answers, ElementsAre("to 0", "to 1", "to 2", "", ""));
  redis_.is_cut = true;
  for (const std::size_t number : {3U, 4U}) call(number);
  fake_.clock.settle();
  EXPECT_THAT(redis_.words, ElementsAre("EVAL", "EVALSHA"));
  EXPECT_THAT(answers, ElementsAre("to 0", "to 1", "to 2", "ECONNRESET", "ECONNRESET"));
}

TEST_F(RedisSessionTest, five_hundred_calls_are_joined_at_most) {
  constexpr const char* kCount = "local answer = {} for i = 2, #ARGV do answer[i - 1] = #ARGV - 1 end return answer";
  const std::string sha1 = fakes::redis::sha1_hex(kCount);
  const Script count{"count", kCount, sha1.c_str()};
  RedisSession session(environment_, config_);
  JoinedScript joined(environment_, session, count, "key", "", {});
  std::map<std::int64_t, int> answers;  // How many calls were told of so many that came together.
  for (int i = 0; i < 1'001; ++i) {
    boost::asio::co_spawn(
        *fake_.context,
        [](JoinedScript& script, std::map<std::int64_t, int>& out) -> boost::asio::awaitable<void> {
          std::vector<std::string> arguments(1, "x");
          const RedisAttempt attempt = co_await script.run(std::move(arguments));
          if (attempt) ++out[attempt->value.value.integer];
        }(joined, answers),
        boost::asio::detached);
  }
  fake_.clock.settle();
  EXPECT_THAT(answers, ElementsAre(testing::Pair(1, 1), testing::Pair(500, 1'000)));
}

TEST_F(RedisSessionTest, error_replies_are_tried_again_on_a_new_connection_where_this_one_will_not_do) {
  const struct {
    const char* reply;
    const char* code;
    FailureKind kind;
    bool reconnects;
  } rows[] = {
      {"LOADING Redis is loading the dataset in memory", "LOADING", FailureKind::Unavailable, false},
      {"BUSY Redis is busy running a script.", "BUSY", FailureKind::Unavailable, false},
      {"OOM command not allowed when used memory > 'maxmemory'.", "OOM", FailureKind::Unavailable, false},
      {"MISCONF Redis is configured to save RDB snapshots", "MISCONF", FailureKind::Unavailable, false},
      {"NOREPLICAS Not enough good replicas to write.", "NOREPLICAS", FailureKind::Unavailable, false},
      {"TRYAGAIN Multiple keys request during rehashing of slot", "TRYAGAIN", FailureKind::Unavailable, false},
      {"ASK 3999 127.0.0.1:6381", "ASK", FailureKind::Unavailable, false},
      {"NOPERM this user has no permissions", "NOPERM", FailureKind::Unauthorized, false},
      {"WRONGTYPE Operation against a key", "WRONGTYPE", FailureKind::ServerError, false},
      {"ERR unknown command 'x'", "ERR", FailureKind::ServerError, false},
      {"READONLY You can't write against a read only replica.", "READONLY", FailureKind::Unavailable, true},
      {"MASTERDOWN Link with MASTER is down", "MASTERDOWN", FailureKind::Unavailable, true},
      {"MOVED 3999 127.0.0.1:6381", "MOVED", FailureKind::Unavailable, true},
      {"CLUSTERDOWN The cluster is down", "CLUSTERDOWN", FailureKind::Unavailable, true},
      {"NOAUTH Authentication required.", "NOAUTH", FailureKind::Unauthorized, true},
      // What is not a code is not passed on.
      {"user_script:1: secret", "ERR", FailureKind::ServerError, false},
      {"", "ERR", FailureKind::ServerError, false},
      {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "ERR", FailureKind::ServerError, false},
  };
  EXPECT_EQ(run("a"), "key,a");
  for (const auto& row : rows) {
    const Failure failure = classify_error_reply(row.reply);
    EXPECT_EQ(failure.code, row.code);
    EXPECT_EQ(failure.kind, row.kind) << row.reply;
    EXPECT_TRUE(failure.retryable()) << row.reply;
    EXPECT_EQ(failure.effect, Effect::None) << row.reply;
    const int before = redis_.connections;
    redis_.error = row.reply;
    // An empty text would be taken for none.
    if (redis_.error.empty()) continue;
    EXPECT_EQ(run("b"), row.code);
    EXPECT_EQ(run("c"), "key,c");
    EXPECT_EQ(redis_.connections - before, row.reconnects ? 1 : 0) << row.reply;
  }
}

TEST(QueueScripts, have_the_digests_of_their_texts) {
  for (const Script& script : {kScript_enqueue, kScript_claim, kScript_renew, kScript_complete, kScript_requeue,
                               kScript_fail, kScript_recover, kScript_journal}) {
    EXPECT_EQ(script.sha1, fakes::redis::sha1_hex(script.text)) << script.name;
  }
}

}  // namespace
}  // namespace core
