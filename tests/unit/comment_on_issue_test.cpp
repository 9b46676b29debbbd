#include "core/tools/all_tools.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/json/parse.hpp>
#include <exception>
#include <optional>
#include <variant>

#include "core/tools/arguments.h"
#include "core/tools/idempotency_key.h"
#include "tests/support/fake_environment.h"

namespace core {
namespace {

std::optional<std::string> refusal(const char* arguments) {
  const JobSpec spec{"octo/hello", 7, 1, "Say hi"};
  return refuse_arguments(tools::comment_on_issue().spec, boost::json::parse(arguments).as_object(), spec);
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

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";

TEST(IdempotencyKey, differs_by_secret_job_tool_and_ordinal_and_cannot_be_confused) {
  const std::string key = idempotency_key(kSecret, "a:b", "c", 1);
  // printf '3:a:b:c:1' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef | cut -c-32
  EXPECT_EQ(key, "5bf72196854d7bbd284f9687218e6ce8");
  EXPECT_NE(key, idempotency_key(kSecret, "a:b", "c", 2));
  EXPECT_NE(key, idempotency_key(kSecret, "a", "b:c", 1));
  EXPECT_NE(key, idempotency_key(kSecret, "a:b", "d", 1));
  EXPECT_NE(key, idempotency_key("0123456789abcdef0123456789abcdee", "a:b", "c", 1));
}

TEST(CommentMarker, is_an_html_comment_whatever_the_job_is_called) {
  const std::string marker = marker_of(idempotency_key(kSecret, "-->\n<script>", "comment_on_issue", 1));
  EXPECT_TRUE(marker.starts_with("<!-- rehearse:"));
  EXPECT_EQ(marker.find("-->"), marker.size() - 3);
}

TEST(WithoutMarkers, leaves_nothing_that_begins_as_a_marker_does) {
  const std::pair<std::string_view, std::string_view> texts[] = {
      {"Hello.", "Hello."},
      {"<!-- rehearse:0123456789abcdef0123456789abcdef -->", ""},
      {"a <!-- rehearse:00ff --> b <!-- rehearse:00ff -->", "a  b "},
      {"<!-- rehearse:not hexadecimal -->", "not hexadecimal -->"},
      {"<!-- rehearse:00ff", "00ff"},
      {"<!-- reh<!-- rehearse:00ff -->earse:11ee --> c", " c"},
      {"<!-- reh<!-- rehearse:earse:11ee -->", ""},
      {"<!-- another: 1 --> <!--rehearse:1 -->", "<!-- another: 1 --> <!--rehearse:1 -->"}};
  for (const auto& [text, clean] : texts) EXPECT_EQ(without_markers(text), clean) << text;
  std::string nested;
  for (int i = 0; i < 4000; ++i) nested += "<!-- rehe";
  for (int i = 0; i < 4000; ++i) nested += "arse:";
  EXPECT_EQ(without_markers(nested), "");
}

TEST(WithoutMarkers, refuses_a_comment_that_is_nothing_else) {
  EXPECT_NE(refusal(R"({"body": "<!-- rehearse:00ff -->"})"), std::nullopt);
}

TEST(CommentOnIssue, whose_journal_cannot_be_read_posts_nothing_and_says_that_nobody_knows) {
  for (const char* journal : {"", "garbage", "[1]", "{\"state\":", R"(["started","key"])", R"(["ended","key","hi"])"}) {
    tests::FakeEnvironment fake;
    const Config config;
    TokenCache tokens(fake.environment, config.github);
    GitHubClient client(fake.environment, config.github);
    const auto tool = tools::comment_on_issue().make({fake.environment, config, tokens, client, {}});
    Queue queue(fake.environment, config.redis, config.jobs.lease);
    JobRun run{{.id = "a", .payload = {}, .journal = {{"comment_on_issue#1", journal}}, .claimed_at = {}},
               {"octo/hello", 7, 1, "Say hi"},
               "token",
               Random(1),
               queue};
    const ToolCall call{.id = "1", .name = "comment_on_issue", .arguments = {{"body", "hi"}}};
    std::optional<ToolResult> result;
    boost::asio::co_spawn(*fake.context, tool->call(run, call, 1),
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
        const std::size_t place = redis.commands.size() - 1;
        co_return RedisValue::integer_of(place < redis.answers.size() ? redis.answers[place] : 1);
      }
      boost::asio::awaitable<RedisResult> next_push() override { co_return RedisError::Lost; }
      NumberingRedis& redis;
    };
    co_return std::make_unique<Connection>(*this);
  }

  std::vector<std::int64_t> answers;  ///< After them: 1.
  std::vector<RedisCommand> commands;
};

/// A call of the tool whose journal Redis answers with these numbers, and has that entry already.
struct JournalledCall {
  explicit JournalledCall(std::vector<std::int64_t> answers, std::string entry = {}, std::string listed = {},
                          std::string app_slug = {}) {
    redis.answers = std::move(answers);
    config.github.app_id = "12345";
    config.github.app_slug = std::move(app_slug);
    if (!entry.empty()) run.claimed.journal.emplace("comment_on_issue#1", std::move(entry));
    fake.http.replies.push_back({HttpResponse{201, {}, R"({"token":"t","expires_at":"2026-01-01T01:00:00Z"})"}});
    if (!listed.empty()) fake.http.replies.push_back({HttpResponse{200, {}, std::move(listed)}});
    fake.http.replies.push_back({HttpResponse{201, {}, R"({"id":1,"html_url":"https://github.com/x","body":"hi"})"}});
    const ToolCall call{.id = "1", .name = "comment_on_issue", .arguments = {{"body", "hi"}}};
    boost::asio::co_spawn(*fake.context, tool->call(run, call, 1),
                          [this](const std::exception_ptr& error, ToolResult ended) {
                            if (!error) result = std::move(ended);
                          });
    fake.clock.advance(std::chrono::seconds(1));
  }

  std::size_t posted() const {
    return static_cast<std::size_t>(std::ranges::count(fake.http.requests, "POST", &HttpRequest::method)) - 1;
  }

  tests::FakeEnvironment fake;
  NumberingRedis redis;
  const Environment environment = fake.with(redis);
  Config config;
  TokenCache tokens{environment, config.github};
  GitHubClient client{environment, config.github};
  const std::unique_ptr<Tool> tool = tools::comment_on_issue().make({environment, config, tokens, client, {}});
  Queue queue{environment, config.redis, config.jobs.lease};
  JobRun run{{.id = "a", .secret = std::string(kSecret)}, {"octo/hello", 7, 1, "Say hi"}, "token", Random(1), queue};
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

std::string page_of(const std::string& body, std::string_view writer) {
  return R"([{"id":9,"html_url":"u","body":")" + body + "\"," + std::string(writer) + "}]";
}

constexpr std::string_view kByOwnApp = R"("performed_via_github_app":{"id":12345})";

TEST(CommentOnIssue, is_found_by_the_key_that_it_was_begun_with) {
  const std::string own = idempotency_key(kSecret, "a", "comment_on_issue", 1);
  const std::string older = older_idempotency_key("a", "comment_on_issue", 1);
  const std::string begun = R"(["started",")" + own + R"(","hi"])";
  const std::string begun_by_an_older_version = R"({"state":"started","body":"hi","answer":""})";
  EXPECT_EQ(JournalledCall({}, begun, page_of(marker_of(own), kByOwnApp)).posted(), 0U);
  EXPECT_EQ(JournalledCall({}, begun, page_of(marker_of(older), kByOwnApp)).posted(), 1U);
  EXPECT_EQ(JournalledCall({}, begun_by_an_older_version, page_of(marker_of(older), kByOwnApp)).posted(), 0U);
  EXPECT_EQ(JournalledCall({}, begun_by_an_older_version, page_of(marker_of(own), kByOwnApp)).posted(), 1U);
}

TEST(CommentOnIssue, that_was_begun_by_an_older_version_keeps_its_key) {
  const JournalledCall called({}, R"({"state":"started","body":"hi","answer":""})", "[]");
  ASSERT_EQ(called.posted(), 1U);
  const std::string older = older_idempotency_key("a", "comment_on_issue", 1);
  EXPECT_THAT(called.fake.http.requests.back().body, testing::HasSubstr(older));
  EXPECT_THAT(called.redis.commands.at(0).at(7), testing::HasSubstr(older)) << "what it was begun with";
}

TEST(CommentOnIssue, of_which_the_app_itself_wrote_the_comment_is_not_posted_again) {
  const std::string own = idempotency_key(kSecret, "a", "comment_on_issue", 1);
  const std::string begun = R"(["started",")" + own + R"(","hi"])";
  const auto posted = [&](std::string_view writer, const std::string& slug) {
    return JournalledCall({}, begun, page_of(marker_of(own), writer), slug).posted();
  };
  constexpr std::string_view kOwnBot = R"("user":{"login":"My-App[bot]","type":"Bot"})";
  constexpr std::string_view kPerson =
      R"("performed_via_github_app":null,"user":{"login":"my-app[bot]","type":"User"})";
  for (const std::string slug : {"", "my-app"}) {
    EXPECT_EQ(posted(kByOwnApp, slug), 0U);
    EXPECT_EQ(posted(kOwnBot, slug), 0U);
    EXPECT_EQ(posted(R"("performed_via_github_app":{"id":99},"user":{"login":"my-app[bot]","type":"Bot"})", slug), 1U);
    EXPECT_EQ(posted(kPerson, slug), 1U);
    EXPECT_EQ(posted(R"("performed_via_github_app":null)", slug), 1U);
    EXPECT_EQ(posted(R"("user":null)", slug), 1U);
  }
  // Without the slug any app's user may be this one's.
  EXPECT_EQ(posted(R"("user":{"login":"other[bot]","type":"Bot"})", ""), 0U);
  EXPECT_EQ(posted(R"("user":{"login":"other[bot]","type":"Bot"})", "my-app"), 1U);
}

TEST(CommentOnIssue, posts_a_models_text_without_markers) {
  JournalledCall called({});
  const ToolCall call{.id = "2",
                      .name = "comment_on_issue",
                      .arguments = {{"body", "two <!-- rehearse:0123456789abcdef0123456789abcdef -->"}}};
  called.fake.http.replies.push_back(
      {HttpResponse{201, {}, R"({"id":2,"html_url":"https://github.com/y","body":"two"})"}});
  boost::asio::co_spawn(*called.fake.context, called.tool->call(called.run, call, 2),
                        [](const std::exception_ptr&, ToolResult) {});
  called.fake.clock.advance(std::chrono::seconds(1));
  ASSERT_EQ(called.posted(), 2U);
  const std::string& sent = called.fake.http.requests.back().body;
  EXPECT_THAT(sent, testing::Not(testing::HasSubstr("0123456789abcdef0123456789abcdef")));
  EXPECT_THAT(sent, testing::HasSubstr(idempotency_key(kSecret, "a", "comment_on_issue", 2)));
}

}  // namespace
}  // namespace core
