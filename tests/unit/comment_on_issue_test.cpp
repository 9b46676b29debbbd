#include "core/tools/comment_on_issue.h"

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

}  // namespace
}  // namespace core
