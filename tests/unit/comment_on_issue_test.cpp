#include "core/tools/comment_on_issue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/json/parse.hpp>
#include <exception>
#include <optional>
#include <variant>

#include "tests/support/fake_environment.h"

namespace core {
namespace {

std::optional<std::string> refusal(const char* arguments) {
  const JobSpec spec{"octo/hello", 7, 1, "Say hi"};
  return refuse_comment(boost::json::parse(arguments).as_object(), spec);
}

TEST(RefuseComment, lets_through_what_stays_within_the_job) {
  for (const char* arguments :
       {R"({"body": "hi"})", R"({"body": "hi", "repo": "octo/hello", "issue": 7})",
        R"({"body": "hi", "owner": "octo", "repo": "hello", "issue_number": 7})", R"({"body": "hi", "issue": "7"})"}) {
    EXPECT_EQ(refusal(arguments), std::nullopt) << arguments;
  }
}

TEST(RefuseComment, refuses_every_way_of_asking_for_another_place) {
  for (const char* arguments :
       {R"({"body": "hi", "repo": "octo/other"})", R"({"body": "hi", "repo": "evil/hello"})",
        R"({"body": "hi", "repository": "octo/other"})", R"({"body": "hi", "owner": "evil"})",
        R"({"body": "hi", "owner": "evil", "repo": "hello"})", R"({"body": "hi", "issue": 8})",
        R"({"body": "hi", "issue_number": 8})", R"({"body": "hi", "issue": "8"})", R"({"body": "hi", "issue": 7.0})",
        R"({"body": "hi", "issue": null})", R"({"body": "hi", "repo": ["octo/hello"]})",
        R"({"body": "hi", "url": "https://api.github.com/repos/evil/x"})", R"({"body": "hi", "Issue": 8})"}) {
    EXPECT_NE(refusal(arguments), std::nullopt) << arguments;
  }
}

TEST(RefuseComment, wants_a_body_that_is_a_text_of_a_sensible_length) {
  EXPECT_NE(refusal("{}"), std::nullopt);
  EXPECT_NE(refusal(R"({"body": ""})"), std::nullopt);
  EXPECT_NE(refusal(R"({"body": 1})"), std::nullopt);
  EXPECT_NE(refusal(R"({"issue": 7})"), std::nullopt);
  const std::string longest = R"({"body": ")" + std::string(60'000, 'x') + R"("})";
  const std::string too_long = R"({"body": ")" + std::string(60'001, 'x') + R"("})";
  EXPECT_EQ(refusal(longest.c_str()), std::nullopt);
  EXPECT_NE(refusal(too_long.c_str()), std::nullopt);
}

TEST(IdempotencyKey, differs_by_job_tool_and_ordinal_and_cannot_be_confused) {
  const std::string key = idempotency_key("a:b", "c", 1);
  EXPECT_EQ(key.size(), 32u);
  EXPECT_EQ(key, idempotency_key("a:b", "c", 1));
  EXPECT_NE(key, idempotency_key("a:b", "c", 2));
  EXPECT_NE(key, idempotency_key("a", "b:c", 1));
  EXPECT_NE(key, idempotency_key("a:b", "d", 1));
}

TEST(CommentMarker, is_an_html_comment_whatever_the_job_is_called) {
  const std::string marker = comment_marker(idempotency_key("-->\n<script>", "comment_on_issue", 1));
  EXPECT_TRUE(marker.starts_with("<!-- rehearse:"));
  EXPECT_EQ(marker.find("-->"), marker.size() - 3);
}

TEST(CommentOnIssue, whose_journal_cannot_be_read_posts_nothing_and_says_that_nobody_knows) {
  for (const char* journal : {"", "garbage", "[1]", "{\"state\":"}) {
    tests::FakeEnvironment fake;
    const Config config;
    TokenCache tokens(fake.environment, config.github);
    CommentsClient comments(fake.environment, config.github);
    CommentOnIssue tool(fake.environment, config, tokens, comments);
    Queue queue(fake.environment, config.redis);
    JobRun run{{.id = "a", .payload = {}, .journal = {{"comment_on_issue#1", journal}}, .claimed_at = {}},
               {"octo/hello", 7, 1, "Say hi"},
               "token",
               Random(1),
               queue};
    const ToolCall call{.id = "1", .name = "comment_on_issue", .arguments = {{"body", "hi"}}};
    std::optional<ToolResult> result;
    boost::asio::co_spawn(*fake.context, tool.call(run, call, 1),
                          [&result](const std::exception_ptr& error, ToolResult ended) {
                            if (!error) result = std::move(ended);
                          });
    fake.clock.settle();
    ASSERT_TRUE(result) << journal;
    const auto* gave_up = std::get_if<GaveUp>(&*result);
    ASSERT_NE(gave_up, nullptr) << journal;
    EXPECT_EQ(gave_up->reason, GiveUpReason::OutcomeUnknown) << journal;
    EXPECT_TRUE(fake.http.requests.empty()) << journal;
  }
}

/// Answers commands with numbers, one after the other, and keeps what they were.
class NumberingRedis final : public Redis {
 public:
  boost::asio::awaitable<boost::system::result<std::unique_ptr<RedisConnection>, RedisError>> connect(
      SteadyTime) override {
    struct Connection final : RedisConnection {
      explicit Connection(NumberingRedis& of_redis) : redis(of_redis) {}
      boost::asio::awaitable<RedisResult> execute(const RedisCommand& command, SteadyTime) override {
        redis.commands.push_back(command);
        co_return RedisValue::integer_of(redis.answers.at(redis.commands.size() - 1));
      }
      boost::asio::awaitable<RedisResult> next_push() override { co_return RedisError::Lost; }
      NumberingRedis& redis;
    };
    co_return std::make_unique<Connection>(*this);
  }

  std::vector<std::int64_t> answers;
  std::vector<RedisCommand> commands;
};

/// A call of the tool whose journal Redis answers with these numbers.
struct JournalledCall {
  explicit JournalledCall(std::vector<std::int64_t> answers) {
    redis.answers = std::move(answers);
    fake.http.replies.push_back({HttpResponse{201, {}, R"({"token":"t","expires_at":"2026-01-01T01:00:00Z"})"}});
    fake.http.replies.push_back({HttpResponse{201, {}, R"({"id":1,"html_url":"https://github.com/x","body":"hi"})"}});
    const ToolCall call{.id = "1", .name = "comment_on_issue", .arguments = {{"body", "hi"}}};
    boost::asio::co_spawn(*fake.context, tool.call(run, call, 1),
                          [this](const std::exception_ptr& error, ToolResult ended) {
                            if (!error) result = std::move(ended);
                          });
    fake.clock.advance(std::chrono::seconds(1));
  }

  tests::FakeEnvironment fake;
  NumberingRedis redis;
  const Environment environment{.runner = "runner-1",
                                .executor = fake.environment.executor,
                                .clock = fake.environment.clock,
                                .random = Random(1),
                                .http = fake.environment.http,
                                .redis = redis,
                                .signer = fake.environment.signer,
                                .events = fake.environment.events};
  const Config config;
  TokenCache tokens{environment, config.github};
  CommentsClient comments{environment, config.github};
  CommentOnIssue tool{environment, config, tokens, comments};
  Queue queue{environment, config.redis};
  JobRun run{{.id = "a"}, {"octo/hello", 7, 1, "Say hi"}, "token", Random(1), queue};
  std::optional<ToolResult> result;
};

TEST(CommentOnIssue, begins_nothing_where_the_journal_has_no_room) {
  const JournalledCall called({-1});
  ASSERT_TRUE(called.result);
  const auto* ends = std::get_if<EndsJob>(&*called.result);
  ASSERT_NE(ends, nullptr);
  EXPECT_EQ(ends->reason, JobFailReason::JournalFull);
  EXPECT_EQ(called.fake.http.requests.size(), 1U);  // For the token.
  EXPECT_FALSE(called.run.effect_in_doubt);
}

TEST(CommentOnIssue, journals_what_was_posted_whether_or_not_there_is_room) {
  const JournalledCall called({1, 1});
  ASSERT_TRUE(called.result);
  EXPECT_TRUE(std::holds_alternative<ToolAnswer>(*called.result));
  ASSERT_EQ(called.redis.commands.size(), 2U);
  // The entry that begins it comes with a number of bytes at most.
  EXPECT_EQ(called.redis.commands[0].back(), std::to_string(kMostJournalBytes));
  EXPECT_THAT(called.redis.commands[1].back(), testing::HasSubstr("\"state\":\"done\""));
}

}  // namespace
}  // namespace core
