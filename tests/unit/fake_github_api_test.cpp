#include "tests/unit/http_fakes.h"

namespace fakes {
namespace {
using namespace std::chrono_literals;

class FakeGitHub : public ::testing::Test {
 protected:
  core::HttpResponse ask(const core::HttpRequest& request, core::Duration time = 0s) {
    return response_of(github_.handle(request, at(time)));
  }
  std::string mint(core::Duration time = 0s) {
    return text_at(json_of(ask(token_request(good_jwt(at(time))), time)), "/token");
  }
  core::HttpResponse comment(std::string_view body, std::string path = "/repos/octo/hello/issues/7/comments") {
    return ask(github_request("POST", std::move(path), mint(), std::string(body)));
  }
  core::HttpResponse get(std::string path) { return ask(github_request("GET", std::move(path), mint())); }

  const std::vector<HttpRule> no_rules_;
  GitHub github_{GitHubOptions{}, no_rules_, core::Random(1)};
};

TEST_F(FakeGitHub, gives_installation_tokens_that_last_an_hour) {
  const auto response = ask(token_request(good_jwt(at(1500ms))), 1500ms);
  EXPECT_EQ(response.status, 201);
  const auto json = json_of(response);
  const std::string token = text_at(json, "/token");
  EXPECT_EQ(token.size(), 40U);
  EXPECT_TRUE(token.starts_with("ghs_"));
  EXPECT_EQ(text_at(json, "/expires_at"), "2026-01-01T01:00:01Z");
  EXPECT_EQ(text_at(json, "/permissions/issues"), "write");
  EXPECT_EQ(text_at(json, "/repository_selection"), "all");

  EXPECT_EQ(ask(github_request("GET", "/rate_limit", token), 1h + 1s - 1ns).status, 200);
  const auto expired = ask(github_request("GET", "/rate_limit", token), 1h + 1s);
  EXPECT_EQ(expired.status, 401);
  EXPECT_EQ(text_at(json_of(expired), "/message"), "Bad credentials");
  EXPECT_NE(mint(), mint()) << "each token is new";
}

TEST_F(FakeGitHub, a_jump_of_the_wall_clock_expires_tokens) {
  const std::string token = mint();
  Now now = at(1s);
  now.wall += 2h;
  EXPECT_EQ(response_of(github_.handle(github_request("GET", "/rate_limit", token), now)).status, 401);
}

TEST_F(FakeGitHub, a_body_of_a_token_request_must_be_an_object) {
  core::HttpRequest request = token_request(good_jwt(at(0s)));
  for (const auto& [body, status] : {std::pair("{\"permissions\":{}}", 201), {"{", 400}, {"[]", 400}}) {
    request.body = body;
    EXPECT_EQ(ask(request).status, status) << body;
  }
}

TEST_F(FakeGitHub, creates_comments_with_their_fields) {
  const auto response = comment(R"({"body":"Hi \"you\"\n"})");
  EXPECT_EQ(response.status, 201);
  const auto json = json_of(response);
  const std::string id = text_at(json, "/id");
  const std::string url = "https://api.github.com/repos/octo/hello/issues/comments/" + id;
  const std::pair<std::string_view, std::string> fields[] = {
      {"/url", url},
      {"/html_url", "https://github.com/octo/hello/issues/7#issuecomment-" + id},
      {"/issue_url", "https://api.github.com/repos/octo/hello/issues/7"},
      {"/body", "Hi \"you\"\n"},
      {"/created_at", "2026-01-01T00:00:00Z"},
      {"/updated_at", "2026-01-01T00:00:00Z"},
      {"/user/type", "Bot"},
      {"/author_association", "NONE"},
      {"/performed_via_github_app/id", "12345"},
      {"/performed_via_github_app/slug", "fake-app"}};
  for (const auto& [pointer, value] : fields) EXPECT_EQ(text_at(json, pointer), value) << pointer;
  EXPECT_NE(text_at(json, "/node_id"), "(absent)");
  EXPECT_EQ(header(response, "location"), url);
  EXPECT_EQ(github_.comments("octo/hello#7"), 1U);
  EXPECT_EQ(github_.comments("octo/hello#8"), 0U);
  EXPECT_EQ(json_of(get("/repos/octo/hello/issues/comments/" + id)), json);
  EXPECT_EQ(get("/repos/octo/other/issues/comments/" + id).status, 404);
  EXPECT_EQ(get("/repos/octo/hello/issues/comments/1").status, 404);
}

TEST_F(FakeGitHub, refuses_comments_that_are_none) {
  struct Row {
    std::string body;
    int status;
    std::string_view message;
  };
  std::string longest;
  for (int i = 0; i < 65'536; ++i) longest += "\xc3\xa4";
  const Row rows[] = {{"", 400, "Problems parsing JSON"},
                      {"{\"body\":", 400, "Problems parsing JSON"},
                      {"{\"body\":\"\xff\"}", 400, "Problems parsing JSON"},
                      {"[\"body\"]", 400, "Body should be a JSON object"},
                      {"{}", 422, "Validation Failed"},
                      {R"({"body":7})", 422, "Validation Failed"},
                      {R"({"body":null})", 422, "Validation Failed"},
                      {R"({"body":""})", 422, "Validation Failed"},
                      {R"({"body":" \n"})", 422, "Validation Failed"},
                      {"{\"body\":\"" + longest + "a\"}", 422, "Validation Failed"}};
  for (const Row& row : rows) {
    const auto response = comment(row.body);
    EXPECT_EQ(response.status, row.status) << row.body.substr(0, 80);
    const auto json = json_of(response);
    EXPECT_EQ(text_at(json, "/message"), row.message) << row.body.substr(0, 80);
    EXPECT_NE(text_at(json, "/documentation_url"), "(absent)");
    if (row.status != 422) continue;
    EXPECT_EQ(text_at(json, "/errors/0/resource"), "IssueComment");
    EXPECT_EQ(text_at(json, "/errors/0/field"), "body");
    EXPECT_NE(text_at(json, "/errors/0/code"), "(absent)");
  }
  EXPECT_EQ(github_.comments("octo/hello#7"), 0U);
  EXPECT_EQ(comment("{\"body\":\"" + longest + "\"}").status, 201) << "the bound counts characters, not bytes";
}

TEST_F(FakeGitHub, lists_comments_ascending_and_in_pages) {
  for (int i = 1; i <= 65; ++i) comment(fmt::format(R"({{"body":"{}"}})", i));
  comment(R"({"body":"another issue"})", "/repos/octo/hello/issues/8/comments");
  const std::string path = "/repos/octo/hello/issues/7/comments";
  const std::string url =
      fmt::format("https://api.github.com/repositories/{}/issues/7/comments", Repositories::id_of("octo/hello"));
  const auto link = [&url](int per_page, int page, std::string_view relation) {
    return fmt::format("<{}?per_page={}&page={}>; rel=\"{}\"", url, per_page, page, relation);
  };
  struct Row {
    std::string query;
    std::size_t size;
    int first;
    std::string link;
  };
  const Row rows[] = {
      {"", 30, 1, link(30, 2, "next") + ", " + link(30, 3, "last")},
      {"?page=2", 30, 31,
       link(30, 1, "prev") + ", " + link(30, 3, "next") + ", " + link(30, 3, "last") + ", " + link(30, 1, "first")},
      {"?page=3", 5, 61, link(30, 2, "prev") + ", " + link(30, 1, "first")},
      {"?page=4", 0, 0, link(30, 3, "prev") + ", " + link(30, 1, "first")},
      {"?per_page=100", 65, 1, "(none)"},
      {"?per_page=65", 65, 1, "(none)"},
      {"?page=2&per_page=64", 1, 65, link(64, 1, "prev") + ", " + link(64, 1, "first")},
      {"?per_page=1000", 65, 1, "(none)"},
      {"?per_page=0&page=x", 30, 1, link(30, 2, "next") + ", " + link(30, 3, "last")},
      {"?page=18446744073709551615&per_page=100", 0, 0, link(100, 1, "prev") + ", " + link(100, 1, "first")}};
  for (const Row& row : rows) {
    const auto response = get(path + row.query);
    ASSERT_EQ(response.status, 200) << row.query;
    const auto list = json_of(response).as_array();
    ASSERT_EQ(list.size(), row.size) << row.query;
    for (std::size_t i = 0; i < list.size(); ++i) {
      EXPECT_EQ(text_at(list[i], "/body"), fmt::format("{}", row.first + static_cast<int>(i)));
    }
    EXPECT_EQ(header(response, "link"), row.link) << row.query;
  }
  EXPECT_EQ(get(path + "?since=2026-01-01T00:00:00Z&per_page=100").body, get(path + "?per_page=100").body);
  EXPECT_EQ(get(path + "?since=2026-01-01T00:00:01Z").body, "[]");
  EXPECT_EQ(get(path + "?since=yesterday").status, 422);

  std::vector<std::string> seen;
  github_.for_each_comment([&](std::string_view issue, const Comment& made) {
    if (seen.size() < 2 || issue != "octo/hello#7") seen.push_back(fmt::format("{} {}", issue, made.body));
  });
  EXPECT_EQ(seen, (std::vector<std::string>{"octo/hello#7 1", "octo/hello#7 2", "octo/hello#8 another issue"}));
}

TEST_F(FakeGitHub, answers_for_a_repository_by_its_number) {
  const auto repository = json_of(get("/repos/octo/hello"));
  EXPECT_EQ(text_at(repository, "/full_name"), "octo/hello");
  const std::string number = "/repositories/" + text_at(repository, "/id");
  EXPECT_EQ(json_of(get(number)), repository);
  EXPECT_EQ(comment(R"({"body":"by number"})", number + "/issues/7/comments").status, 201);
  EXPECT_EQ(github_.comments("octo/hello#7"), 1U);
  const auto list = get(number + "/issues/7/comments?per_page=100&page=1");
  EXPECT_EQ(list.body, get("/repos/octo/hello/issues/7/comments").body);
  EXPECT_EQ(text_at(json_of(get(number + "/issues/7")), "/comments"), "1");
  for (const char* path : {"/repositories/0/issues/7/comments", "/repositories/x", "/repositories"}) {
    EXPECT_EQ(get(path).status, 404) << path;
  }
}

TEST_F(FakeGitHub, takes_an_id_that_nobody_has_for_the_repository_that_the_job_named_last) {
  const std::string token = mint();
  const auto post_for = [&](std::string path, std::string job) {
    return ask(github_request("POST", std::move(path), token, R"({"body":"x"})", std::move(job))).status;
  };
  EXPECT_EQ(post_for("/repositories/42/issues/1/comments", "a"), 404) << "it has named none";
  EXPECT_EQ(post_for("/repos/octo/one/issues/1/comments", "a"), 201);
  EXPECT_EQ(post_for("/repos/octo/two/issues/1/comments", "b"), 201);
  EXPECT_EQ(post_for("/repositories/42/issues/1/comments", "a"), 201);
  EXPECT_EQ(post_for("/repositories/42/issues/5/comments", "b"), 201);
  EXPECT_EQ(github_.comments("octo/one#1"), 2U);
  EXPECT_EQ(github_.comments("octo/two#1"), 1U);
  EXPECT_EQ(github_.comments("octo/two#5"), 1U);
}

TEST_F(FakeGitHub, lies_under_a_path_as_enterprise_servers_do) {
  GitHub enterprise({.api_url = "https://ghe.example/api/v3/"}, no_rules_, core::Random(1));
  core::HttpRequest for_token = token_request(good_jwt(at(0s)));
  for_token.url = "https://ghe.example/api/v3/app/installations/1/access_tokens";
  const std::string token = text_at(json_of(response_of(enterprise.handle(for_token, at(0s)))), "/token");
  const auto ask_at = [&](std::string url, std::string method = "GET", std::string body = "") {
    core::HttpRequest request = github_request(std::move(method), "", token, std::move(body));
    request.url = std::move(url);
    return response_of(enterprise.handle(request, at(0s)));
  };
  const auto made = ask_at("https://ghe.example/api/v3/repos/octo/hello/issues/7/comments", "POST", R"({"body":"x"})");
  ASSERT_EQ(made.status, 201);
  const std::string id = text_at(json_of(made), "/id");
  EXPECT_EQ(text_at(json_of(made), "/html_url"), "https://ghe.example/octo/hello/issues/7#issuecomment-" + id);
  EXPECT_EQ(text_at(json_of(made), "/url"), "https://ghe.example/api/v3/repos/octo/hello/issues/comments/" + id);
  EXPECT_EQ(ask_at("https://ghe.example/api/v3/repos/octo/hello/issues/7").status, 200);
  EXPECT_EQ(ask_at("https://ghe.example/repos/octo/hello/issues/7").status, 404) << "there are people's pages";
  EXPECT_EQ(ask_at("https://ghe.example/api/v30/repos/octo/hello/issues/7").status, 404);
  for (const char* root : {"http://127.0.0.1:8080", "http://127.0.0.1:8080/api/v3"}) {
    EXPECT_EQ(ask_at(std::string(root) + "/repos/octo/hello/issues/7").status, 200) << "as a client on a socket has it";
  }
}

TEST_F(FakeGitHub, leads_back_to_the_address_that_the_client_has) {
  std::vector<HttpRule> rules = {rule(DoStatus{.status = 301, .headers = {{"location", "https://api.github.com/x"}}}),
                                 rule(DoStatus{.status = 301, .headers = {{"location", "https://evil.example/x"}}})};
  rules[0].calls = {{1, 2}};
  GitHub served({.api_url = "https://api.github.com"}, rules, core::Random(1));
  core::HttpRequest request = github_request("GET", "/rate_limit", "t");
  EXPECT_EQ(header(response_of(served.handle(request, at(0s))), "location"), "https://api.github.com/x");
  request.url = "http://127.0.0.1:8080/rate_limit";
  EXPECT_EQ(header(response_of(served.handle(request, at(0s))), "location"), "http://127.0.0.1:8080/x");
  EXPECT_EQ(header(response_of(served.handle(request, at(0s))), "location"), "https://evil.example/x");
}

TEST_F(FakeGitHub, may_have_comments_to_begin_with) {
  github_.add_existing("octo/hello#7", {.count = 3, .bytes = 0}, at(0s).wall);
  github_.add_existing("octo/hello#8", {.count = 2, .bytes = 50'000}, at(0s).wall);
  EXPECT_EQ(comment(R"({"body":"new"})").status, 201);
  const auto list = json_of(get("/repos/octo/hello/issues/7/comments")).as_array();
  ASSERT_EQ(list.size(), 4U);
  EXPECT_EQ(text_at(list[0], "/created_at"), "2025-12-31T23:59:57Z");
  EXPECT_EQ(text_at(list[0], "/performed_via_github_app"), "null");
  EXPECT_EQ(text_at(list[0], "/user/type"), "User");
  EXPECT_EQ(text_at(list[3], "/body"), "new");
  EXPECT_GT(get("/repos/octo/hello/issues/8/comments").body.size(), 100'000U);
  EXPECT_EQ(github_.comments("octo/hello#7"), 4U);
}

TEST_F(FakeGitHub, says_what_it_answers_itself_whatever_a_rule_makes_of_it) {
  std::vector<HttpRule> rules = {rule(DoStatus{.status = 401}), rule(DoReset{ResetWhen::After})};
  rules[0].calls = {{1, 1}};
  GitHub ruled({}, rules, core::Random(1));
  const core::HttpRequest request = github_request("GET", "/rate_limit", "unknown");
  EXPECT_EQ(ruled.handle(request, at(0s)).own_status, std::nullopt) << "a rule's answer";
  EXPECT_EQ(ruled.handle(request, at(0s)).own_status, 401) << "lost on its way";
  EXPECT_EQ(github_.handle(request, at(0s)).own_status, 401);
}

TEST_F(FakeGitHub, answers_about_issues_the_app_and_limits) {
  comment(R"({"body":"x"})");
  const auto issue = json_of(get("/repos/octo/hello/issues/7"));
  EXPECT_EQ(text_at(issue, "/number"), "7");
  EXPECT_EQ(text_at(issue, "/comments"), "1");
  core::HttpRequest app = token_request(good_jwt(at(0s)));
  app.method = "GET";
  app.url = "https://api.github.com/app";
  EXPECT_EQ(text_at(json_of(ask(app)), "/id"), "12345");
  const auto limits = json_of(get("/rate_limit"));
  EXPECT_EQ(text_at(limits, "/resources/core/limit"), "5000");
  EXPECT_EQ(text_at(limits, "/rate/remaining"), "5000") << "free of the limit";
}

TEST_F(FakeGitHub, unknown_paths_are_not_found) {
  for (const std::string path :
       {"/", "/nowhere", "/repos/octo/hello/issues/0/comments", "/repos/octo/hello/issues/x/comments",
        "/repos/octo/hello/issues/07/comments", "/repos//hello/issues/7/comments",
        "/repos/octo/hello/issues/7/comments/", "/repos/octo/hello/issues/99999999999999999999/comments",
        "/app/installations/1/access_tokens"}) {
    const auto response = get(path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_EQ(text_at(json_of(response), "/message"), "Not Found");
    EXPECT_NE(text_at(json_of(response), "/documentation_url"), "(absent)");
  }
}

TEST_F(FakeGitHub, wants_a_credential_a_user_agent_and_a_version_it_knows) {
  const std::string token = mint();
  core::HttpRequest request = github_request("GET", "/repos/octo/hello/issues/7", token);
  for (const auto& [value, status] : {std::pair("Bearer " + token, 200),
                                      {"bEARER " + token, 200},
                                      {"token " + token, 200},
                                      {"TOKEN " + token, 200},
                                      {"Basic " + token, 401},
                                      {token, 401},
                                      {"Bearer ghs_" + std::string(36, '0'), 401},
                                      {"Bearer", 401}}) {
    request.headers.back().value = value;
    const auto response = ask(request);
    EXPECT_EQ(response.status, status) << value.substr(0, 10);
    EXPECT_EQ(text_at(json_of(response), "/message"), status == 401 ? "Bad credentials" : "(absent)");
  }
  request.headers.pop_back();
  EXPECT_EQ(text_at(json_of(ask(request)), "/message"), "Requires authentication");

  request.headers.push_back({"authorization", "token " + token});
  request.headers.push_back({"x-github-api-version", "2022-11-28"});
  EXPECT_EQ(ask(request).status, 200);
  request.headers.back().value = "2021-01-01";
  EXPECT_EQ(ask(request).status, 400);
  request.headers.pop_back();
  std::erase_if(request.headers, [](const core::HttpHeader& h) { return h.name == "User-Agent"; });
  const auto response = ask(request);
  EXPECT_EQ(response.status, 403);
  EXPECT_TRUE(text_at(json_of(response), "/message").starts_with("Request forbidden by administrative rules."));
}

TEST_F(FakeGitHub, every_answer_carries_its_date_type_and_id_and_authenticated_ones_the_limit) {
  const std::string token = mint();
  const auto created = ask(github_request("POST", "/repos/o/r/issues/1/comments", token, R"({"body":"x"})"), 1500ms);
  const auto missing = ask(github_request("GET", "/nowhere", token), 1500ms);
  for (const auto* response : {&created, &missing}) {
    EXPECT_EQ(header(*response, "date"), "Thu, 01 Jan 2026 00:00:01 GMT");
    EXPECT_EQ(header(*response, "content-type"), "application/json; charset=utf-8");
  }
  EXPECT_NE(header(created, "x-github-request-id"), header(missing, "x-github-request-id"));
  EXPECT_EQ(header(created, "x-ratelimit-limit"), "5000");
  EXPECT_EQ(header(created, "x-ratelimit-remaining"), "4999");
  EXPECT_EQ(header(created, "x-ratelimit-used"), "1");
  EXPECT_EQ(header(created, "x-ratelimit-reset"), "1767229200");
  EXPECT_EQ(header(created, "x-ratelimit-resource"), "core");
}

}  // namespace
}  // namespace fakes
