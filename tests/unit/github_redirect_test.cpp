// Where GitHub's redirects lead, and that a request - its credential above all - goes nowhere else.
#include "core/github/redirect.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

#include "core/github/posts.h"
#include "tests/support/fake_environment.h"

namespace core {
namespace {
using namespace std::chrono_literals;

std::string target(std::string_view url, std::string_view location, int status = 301) {
  const HttpResponse answer{status, {{"Location", std::string(location)}}, {}};
  return redirect_target(url, answer).value_or("(none)");
}

TEST(RedirectTarget, is_the_location_on_the_same_server) {
  constexpr std::string_view kAsked = "https://api.github.com/repos/octo/hello/issues/1/comments?page=2";
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"https://api.github.com/repositories/42/issues/1/comments?per_page=100&page=2",
       "https://api.github.com/repositories/42/issues/1/comments?per_page=100&page=2"},
      {"HTTPS://API.GitHub.com/x", "https://api.github.com/x"},
      {"https://api.github.com:443/x", "https://api.github.com/x"},
      {"https://api.github.com", "https://api.github.com/"},
      {"https://api.github.com/x#fragment", "https://api.github.com/x"},
      {"/repositories/42", "https://api.github.com/repositories/42"},
      {"//api.github.com/x", "https://api.github.com/x"},
      {"comments?page=3", "https://api.github.com/repos/octo/hello/issues/1/comments?page=3"},
      {"../2/comments", "https://api.github.com/repos/octo/hello/issues/2/comments"},
      {"?page=3", "https://api.github.com/repos/octo/hello/issues/1/comments?page=3"},
      {" /x ", "https://api.github.com/x"}};
  for (const auto& [location, expected] : cases) EXPECT_EQ(target(kAsked, location), expected) << location;
  EXPECT_EQ(target("http://127.0.0.1:8080/api/v3/x", "/api/v3/y"), "http://127.0.0.1:8080/api/v3/y");
  EXPECT_EQ(target("http://[::1]:8080/x", "http://[::1]:8080/y"), "http://[::1]:8080/y");
  EXPECT_EQ(target("http://host/x", "http://host:80/y"), "http://host/y");
}

TEST(RedirectTarget, is_nowhere_else) {
  constexpr std::string_view kAsked = "https://api.github.com/repos/octo/hello";
  for (const std::string_view location :
       {"https://evil.example/x", "http://api.github.com/x", "https://api.github.com:444/x", "//evil.example/x",
        "https://api.github.com.evil.example/x", "https://api.github.com@evil.example/x", "https://me@api.github.com/x",
        "https://api.github.com:0443x/", "", " ", "https://", "ht tp://x", "https://api.github.com\\@evil.example/x",
        "ftp://api.github.com/x", "javascript:alert(1)", "/a b", "https://api.github.com/\xc3\xa4"}) {
    EXPECT_EQ(target(kAsked, location), "(none)") << location;
  }
  EXPECT_EQ(target(kAsked, "/" + std::string(9'000, 'x')), "(none)");
  EXPECT_EQ(redirect_target(kAsked, {301, {}, {}}), std::nullopt);
  EXPECT_EQ(target("no url", "/x"), "(none)");
}

TEST(RedirectTarget, keeps_the_method_only_where_the_status_lets_it) {
  for (const int status : {301, 302, 307, 308}) EXPECT_EQ(target("https://a/x", "/y", status), "https://a/y") << status;
  for (const int status : {200, 201, 300, 303, 304, 305, 401, 503}) {
    EXPECT_EQ(target("https://a/x", "/y", status), "(none)") << status;
  }
}

class Redirects : public testing::Test {
 protected:
  static tests::Reply to(std::string location, Duration latency = 1s, int status = 307) {
    return {HttpResponse{status, {{"location", std::move(location)}}, {}}, latency};
  }
  AttemptResult<Post> create() {
    std::optional<AttemptResult<Post>> result;
    boost::asio::co_spawn(*fake_.context, create_post(client_, attempt_, access_, request_),
                          [&result](std::exception_ptr, AttemptResult<Post> ended) { result = std::move(ended); });
    fake_.clock.advance(1min);
    return std::move(result).value();
  }

  tests::FakeEnvironment fake_;
  GitHubConfig config_;
  GitHubClient client_{fake_.environment, config_};
  const Attempt attempt_{.timeout = 10s};
  GitHubAccess access_{.repo = "octo/hello", .token = {"ghs_secret", SteadyTime{}}, .job = "job-1"};
  GitHubRequest request_{"POST", in_repository(access_.repo, "/issues/1/comments"), R"({"body":"Hi"})"};
  const tests::Reply made_{HttpResponse{201, {}, R"({"id":5,"html_url":"u"})"}, 1s};
};

TEST_F(Redirects, are_followed_with_the_same_method_body_and_credential) {
  fake_.http.replies = {to("https://api.github.com/repositories/42/issues/1/comments"), made_};
  ASSERT_TRUE(create());
  ASSERT_EQ(fake_.http.requests.size(), 2U);
  const HttpRequest& first = fake_.http.requests[0];
  const HttpRequest& second = fake_.http.requests[1];
  EXPECT_EQ(second.url, "https://api.github.com/repositories/42/issues/1/comments");
  EXPECT_EQ(second.method, "POST");
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(second.headers, first.headers);
}

TEST_F(Redirects, are_followed_five_times_and_no_more) {
  for (int i = 0; i < 5; ++i) fake_.http.replies.push_back(to("/x"));
  fake_.http.replies.push_back(made_);
  EXPECT_TRUE(create());
  fake_.http.requests.clear();
  for (int i = 0; i < 6; ++i) fake_.http.replies.push_back(to("/x"));
  const auto given_up = create();
  ASSERT_FALSE(given_up);
  EXPECT_EQ(fake_.http.requests.size(), 6U);
  EXPECT_EQ(given_up.error().failure.kind, FailureKind::Redirected);
  EXPECT_FALSE(given_up.error().failure.retryable());
  EXPECT_EQ(given_up.error().failure.effect, Effect::None);
}

TEST_F(Redirects, take_part_in_the_attempts_timeout) {
  fake_.http.replies = {to("/x", 6s), to("/y", 3s), {HttpResponse{201}, 1s}};
  const auto failed = create();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().failure.kind, FailureKind::Timeout) << "ten seconds for all of them";
}

TEST_F(Redirects, elsewhere_and_by_303_are_final) {
  fake_.http.replies = {to("https://evil.example/x")};
  EXPECT_EQ(create().error().failure.kind, FailureKind::Redirected);
  fake_.http.replies = {to("/x", 1s, 303)};
  const auto other = create();
  EXPECT_EQ(other.error().failure.kind, FailureKind::Redirected);
  EXPECT_EQ(other.error().failure.effect, Effect::Unknown);
  for (const HttpRequest& request : fake_.http.requests) {
    EXPECT_TRUE(request.url.starts_with("https://api.github.com/repos/")) << request.url;
  }
}

TEST_F(Redirects, of_a_token_that_is_new_say_nothing_of_it_but_a_refusal_does) {
  fake_.http.replies = {to("/x"), {HttpResponse{401}, 1s}};
  EXPECT_EQ(create().error().failure.settling, 8s) << "two seconds old when the answer came";
}

}  // namespace
}  // namespace core
