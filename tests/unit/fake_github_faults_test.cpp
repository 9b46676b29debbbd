#include <set>

#include "tests/unit/http_fakes.h"

namespace fakes {
namespace {
using namespace std::chrono_literals;

class FakeGitHubFaults : public ::testing::Test {
 protected:
  /// A GitHub with one rule; the token is minted past any rule that is not on `token`.
  GitHub& with(HttpRule one) {
    rules_ = {std::move(one)};
    github_.emplace(GitHubOptions{}, rules_, core::Random(1));
    return *github_;
  }
  std::string mint(core::Duration time = 0s) {
    return text_at(json_of(response_of(github_->handle(token_request(good_jwt(at(time))), at(time)))), "/token");
  }
  Answer create(const std::string& token, core::Duration time = 0s, std::string job = "job-1") {
    return github_->handle(github_request("POST", kPath, token, R"({"body":"hi"})", std::move(job)), at(time));
  }
  std::uint64_t comments() const { return github_->comments("octo/hello#7"); }

  static constexpr const char* kPath = "/repos/octo/hello/issues/7/comments";
  std::vector<HttpRule> rules_;
  std::optional<GitHub> github_;
};

TEST_F(FakeGitHubFaults, a_status_has_githubs_own_body_and_nothing_is_done) {
  const std::pair<int, std::string_view> rows[] = {
      {401, "Bad credentials"}, {403, "Resource not accessible by integration"},
      {404, "Not Found"},       {422, "Validation Failed"},
      {500, "Server Error"},    {503, "Service Unavailable"}};
  for (const auto& [status, message] : rows) {
    with(rule(DoStatus{.status = status}, "comments.create"));
    const auto response = response_of(create(mint()));
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(text_at(json_of(response), "/message"), message);
    EXPECT_NE(text_at(json_of(response), "/documentation_url"), "(absent)");
    EXPECT_NE(header(response, "date"), "(none)");
    EXPECT_EQ(comments(), 0U);
  }
}

TEST_F(FakeGitHubFaults, a_plain_403_or_429_bears_no_sign_of_a_rate_limit_but_its_status) {
  for (const int status : {403, 429}) {
    with(rule(DoStatus{.status = status}, "comments.create"));
    const auto response = response_of(create(mint()));
    EXPECT_EQ(header(response, "retry-after"), "(none)");
    EXPECT_EQ(header(response, "x-ratelimit-remaining"), "(none)");
    EXPECT_EQ(response.body.find("secondary"), std::string::npos);
  }
}

TEST_F(FakeGitHubFaults, what_is_done_and_what_arrives) {
  struct Row {
    HttpAction action;
    std::uint64_t comments;
    std::size_t delivery;
  };
  constexpr std::size_t kRespond = 0, kFlood = 1, kNever = 2, kRefused = 3, kReset = 4;
  const Row rows[] = {{std::monostate{}, 1, kRespond},
                      {DoStatus{.status = 500}, 0, kRespond},
                      {DoTimeout{}, 0, kNever},
                      {DoRefuse{}, 0, kRefused},
                      {DoReset{ResetWhen::Before}, 0, kReset},
                      {DoReset{ResetWhen::After}, 1, kReset},
                      {DoTruncate{500'000}, 1, kRespond},
                      {DoTruncate{0}, 1, kRespond},
                      {DoGarbage{}, 0, kRespond},
                      {DoFlood{DoFlood::Part::Body, 1}, 0, kFlood},
                      {DoRateLimit{0, 1min}, 0, kRespond},
                      {DoRateLimit{1, 1min}, 1, kRespond}};
  for (const Row& row : rows) {
    with(rule(row.action, "comments.create"));
    const Answer answer = create(mint());
    EXPECT_EQ(answer.delivery.index(), row.delivery) << row.action.index();
    EXPECT_EQ(comments(), row.comments) << row.action.index();
  }
}

TEST_F(FakeGitHubFaults, effects_happen_when_the_request_arrives_whatever_the_latency) {
  HttpRule slow = rule(std::monostate{}, "comments.create");
  slow.latency = core::Duration(1h);
  with(slow);
  EXPECT_EQ(create(mint()).latency, 1h);
  EXPECT_EQ(comments(), 1U);
}

TEST_F(FakeGitHubFaults, a_token_whose_answer_was_lost_is_a_token_all_the_same) {
  with(rule(DoTruncate{500'000}, "token"));
  const auto answer = github_->handle(token_request(good_jwt(at(0s))), at(0s));
  EXPECT_EQ(response_of(create(text_at(json_of(response_of(answer)), "/token"))).status, 201);
}

TEST_F(FakeGitHubFaults, garbage_is_no_token_no_comment_and_no_list) {
  for (const std::string operation : {"token", "comments.create", "comments.list"}) {
    with(rule(DoGarbage{}, operation));
    std::set<std::string> kinds;
    for (int i = 0; i < 6; ++i) {
      core::HttpRequest request = token_request(good_jwt(at(0s)));
      if (operation != "token") {
        request = github_request(operation == "comments.list" ? "GET" : "POST", kPath, mint(), R"({"body":"hi"})");
      }
      const auto response = response_of(github_->handle(request, at(0s)));
      EXPECT_EQ(response.status, 200);
      boost::system::error_code error;
      const auto json = boost::json::parse(response.body, error);
      if (!error) {
        EXPECT_FALSE(json.is_array());
        EXPECT_TRUE(!json.is_object() || !json.as_object().contains("token") || !json.at("token").is_string());
        EXPECT_TRUE(!json.is_object() || !json.as_object().contains("id") || !json.at("id").is_int64());
      }
      kinds.insert(response.body);
    }
    EXPECT_EQ(kinds.size(), 6U);
  }
}

TEST_F(FakeGitHubFaults, the_primary_limit_says_when_it_resets_in_epoch_seconds) {
  with(rule(DoRateLimit{2, 1min, GitHubLimit::Primary}, "comments.create"));
  const std::string token = mint();
  auto response = response_of(create(token, 500ms));
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(header(response, "x-ratelimit-limit"), "2");
  EXPECT_EQ(header(response, "x-ratelimit-remaining"), "1");
  EXPECT_EQ(header(response, "x-ratelimit-used"), "1");
  EXPECT_EQ(header(response, "x-ratelimit-reset"), "1767225661") << "T=60.5s, rounded up";
  EXPECT_EQ(header(response_of(create(token, 1s)), "x-ratelimit-remaining"), "0");
  response = response_of(create(token, 30s));
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(text_at(json_of(response), "/message"), "API rate limit exceeded for installation ID 1.");
  EXPECT_EQ(header(response, "x-ratelimit-remaining"), "0");
  EXPECT_EQ(header(response, "x-ratelimit-reset"), "1767225661");
  EXPECT_EQ(header(response, "retry-after"), "(none)");
  EXPECT_EQ(comments(), 2U);
  EXPECT_EQ(response_of(create(mint(30s), 30s)).status, 201) << "another credential";
  EXPECT_EQ(response_of(create(token, 60s + 500ms)).status, 201);
}

TEST_F(FakeGitHubFaults, a_limit_of_an_installation_counts_all_of_its_tokens) {
  with(rule(DoRateLimit{2, 1min, GitHubLimit::Secondary, LimitOf::Installation}, "comments.create"));
  const std::string one = mint(), other = mint();
  EXPECT_EQ(response_of(create(one)).status, 201);
  EXPECT_EQ(response_of(create(other)).status, 201);
  EXPECT_EQ(response_of(create(one)).status, 403);
  core::HttpRequest of_another = token_request(good_jwt(at(0s)));
  of_another.url = "https://api.github.com/app/installations/2/access_tokens";
  const std::string token = text_at(json_of(response_of(github_->handle(of_another, at(0s)))), "/token");
  EXPECT_EQ(response_of(create(token)).status, 201) << "another installation";
  EXPECT_EQ(response_of(create("no-token")).status, 401);
}

TEST_F(FakeGitHubFaults, a_jump_of_the_wall_clock_moves_the_reset_and_not_the_window) {
  with(rule(DoRateLimit{1, 1min, GitHubLimit::Primary}, "comments.create"));
  const std::string token = mint();
  create(token, 0s);
  Now shifted = at(30s);
  shifted.wall += 10min;
  const auto response = response_of(github_->handle(github_request("POST", kPath, token, R"({"body":"hi"})"), shifted));
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(header(response, "x-ratelimit-reset"), "1767226260") << "30 s after the shifted clock's now";
}

TEST_F(FakeGitHubFaults, the_secondary_limit_is_named_in_the_message_and_says_how_long) {
  with(rule(DoRateLimit{1, 1min, GitHubLimit::Secondary}, "comments.create"));
  const std::string token = mint();
  auto response = response_of(create(token, 0s));
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(header(response, "x-ratelimit-remaining"), "4999") << "a secondary limit does not show in headers";
  response = response_of(create(token, 10500ms));
  EXPECT_EQ(response.status, 403);
  EXPECT_NE(text_at(json_of(response), "/message").find("secondary rate limit"), std::string::npos);
  EXPECT_EQ(header(response, "retry-after"), "50");
  EXPECT_EQ(header(response_of(create(token, 60s - 1ns)), "retry-after"), "1");
  EXPECT_EQ(response_of(create(token, 60s)).status, 201);
}

TEST_F(FakeGitHubFaults, the_rate_limit_endpoint_is_free_of_limits) {
  with(rule(DoRateLimit{1, 1min}));
  const std::string token = mint();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(response_of(github_->handle(github_request("GET", "/rate_limit", token), at(0s))).status, 200);
  }
}

TEST_F(FakeGitHubFaults, the_published_limit_never_shows_an_end) {
  with(rule(std::monostate{}));
  const std::string token = mint();
  core::HttpResponse response;
  for (int i = 0; i < 5100; ++i) {
    response = response_of(github_->handle(github_request("GET", "/repos/o/r/issues/1", token), at(0s)));
  }
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(header(response, "x-ratelimit-remaining"), "1");
}

TEST_F(FakeGitHubFaults, rules_are_on_operations) {
  const auto request_for = [](std::string_view operation) {
    if (operation == "token") return token_request(good_jwt(at(0s)));
    if (operation == "comments.create") return github_request("POST", kPath, "t");
    if (operation == "comments.list") return github_request("GET", std::string(kPath) + "?page=2", "t");
    if (operation == "comments.get") return github_request("GET", "/repos/o/r/issues/comments/1", "t");
    if (operation == "issues.get") return github_request("GET", "/repos/o/r/issues/1", "t");
    if (operation == "rate_limit") return github_request("GET", "/rate_limit", "t");
    if (operation == "app.get") return github_request("GET", "/app", "t");
    return github_request("GET", "/elsewhere", "t");
  };
  const std::string_view operations[] = {"token",      "comments.create", "comments.list", "comments.get",
                                         "issues.get", "rate_limit",      "app.get",       "other"};
  for (const auto on : operations) {
    for (const auto asked : operations) {
      GitHub& github = with(rule(DoStatus{.status = 599}, std::string(on)));
      EXPECT_EQ(response_of(github.handle(request_for(asked), at(0s))).status == 599, on == asked) << on << asked;
    }
  }
}

TEST_F(FakeGitHubFaults, rules_see_the_job_that_the_request_itself_names) {
  HttpRule for_job = rule(DoStatus{.status = 500}, "comments.create");
  for_job.job = "job-2";
  with(for_job);
  const std::string token = mint();
  EXPECT_EQ(response_of(create(token, 0s, "job-1")).status, 201);
  EXPECT_EQ(response_of(create(token, 0s, "job-2")).status, 500);
}

TEST_F(FakeGitHubFaults, the_same_seed_gives_the_same_answers_and_another_seed_other_tokens) {
  with(rule(std::monostate{}));
  const auto run = [this](std::uint64_t seed) {
    GitHub github({}, rules_, core::Random(seed));
    return response_of(github.handle(token_request(good_jwt(at(0s))), at(0s))).body;
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

}  // namespace
}  // namespace fakes
