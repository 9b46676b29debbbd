// The endpoints of the fake GitHub that only tools use: what they answer, what they refuse as GitHub does, and that an
// effect is counted where something changed, and only there.
#include <gmock/gmock.h>

#include "core/text/base64.h"
#include "tests/unit/http_fakes.h"

namespace fakes {
namespace {
using namespace std::chrono_literals;

class FakeGitHubOfTools : public ::testing::Test {
 protected:
  core::HttpResponse send(std::string_view method, std::string_view below, std::string_view body = "",
                          core::Duration time = 0s) {
    const auto minted = response_of(github_.handle(token_request(good_jwt(at(time))), at(time)));
    std::string path = below.starts_with("search/") ? "/" : below.empty() ? "/repos/octo/hello" : "/repos/octo/hello/";
    path += below;
    const std::string token = text_at(json_of(minted), "/token");
    return response_of(
        github_.handle(github_request(std::string(method), std::move(path), token, std::string(body)), at(time)));
  }
  boost::json::value get(std::string_view below) {
    const auto response = send("GET", below);
    EXPECT_EQ(response.status, 200) << below;
    return json_of(response);
  }
  std::string sha_of(std::string_view branch) {
    return text_at(get("git/ref/heads/" + std::string(branch)), "/object/sha");
  }
  std::uint64_t effects(std::string_view operation) { return github_.effects(operation); }

  struct Refusal {
    const char* method;
    std::string below, body;
    int status;
    const char* says;
  };
  void expect_refused(std::span<const Refusal> refusals) {
    for (const Refusal& each : refusals) {
      const std::size_t before = github_.effect_count();
      const auto response = send(each.method, each.below, each.body);
      EXPECT_EQ(response.status, each.status) << each.below << each.body;
      EXPECT_THAT(response.body, testing::HasSubstr(each.says)) << each.below << each.body;
      EXPECT_EQ(text_at(json_of(response), "/status"), std::to_string(each.status)) << each.below;
      EXPECT_EQ(github_.effect_count(), before) << each.below << each.body;
    }
  }

  const std::vector<HttpRule> no_rules_;
  GitHub github_{GitHubOptions{}, no_rules_, core::Random(1)};
};

TEST_F(FakeGitHubOfTools, creates_issues_and_lists_the_newest_first) {
  const auto made = send("POST", "issues", R"({"title":"One","body":"B","labels":["bug"],"assignees":[]})");
  EXPECT_EQ(made.status, 201);
  const auto json = json_of(made);
  const std::string number = text_at(json, "/number");
  const std::pair<std::string_view, std::string> fields[] = {
      {"/title", "One"},
      {"/body", "B"},
      {"/state", "open"},
      {"/labels/0/name", "bug"},
      {"/html_url", "https://github.com/octo/hello/issues/" + number},
      {"/repository_url", "https://api.github.com/repos/octo/hello"},
      {"/performed_via_github_app/id", "12345"},
      {"/user/type", "Bot"},
      {"/pull_request", "(absent)"}};
  for (const auto& [pointer, value] : fields) EXPECT_EQ(text_at(json, pointer), value) << pointer;
  EXPECT_EQ(get("issues/" + number), json);
  EXPECT_EQ(send("POST", "issues", R"({"title":"Two"})", 10s).status, 201);
  EXPECT_EQ(effects("issues.create"), 2U);

  EXPECT_EQ(text_at(get("issues"), "/0/title"), "Two");
  EXPECT_EQ(text_at(get("issues?direction=asc"), "/0/title"), "One");
  EXPECT_EQ(get("issues?since=2026-01-01T00:00:05Z").as_array().size(), 1U);
  EXPECT_EQ(send("PATCH", "issues/" + number, R"({"state":"closed"})").status, 200);
  EXPECT_EQ(get("issues").as_array().size(), 1U);
  EXPECT_EQ(get("issues?state=closed").as_array().size(), 1U);
  EXPECT_EQ(get("issues?state=all").as_array().size(), 2U);
  EXPECT_EQ(send("GET", "issues?since=yesterday").status, 422);
}

TEST_F(FakeGitHubOfTools, changes_issues_and_counts_what_changed) {
  const auto patched = [&](std::string_view body) { return json_of(send("PATCH", "issues/7", body)); };
  EXPECT_EQ(text_at(patched(R"({"title":"New"})"), "/title"), "New");
  EXPECT_EQ(text_at(patched(R"({"title":"New"})"), "/body"), "It does not work.");
  EXPECT_EQ(effects("issues.update"), 1U);
  EXPECT_EQ(text_at(patched(R"({"state":"closed"})"), "/state_reason"), "completed");
  EXPECT_EQ(text_at(patched(R"({"state":"closed"})"), "/state"), "closed");
  EXPECT_EQ(effects("issues.update"), 2U);
  EXPECT_EQ(text_at(patched(R"({"state":"closed","state_reason":"not_planned"})"), "/state_reason"), "not_planned");
  EXPECT_EQ(text_at(patched(R"({"state":"open"})"), "/state_reason"), "null");
  EXPECT_EQ(effects("issues.update"), 4U);
  EXPECT_EQ(text_at(get("issues/7"), "/title"), "New");
  EXPECT_EQ(text_at(get("issues/8"), "/title"), "Issue 8");
}

TEST_F(FakeGitHubOfTools, refuses_issues_that_are_none) {
  const Refusal refusals[] = {{"POST", "issues", "", 400, "Problems parsing JSON"},
                              {"POST", "issues", "[]", 400, "Body should be a JSON object"},
                              {"POST", "issues", R"({"body":"b"})", 422, "\\\"title\\\" wasn't supplied"},
                              {"POST", "issues", R"({"title":null})", 422, "nil is not a string"},
                              {"POST", "issues", R"({"title":7})", 422, "7 is not a string"},
                              {"POST", "issues", R"({"title":" "})", 422, "can't be blank"},
                              {"PATCH", "issues/7", R"({"title":["a"]})", 422, "is not a string"},
                              {"PATCH", "issues/7", R"({"title":""})", 422, "can't be blank"},
                              {"PATCH", "issues/7", "", 400, "Problems parsing JSON"},
                              {"PATCH", "issues/x", "{}", 404, "Not Found"},
                              {"DELETE", "issues/7", "", 404, "Not Found"}};
  expect_refused(refusals);
}

TEST_F(FakeGitHubOfTools, keeps_a_label_once_in_upper_and_lower_case) {
  const auto add = [&](std::string_view body) { return json_of(send("POST", "issues/7/labels", body)); };
  EXPECT_EQ(add(R"({"labels":["bug","a/b c?"]})").as_array().size(), 2U);
  EXPECT_EQ(text_at(add(R"({"labels":["BUG"]})"), "/0/name"), "bug");
  EXPECT_EQ(add(R"({"labels":[]})").as_array().size(), 2U);
  EXPECT_EQ(effects("labels.add"), 1U);
  EXPECT_EQ(text_at(get("issues/7"), "/labels/1/name"), "a/b c?");

  const auto removed = send("DELETE", "issues/7/labels/a%2Fb%20c%3F");
  EXPECT_EQ(removed.status, 200);
  EXPECT_EQ(json_of(removed).as_array().size(), 1U);
  EXPECT_EQ(send("DELETE", "issues/7/labels/Bug").body, "[]");
  EXPECT_EQ(effects("labels.remove"), 2U);
  std::string many = R"({"labels":[)";
  for (int i = 0; i < 101; ++i) many += fmt::format("{}\"{}\"", i == 0 ? "" : ",", i);
  const Refusal refusals[] = {
      {"DELETE", "issues/7/labels/bug", "", 404, "\"Label does not exist\""},
      {"DELETE", "issues/7/labels/a/b", "", 404, "Not Found"},
      {"DELETE", "issues/7/labels", "", 404, "Not Found"},
      {"POST", "issues/7/labels", "{}", 422, "is not an array"},
      {"POST", "issues/7/labels", R"({"labels":"bug"})", 422, "is not an array"},
      {"POST", "issues/7/labels", R"({"labels":["bug",""]})", 422, "can't be blank"},
      {"POST", "issues/7/labels", R"({"labels":[7]})", 422, "can't be blank"},
      {"POST", "issues/7/labels", R"({"labels":[")" + std::string(51, 'x') + "\"]}", 422, "Validation Failed"},
      {"POST", "issues/7/labels", many + "]}", 422, "more than 100 labels"}};
  expect_refused(refusals);
  EXPECT_EQ(text_at(get("issues/7"), "/labels"), "[]") << "a refused request puts none of its labels";
}

TEST_F(FakeGitHubOfTools, edits_comments) {
  const auto made = json_of(send("POST", "issues/7/comments", R"({"body":"one"})"));
  const std::string path = "issues/comments/" + text_at(made, "/id");
  const auto edited = send("PATCH", path, R"({"body":"two"})");
  EXPECT_EQ(edited.status, 200);
  EXPECT_EQ(text_at(json_of(edited), "/body"), "two");
  EXPECT_EQ(text_at(json_of(edited), "/issue_url"), "https://api.github.com/repos/octo/hello/issues/7");
  EXPECT_EQ(send("PATCH", path, R"({"body":"two"})").status, 200);
  EXPECT_EQ(effects("comments.update"), 1U);
  EXPECT_EQ(effects("comments.create"), 1U);
  EXPECT_EQ(text_at(get("issues/7/comments"), "/0/body"), "two");
  const Refusal refusals[] = {{"PATCH", path, "{}", 422, "\\\"body\\\" wasn't supplied"},
                              {"PATCH", path, R"({"body":" "})", 422, "can"},
                              {"PATCH", path, R"({"body":7})", 422, "can"},
                              {"PATCH", path, "{", 400, "Problems parsing JSON"},
                              {"PATCH", "issues/comments/1", R"({"body":"x"})", 404, "Not Found"}};
  expect_refused(refusals);
}

TEST_F(FakeGitHubOfTools, makes_branches_once_from_commits_that_exist) {
  const std::string sha = sha_of("main");
  EXPECT_EQ(sha.size(), 40U);
  const auto create = [&](std::string_view ref, std::string_view of) {
    return fmt::format(R"({{"ref":"{}","sha":"{}"}})", ref, of);
  };
  const auto made = send("POST", "git/refs", create("refs/heads/rehearse/a", sha));
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(text_at(json_of(made), "/ref"), "refs/heads/rehearse/a");
  EXPECT_EQ(text_at(json_of(made), "/object/sha"), sha);
  EXPECT_EQ(sha_of("rehearse%2Fa"), sha);
  EXPECT_EQ(sha_of("rehearse/a"), sha);
  EXPECT_EQ(effects("refs.create"), 1U);
  const Refusal refusals[] = {
      {"POST", "git/refs", create("refs/heads/rehearse/a", sha), 422, "\"Reference already exists\""},
      {"POST", "git/refs", create("refs/heads/b", std::string(40, '0')), 422, "Object does not exist"},
      {"POST", "git/refs", create("b", sha), 422, "must start with"},
      {"POST", "git/refs", create("refs/heads/", sha), 422, "must start with"},
      {"POST", "git/refs", R"({"ref":"refs/heads/b"})", 422, "\\\"sha\\\" wasn't supplied"},
      {"POST", "git/refs", fmt::format(R"({{"sha":"{}"}})", sha), 422, "\\\"ref\\\" wasn't supplied"},
      {"POST", "git/refs", "", 400, "Problems parsing JSON"},
      {"GET", "git/ref/heads/rehearse", "", 404, "Not Found"},
      {"GET", "git/ref/heads/b", "", 404, "Not Found"},
      {"GET", "commits?sha=b", "", 404, "Not Found"}};
  expect_refused(refusals);
}

std::string put_of(std::string_view text, std::string_view branch, std::string_view sha = "") {
  boost::json::object fields{{"message", "Write"}, {"content", core::base64_encode(text)}, {"branch", branch}};
  if (!sha.empty()) fields["sha"] = sha;
  return boost::json::serialize(fields);
}

TEST_F(FakeGitHubOfTools, commits_files_and_reads_them_again) {
  send("POST", "git/refs", fmt::format(R"({{"ref":"refs/heads/b","sha":"{}"}})", sha_of("main")));
  const auto made = send("PUT", "contents/docs/a%20b.md", put_of("one", "b"));
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(text_at(json_of(made), "/content/path"), "docs/a b.md");
  EXPECT_EQ(text_at(json_of(made), "/commit/sha"), sha_of("b"));
  EXPECT_NE(sha_of("b"), sha_of("main"));

  const auto file = get("contents/docs/a%20b.md?ref=b");
  const std::string sha = text_at(file, "/sha");
  EXPECT_EQ(core::base64_decode(text_at(file, "/content")), "one");
  EXPECT_EQ(text_at(get("contents/docs?ref=b"), "/0/path"), "docs/a b.md");
  EXPECT_EQ(send("PUT", "contents/docs/a%20b.md", put_of("two", "b", sha)).status, 200);
  EXPECT_EQ(effects("contents.put"), 2U);
  EXPECT_EQ(text_at(get("commits?sha=b"), "/0/commit/message"), "Write");
  EXPECT_EQ(get("commits?sha=b").as_array().size(), 3U);
  EXPECT_EQ(get("commits?sha=b&path=docs%2Fa%20b.md").as_array().size(), 2U);
  EXPECT_EQ(get("commits").as_array().size(), 1U) << "of the main branch";

  const Refusal refusals[] = {
      {"PUT", "contents/docs/a%20b.md", put_of("three", "b"), 422, "\\\"sha\\\" wasn't supplied"},
      {"PUT", "contents/docs/a%20b.md", put_of("three", "b", sha), 409, "does not match"},
      {"PUT", "contents/x", put_of("x", "nowhere"), 404, "Branch nowhere not found"},
      {"PUT", "contents/x", R"({"content":"eA=="})", 422, "\\\"message\\\" wasn't supplied"},
      {"PUT", "contents/x", R"({"message":"m","content":"x"})", 422, "not valid Base64"},
      {"PUT", "contents/x", "", 400, "Problems parsing JSON"},
      {"GET", "contents/docs/a%20b.md", "", 404, "Not Found"},
      {"GET", "contents/README.md?ref=nowhere", "", 404, "No commit found for the ref nowhere"}};
  expect_refused(refusals);
}

TEST_F(FakeGitHubOfTools, gives_no_text_of_a_file_of_more_than_a_mebibyte) {
  for (const auto& [size, encoding] : {std::pair(1024UL * 1024, "base64"), {1024UL * 1024 + 1, "none"}}) {
    const std::string name = fmt::format("contents/{}", size);
    ASSERT_EQ(send("PUT", name, put_of(std::string(size, 'x'), "main")).status, 201);
    EXPECT_EQ(text_at(get(name), "/encoding"), encoding);
    EXPECT_EQ(text_at(get(name), "/content").empty(), std::string_view(encoding) == "none");
  }
}

TEST_F(FakeGitHubOfTools, searches_the_main_branch_of_the_repository_that_is_named) {
  send("PUT", "contents/src/a.cpp", put_of("needle", "main"));
  const auto found = get("search/code?q=needle%20repo%3Aocto%2Fhello&per_page=50");
  EXPECT_EQ(text_at(found, "/total_count"), "1");
  EXPECT_EQ(text_at(found, "/incomplete_results"), "false");
  EXPECT_EQ(text_at(found, "/items/0/path"), "src/a.cpp");
  EXPECT_EQ(text_at(found, "/items/0/repository/full_name"), "octo/hello");
  for (const char* query : {"needle", "needle%20repo%3Aocto%2Fother", "repo%3Aocto%2Fhello"}) {
    EXPECT_EQ(text_at(get("search/code?q=" + std::string(query)), "/total_count"), "0") << query;
  }
  const Refusal refusals[] = {{"GET", "search/code", "", 422, "Validation Failed"},
                              {"GET", "search/code?q=%20", "", 422, "Validation Failed"}};
  expect_refused(refusals);
}

std::string pull_of(std::string_view head, std::string_view base = "main") {
  return boost::json::serialize(boost::json::object{{"title", "T"}, {"body", "B"}, {"head", head}, {"base", base}});
}

TEST_F(FakeGitHubOfTools, opens_one_pull_request_for_a_branch) {
  const std::string quoted = R"(a\"b)";
  for (const std::string& name : {std::string("b"), std::string("empty"), quoted}) {
    send("POST", "git/refs", fmt::format(R"({{"ref":"refs/heads/{}","sha":"{}"}})", name, sha_of("main")));
  }
  for (const char* branch : {"b", "a\"b"}) send("PUT", "contents/x", put_of("x", branch));
  const auto made = send("POST", "pulls", pull_of("b"));
  EXPECT_EQ(made.status, 201);
  const auto json = json_of(made);
  EXPECT_EQ(text_at(json, "/head/ref"), "b");
  EXPECT_EQ(text_at(json, "/base/ref"), "main");
  EXPECT_EQ(text_at(json, "/html_url"), "https://github.com/octo/hello/pull/" + text_at(json, "/number"));
  EXPECT_EQ(text_at(json, "/performed_via_github_app"), "(absent)");
  EXPECT_NE(text_at(get("issues/" + text_at(json, "/number")), "/pull_request"), "(absent)");
  EXPECT_EQ(effects("pulls.create"), 1U);
  EXPECT_EQ(send("POST", "pulls", pull_of("a\"b")).status, 201);
  EXPECT_EQ(get("pulls?state=all&head=octo%3Ab").as_array().size(), 1U);
  EXPECT_EQ(get("pulls?head=octo%3Anone").as_array().size(), 0U);
  EXPECT_EQ(get("pulls?head=none").as_array().size(), 2U) << "a head without its owner is passed over";

  const Refusal refusals[] = {{"POST", "pulls", pull_of("b"), 422, "A pull request already exists for octo:b."},
                              {"POST", "pulls", pull_of("a\"b"), 422, "A pull request already exists for octo:a"},
                              {"POST", "pulls", pull_of("empty"), 422, "No commits between main and empty"},
                              {"POST", "pulls", pull_of("none"), 422, "\"field\":\"head\""},
                              {"POST", "pulls", pull_of("b", "none"), 422, "\"field\":\"base\""},
                              {"POST", "pulls", R"({"title":"T","base":"main"})", 422, "\\\"head\\\" wasn't supplied"},
                              {"POST", "pulls", pull_of("b", ""), 422, "\\\"base\\\" wasn't supplied"},
                              {"POST", "pulls", "", 400, "Problems parsing JSON"}};
  expect_refused(refusals);
  EXPECT_EQ(send("PATCH", "issues/" + text_at(json, "/number"), R"({"state":"closed"})").status, 200);
  EXPECT_EQ(send("POST", "pulls", pull_of("b")).status, 201) << "the other one is closed";
}

TEST_F(FakeGitHubOfTools, says_where_it_is_whether_the_repository_was_named_or_numbered) {
  const std::string number = "/repositories/" + text_at(get(""), "/id");
  const std::string token =
      text_at(json_of(response_of(github_.handle(token_request(good_jwt(at(0s))), at(0s)))), "/token");
  for (const char* below :
       {"/issues", "/issues/7/comments", "/issues/7", "/pulls/7/reviews", "/contents/README.md", ""}) {
    const Answer answer = github_.handle(github_request("GET", number + below, token), at(0s));
    EXPECT_EQ(response_of(answer).status, 200) << below;
    EXPECT_EQ(answer.place, "/repos/octo/hello" + std::string(below));
  }
}

TEST_F(FakeGitHubOfTools, takes_reviews_that_comment) {
  const auto made = send("POST", "pulls/7/reviews", R"({"body":"Fine","event":"COMMENT"})");
  EXPECT_EQ(made.status, 200);
  const auto json = json_of(made);
  EXPECT_EQ(text_at(json, "/state"), "COMMENTED");
  EXPECT_EQ(text_at(json, "/user/login"), "fake-app[bot]");
  EXPECT_EQ(text_at(json, "/performed_via_github_app"), "(absent)");
  EXPECT_EQ(text_at(get("pulls/7/reviews"), "/0"), boost::json::serialize(json));
  EXPECT_EQ(get("pulls/8/reviews").as_array().size(), 0U);
  EXPECT_EQ(effects("reviews.create"), 1U);
  const Refusal refusals[] = {{"POST", "pulls/7/reviews", R"({"body":"x"})", 422, "invalid value"},
                              {"POST", "pulls/7/reviews", R"({"body":"x","event":"APPROVE"})", 422, "invalid value"},
                              {"POST", "pulls/7/reviews", R"({"body":" ","event":"COMMENT"})", 422, "can't be blank"},
                              {"POST", "pulls/7/reviews", "[]", 400, "Body should be a JSON object"}};
  expect_refused(refusals);
}

}  // namespace
}  // namespace fakes
