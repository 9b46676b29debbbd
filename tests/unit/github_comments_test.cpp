#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/github/link_header.h"
#include "core/github/posts.h"
#include "core/http/percent.h"
#include "tests/support/fake_environment.h"

namespace core {
namespace {
using namespace std::chrono_literals;

class CommentsTest : public testing::Test {
 protected:
  template <class Value>
  AttemptResult<Value> finish(boost::asio::awaitable<AttemptResult<Value>> operation) {
    std::optional<AttemptResult<Value>> result;
    boost::asio::co_spawn(*fake_.context, std::move(operation),
                          [&result](std::exception_ptr, AttemptResult<Value> ended) { result = std::move(ended); });
    fake_.clock.advance(1h);
    return std::move(result).value();
  }
  AttemptResult<Post> create() { return finish(create_post(client_, attempt_, access_, request_)); }
  AttemptResult<PostPage> list(std::uint32_t page = 1) {
    return finish(list_posts(client_, attempt_, access_, path_, page));
  }

  tests::FakeEnvironment fake_;
  GitHubConfig config_;
  GitHubClient client_{fake_.environment, config_};
  Attempt attempt_{.timeout = std::chrono::seconds(10)};
  GitHubAccess access_{.repo = "octo-org/hello.world", .token = {"ghs_secret", SteadyTime{}}, .job = "job-1"};
  std::string body_ = "Hi \"there\"\n\u00e4";
  std::string path_ = in_repository(access_.repo, "/issues/7/comments");
  GitHubRequest request_{"POST", path_, boost::json::serialize(boost::json::object{{"body", body_}})};
};

TEST_F(CommentsTest, creates_as_github_documents) {
  fake_.http.replies = {{HttpResponse{201, {}, R"({"id":5,"html_url":"https://github.test/c/5","body":"Hi"})"}}};
  const auto created = create();
  ASSERT_TRUE(created);
  EXPECT_EQ(created->status, 201);
  EXPECT_EQ(created->value.id, 5U);
  EXPECT_EQ(created->value.url, "https://github.test/c/5");
  EXPECT_EQ(created->value.body, "Hi");
  const HttpRequest& request = fake_.http.requests.at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://api.github.com/repos/octo-org/hello.world/issues/7/comments");
  EXPECT_EQ(find_header(request.headers, "authorization"), "Bearer ghs_secret");
  EXPECT_EQ(find_header(request.headers, "user-agent"), "rehearse-runner/0.1.0");
  EXPECT_EQ(find_header(request.headers, "content-type"), "application/json");
  EXPECT_EQ(find_header(request.headers, kJobHeader), "job-1");
  EXPECT_EQ(find_header(request.headers, kRunnerHeader), "runner-1");
  const boost::json::value sent = boost::json::parse(request.body);
  EXPECT_EQ(sent.at("body").as_string(), body_);
  EXPECT_EQ(sent.as_object().size(), 1U);
}

struct Granted final : Permit {
  void check() override {}
  bool holds() const override { return true; }
};

TEST_F(CommentsTest, creates_only_while_the_caller_may) {
  fake_.http.replies = {{HttpResponse{201, {}, R"({"id":5,"html_url":"https://github.test/c/5","body":"Hi"})"}}};
  Granted granted;
  access_.permit = &granted;
  ASSERT_TRUE(create());
  EXPECT_EQ(fake_.http.requests.at(0).permit, &granted);
}

TEST_F(CommentsTest, lists_a_page_and_says_whether_there_is_another) {
  const std::string body = R"([
    {"id":1,"body":"a","html_url":"u","performed_via_github_app":null},
    {"id":18446744073709551615,"body":"","performed_via_github_app":{"id":12345,"client_id":"Iv1.x"}},
    {"id":3,"body":"c","performed_via_github_app":{"id":"12345"}}])";
  fake_.http.replies = {
      {HttpResponse{200, {{"Link", R"(<https://evil.test/?page=9>; rel="next", <x>; rel="last")"}}, body}},
      {HttpResponse{200, {{"Link", R"(<x>; rel="prev")"}}, "[]"}}};
  const auto first = list(1);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->status, 200);
  ASSERT_EQ(first->value.posts.size(), 3U);
  EXPECT_EQ(first->value.posts[0].body, "a");
  EXPECT_EQ(first->value.posts[0].app_id, std::nullopt);
  EXPECT_EQ(first->value.posts[1].id, UINT64_MAX);
  EXPECT_EQ(first->value.posts[1].app_id, "12345");
  EXPECT_EQ(first->value.posts[1].app_client_id, "Iv1.x");
  EXPECT_EQ(first->value.posts[2].app_id, std::nullopt);
  EXPECT_EQ(first->value.next_page, 2U);
  const auto second = list(2);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->value.next_page, std::nullopt);
  EXPECT_EQ(fake_.http.requests.at(0).url,
            "https://api.github.com/repos/octo-org/hello.world/issues/7/comments?per_page=100&page=1");
  EXPECT_EQ(fake_.http.requests.at(1).url,
            "https://api.github.com/repos/octo-org/hello.world/issues/7/comments?per_page=100&page=2");
}

TEST_F(CommentsTest, reads_a_page_whatever_else_is_in_it) {
  std::string numbers = "[0";
  for (int i = 0; i < 100'000; ++i) numbers += ",0";
  const std::string body = R"([{"reactions":)" + numbers + R"(],"id":1,"user":{"x":{"y":)" + numbers +
                           R"(]},"type":"Bot","login":"a[bot]"},"body":"c"}])";
  fake_.http.replies = {{HttpResponse{200, {}, body}}};
  const auto page = list();
  ASSERT_TRUE(page);
  ASSERT_EQ(page->value.posts.size(), 1U);
  EXPECT_EQ(page->value.posts.at(0).body, "c");
  EXPECT_EQ(page->value.posts.at(0).bot, "a[bot]");
}

// As with an answer that is no JSON, a runner must not go on as if nothing had been found.
TEST_F(CommentsTest, refuses_a_page_of_too_many_values) {
  std::string body = "[0";
  for (int i = 0; i < 100'000; ++i) body += ",0";
  fake_.http.replies = {{HttpResponse{200, {}, body + "]"}}};
  const auto page = list();
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().failure.kind, FailureKind::Malformed);
  EXPECT_EQ(page.error().failure.message, "the answer is no JSON array: it holds too many values for its length");
}

TEST_F(CommentsTest, takes_only_the_answers_that_were_asked_for) {
  const std::pair<int, std::string_view> not_created[] = {{200, R"({"id":5,"html_url":"u"})"},
                                                          {201, ""},
                                                          {201, "[]"},
                                                          {201, R"({"id":5})"},
                                                          {201, R"({"html_url":"u"})"},
                                                          {201, R"({"id":"5","html_url":"u"})"},
                                                          {201, R"({"id":5.0,"html_url":"u"})"},
                                                          {201, R"({"id":-5,"html_url":"u"})"},
                                                          {201, R"({"id":0,"html_url":"u"})"},
                                                          {201, R"({"id":1e999,"html_url":"u"})"},
                                                          {201, R"({"id":5,"html_url":""})"},
                                                          {201, R"({"id":5,"html_url":"u"}x)"},
                                                          {204, ""}};
  for (const auto& [status, body] : not_created) {
    fake_.http.replies = {{HttpResponse{status, {}, std::string(body)}}};
    const auto created = create();
    ASSERT_FALSE(created) << body;
    EXPECT_EQ(created.error().failure.kind, FailureKind::Malformed) << body;
    EXPECT_EQ(created.error().failure.effect, Effect::Unknown) << body;
  }
  const std::pair<int, std::string_view> not_listed[] = {{201, "[]"},
                                                         {200, ""},
                                                         {200, "{}"},
                                                         {200, "null"},
                                                         {200, "[null]"},
                                                         {200, R"([{"id":1}])"},
                                                         {200, R"([{"body":"a"}])"},
                                                         {200, R"([{"id":1,"body":null}])"},
                                                         {200, R"([{"id":1,"body":"a"},[]])"}};
  for (const auto& [status, body] : not_listed) {
    fake_.http.replies = {{HttpResponse{status, {}, std::string(body)}}};
    const auto listed = list();
    ASSERT_FALSE(listed) << body;
    EXPECT_EQ(listed.error().failure.kind, FailureKind::Malformed) << body;
  }
}

TEST_F(CommentsTest, survives_an_answer_that_is_nested_without_end) {
  fake_.http.replies = {{HttpResponse{200, {}, std::string(1'000'000, '[')}}};
  EXPECT_FALSE(list());
}

TEST_F(CommentsTest, classifies_failures_as_githubs) {
  attempt_.timeout = 7s;
  fake_.http.replies = {{HttpResponse{403, {{"retry-after", "5"}}}}, {HttpResponse{422}}, {TransportError::Reset}};
  EXPECT_EQ(create().error().failure.kind, FailureKind::RateLimited);
  EXPECT_EQ(create().error().failure.kind, FailureKind::ClientError);
  EXPECT_EQ(create().error().failure.effect, Effect::Unknown);
  const auto start = fake_.clock.now();
  boost::asio::co_spawn(*fake_.context, list_posts(client_, attempt_, access_, path_, 1),
                        [this, start](std::exception_ptr, const AttemptResult<PostPage>& ended) {
                          EXPECT_EQ(ended.error().failure.kind, FailureKind::Timeout);
                          EXPECT_EQ(fake_.clock.now() - start, 7s);
                        });
  fake_.clock.advance(1h);
  config_.rate_limited_403 = RateLimited403::Fail;
  fake_.http.replies = {{HttpResponse{403, {{"retry-after", "5"}}}}};
  EXPECT_EQ(create().error().failure.kind, FailureKind::Forbidden);
}

TEST_F(CommentsTest, sends_nothing_for_what_is_no_repository) {
  for (const char* repo : {"", "octo", "octo/", "/hello", "octo/..", "octo/.", "../hello", "octo/hello/x", "octo/a?b",
                           "octo/a#b", "octo/a%2f", "oc to/a", "octo/a\r\n", "oct\xc3\xb6/a"}) {
    access_.repo = repo;
    const auto created = create();
    ASSERT_FALSE(created) << repo;
    EXPECT_FALSE(created.error().failure.retryable()) << repo;
    EXPECT_EQ(created.error().failure.effect, Effect::None) << repo;
    EXPECT_FALSE(list()) << repo;
  }
  EXPECT_TRUE(fake_.http.requests.empty());
}

TEST(LinkHeader, finds_a_next_page_in_whatever_form_it_is_named) {
  const std::pair<std::string_view, bool> cases[] = {
      {R"(<https://api.github.com/x?page=2>; rel="next", <https://api.github.com/x?page=5>; rel="last")", true},
      {R"(<https://api.github.com/x?page=1>; rel="prev", <https://api.github.com/x?page=3>; rel="next")", true},
      {R"(<x>; rel=next)", true},
      {R"(<x>;REL="NEXT")", true},
      {R"(<x>; title="a, b; c"; rel="next")", true},
      {R"(<x>; rel="last next")", true},
      {R"(<a,b;c>; rel = "next")", true},
      {R"(<x>; rel="prev")", false},
      {R"(<x>; rel="nextpage")", false},
      {R"(<x>; title="rel=next")", false},
      {R"(<x>; title="<y>; rel=next")", false},
      {R"(<x?rel="next">; rel="prev")", false},
      {R"(<x; rel="next")", false},
      {R"(rel="next")", false},
      {R"(<x>; rel)", false},
      {R"(<x>; rel=)", false},
      {R"(<x>; rel=")", false},
      {R"(<x>; title="\)", false},
      {"", false},
      {"<", false},
      {"<>;;;,,;", false}};
  for (const auto& [value, has_next] : cases) {
    EXPECT_EQ(has_next_page({{"Link", std::string(value)}}), has_next) << value;
  }
  EXPECT_TRUE(has_next_page({{"link", "<x>; rel=prev"}, {"LINK", "<y>; rel=next"}}));
  EXPECT_FALSE(has_next_page({{"X-Link", "<y>; rel=next"}}));
}

TEST(PercentEncode, leaves_only_unreserved_characters) {
  EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(percent_encode("a/b?c#d e%\r\n\xc3\xa4"), "a%2Fb%3Fc%23d%20e%25%0D%0A%C3%A4");
  EXPECT_EQ(percent_encode(std::string(1, '\0')), "%00");
}

}  // namespace
}  // namespace core
