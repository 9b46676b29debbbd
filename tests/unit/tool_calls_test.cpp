// Each tool against answers that GitHub gives: what it sends, what the model is told, and which answers it does not
// take for one. That nothing comes twice, and how a lost answer is looked for, comment_on_issue_test.cpp shows for what
// all tools share.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>

#include "core/text/base64.h"
#include "tests/unit/called_tool.h"

namespace core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;
using tests::CalledTool;

constexpr const char* kIssueSeven = R"({"number":7,"title":"T","state":"open","body":"B","comments":2})";

TEST(ToolOfOneRequest, sends_what_it_is_asked_for_and_tells_what_became_of_it) {
  struct Row {
    const char *tool, *arguments, *sent;
    int status;
    const char *answer, *told;
  };
  const Row rows[] = {
      {"add_labels", R"({"labels":["bug","a, b"],"repo":"octo/hello"})",
       R"(POST /repos/octo/hello/issues/7/labels {"labels":["bug","a, b"]})", 200,
       R"([{"name":"bug"},{"name":"a, b"}])", R"({"labels":["bug","a, b"]})"},
      {"remove_label", R"({"label":"a/b c?"})", "DELETE /repos/octo/hello/issues/7/labels/a%2Fb%20c%3F", 200, "[]",
       R"({"labels":[]})"},
      {"remove_label", R"({"label":"bug"})", "DELETE /repos/octo/hello/issues/7/labels/bug", 404,
       R"({"message":"Label does not exist","status":"404"})", R"({"status":"it is not on the issue"})"},
      {"update_issue", R"({"title":"T","body":null,"issue":7})", R"(PATCH /repos/octo/hello/issues/7 {"title":"T"})",
       200, kIssueSeven, R"({"number":7,"title":"T","state":"open","labels":[]})"},
      {"update_issue", R"({"body":"b<!-- rehearse:00 -->"})", R"(PATCH /repos/octo/hello/issues/7 {"body":"b"})", 200,
       kIssueSeven, R"({"number":7,"title":"T","state":"open","labels":[]})"},
      {"close_issue", "{}", R"(PATCH /repos/octo/hello/issues/7 {"state":"closed","state_reason":"completed"})", 200,
       kIssueSeven, R"({"number":7,"title":"T","state":"open","labels":[]})"},
      {"close_issue", R"({"reason":"not_planned"})",
       R"(PATCH /repos/octo/hello/issues/7 {"state":"closed","state_reason":"not_planned"})", 200, kIssueSeven,
       R"({"number":7,"title":"T","state":"open","labels":[]})"},
      {"read_issue", "{}", "GET /repos/octo/hello/issues/7", 200, kIssueSeven,
       R"({"number":7,"title":"T","state":"open","labels":[],"comments":2,"body":"B"})"},
      {"list_comments", R"({"page":"3"})", "GET /repos/octo/hello/issues/7/comments?per_page=30&page=3", 200,
       R"([{"id":5,"user":{"login":"me"},"body":"x<!-- rehearse:00ff -->"},{"id":6,"user":null,"body":null}])",
       R"({"comments":[{"id":5,"author":"me","body":"x"},{"id":6,"author":"","body":""}]})"},
      {"read_file", R"({"path":"docs/a b.md","branch":"rehearse/x"})",
       "GET /repos/octo/hello/contents/docs/a%20b.md?ref=rehearse%2Fx", 200,
       R"({"type":"file","sha":"5a","encoding":"base64","content":"Zm9v\n"})", R"({"sha":"5a","text":"foo"})"},
      {"read_file", R"({"path":"docs"})", "GET /repos/octo/hello/contents/docs", 200, R"([{"path":"docs/a"}])",
       R"({"entries":["docs/a"]})"},
      {"search_code", R"({"query":"a&b path:src"})",
       "GET /search/code?per_page=50&q=a%26b%20path%3Asrc%20repo%3Aocto%2Fhello", 200,
       R"({"incomplete_results":true,"items":[{"path":"src/a","repository":{"full_name":"Octo/hello"}},)"
       R"({"path":"b","repository":{"full_name":"octo/secret"}}]})",
       R"({"files":["src/a"],"incomplete":true})"}};
  for (const Row& row : rows) {
    CalledTool called(row.tool);
    EXPECT_EQ(called.answers(row.status, row.answer).told(row.arguments), row.told) << row.sent;
    EXPECT_THAT(called.sent(), ElementsAre(row.sent));
    const bool is_plain = tests::entry_of(row.tool).spec.api.kind == ApiKind::Plain;
    EXPECT_THAT(called.run().claimed.journal, SizeIs(is_plain ? 0 : 1)) << row.tool;
    EXPECT_FALSE(called.run().effect_in_doubt) << row.tool;
  }
}

TEST(ToolOfOneRequest, that_was_done_is_not_done_again_and_what_only_reads_is) {
  CalledTool labels("add_labels");
  labels.answers(200, R"([{"name":"bug"}])");
  EXPECT_EQ(labels.told(R"({"labels":["bug"]})"), R"({"labels":["bug"]})");
  EXPECT_EQ(labels.told(R"({"labels":["other"]})"), R"({"labels":["bug"]})")
      << "what the journal says of the first call";
  EXPECT_THAT(labels.sent(), SizeIs(1));
  CalledTool issue("read_issue");
  issue.answers(200, kIssueSeven).answers(200, kIssueSeven);
  EXPECT_EQ(issue.told("{}"), issue.told("{}"));
  EXPECT_THAT(issue.sent(), SizeIs(2));
}

TEST(ToolOfOneRequest, does_not_take_for_an_answer_what_is_none) {
  for (const char* tool : {"add_labels", "remove_label", "update_issue", "close_issue", "read_issue", "list_comments",
                           "read_file", "search_code"}) {
    const std::string example(tests::entry_of(tool).spec.example);
    for (const char* answer :
         {"", "<html>Unicorn!</html>", "null", "7", "{}", R"(["x"])", R"({"items":[{"path":"a"}]})",
          R"({"number":8,"title":"T","state":"open"})", R"({"message":"ok"})"}) {
      CalledTool called(tool);
      EXPECT_EQ(called.answers(200, answer).told(example), "gave up: malformed") << tool << answer;
      EXPECT_THAT(called.sent(), SizeIs(1)) << tool;
    }
  }
}

TEST(ToolOfOneRequest, tells_the_model_what_it_may_correct_and_fails_the_job_for_the_rest) {
  struct Row {
    const char* tool;
    int status;
    const char *message, *told;
  };
  const Row rows[] = {{"read_file", 404, "Not Found", "error: GitHub refused it: Not Found"},
                      {"read_file", 403, "Resource not accessible by integration", "gave up: forbidden"},
                      {"read_issue", 404, "Not Found", "gave up: not_found"},
                      {"read_issue", 410, "This issue was deleted", "error: GitHub refused it: This issue was deleted"},
                      {"list_comments", 404, "Not Found", "gave up: not_found"},
                      {"add_labels", 404, "Not Found", "gave up: not_found"},
                      {"add_labels", 422, "Validation Failed", "error: GitHub refused it: Validation Failed"},
                      {"remove_label", 404, "Not Found", "gave up: not_found"},
                      {"remove_label", 422, "Label does not exist", "error: GitHub refused it: Label does not exist"},
                      {"search_code", 422, "Validation Failed", "error: GitHub refused it: Validation Failed"},
                      {"update_issue", 500, "Server Error", "gave up: server_error"}};
  for (const Row& row : rows) {
    CalledTool called(row.tool);
    called.answers(row.status, R"({"message":")" + std::string(row.message) + "\"}");
    EXPECT_EQ(called.told(tests::entry_of(row.tool).spec.example), row.told) << row.tool << row.status;
  }
}

TEST(ListComments, names_the_next_page_and_leaves_out_what_is_too_long) {
  CalledTool called("list_comments");
  const std::string long_text(60'000, 'x');
  called.answers(200, R"([{"id":1,"body":"a"},{"id":2,"body":")" + long_text + R"("}])",
                 {{"Link", R"(<https://evil.example/?page=9>; rel="next")"}});
  EXPECT_EQ(called.told("{}"), R"({"comments":[{"id":1,"author":"","body":"a"}],"left_out":1,"next_page":2})");
}

std::string comment_answer(std::string_view body, std::string_view more, std::string_view issue = "7") {
  return R"({"id":5,"html_url":"u","issue_url":"https://api.github.com/repos/octo/hello/issues/)" + std::string(issue) +
         R"(","body":")" + std::string(body) + "\"," + std::string(more) + "}";
}
constexpr std::string_view kByThisApp = R"("performed_via_github_app":{"id":12345})";

TEST(EditComment, keeps_the_markers_of_the_comment) {
  CalledTool called("edit_comment");
  called.after("comment_on_issue#1", R"({"status":"posted","id":5})");
  called.answers(200, comment_answer("old <!-- rehearse:00ff --> text <!-- rehearse:11ee -->", kByThisApp))
      .answers(200, comment_answer("new", kByThisApp));
  EXPECT_EQ(called.told(R"({"body":"new <!-- rehearse:22dd -->"})"), R"({"status":"edited","id":5})");
  EXPECT_THAT(called.sent(), ElementsAre("GET /repos/octo/hello/issues/comments/5",
                                         "PATCH /repos/octo/hello/issues/comments/5 "
                                         R"({"body":"new \n\n<!-- rehearse:00ff --><!-- rehearse:11ee -->"})"));
}

TEST(EditComment, edits_the_last_comment_of_the_job_or_the_one_that_is_named) {
  CalledTool last("edit_comment");
  last.after("comment_on_issue#1", R"({"id":4})").after("comment_on_issue#3", R"({"id":6})");
  last.told(R"({"body":"b","comment_id":null})");
  EXPECT_THAT(last.sent(), ElementsAre("GET /repos/octo/hello/issues/comments/6")) << "the second call was refused";
  for (const char* number : {"5", "\"5\""}) {
    CalledTool named("edit_comment");
    named.after("comment_on_issue#1", R"({"id":4})");
    named.told(R"({"body":"b","comment_id":)" + std::string(number) + "}");
    EXPECT_THAT(named.sent(), ElementsAre("GET /repos/octo/hello/issues/comments/5"));
  }
}

TEST(EditComment, leaves_alone_what_this_app_did_not_write_on_the_jobs_issue) {
  const std::string rows[] = {
      comment_answer("b", R"("performed_via_github_app":null,"user":{"login":"me","type":"User"})"),
      comment_answer("b", R"("performed_via_github_app":{"id":99})"), comment_answer("b", kByThisApp, "8"),
      comment_answer("b", kByThisApp, "77"), comment_answer("b", kByThisApp, "17")};
  for (const std::string& answer : rows) {
    CalledTool called("edit_comment");
    EXPECT_THAT(called.answers(200, answer).told(R"({"body":"b","comment_id":5})"),
                StartsWith("error: GitHub refused it: the comment is not one that this App wrote"));
    EXPECT_THAT(called.sent(), SizeIs(1)) << answer;
  }
  for (const char* answer : {"", "{}", "[]", R"({"id":5})", R"({"body":"b"})"}) {
    CalledTool called("edit_comment");
    called.answers(200, answer).told(R"({"body":"b","comment_id":5})");
    EXPECT_THAT(called.sent(), SizeIs(1)) << answer;
  }
  CalledTool missing("edit_comment");
  EXPECT_EQ(missing.answers(404, R"({"message":"Not Found"})").told(R"({"body":"b","comment_id":5})"),
            "error: GitHub refused it: Not Found");
}

TEST(EditComment, does_not_take_another_comment_for_its_own) {
  for (const auto& [status, answer] : {std::pair(200, R"({"id":6,"body":"b"})"), {200, "{}"}, {201, R"({"id":5})"}}) {
    CalledTool called("edit_comment");
    called.answers(200, comment_answer("b", kByThisApp)).answers(status, answer);
    EXPECT_EQ(called.told(R"({"body":"b","comment_id":5})"), "gave up: malformed") << answer;
  }
}

TEST(ToolThatPosts, sends_its_fields_with_a_marker_and_tells_where_it_is) {
  struct Row {
    const char *tool, *arguments, *sent;
    int status;
  };
  const Row rows[] = {
      {"create_issue", R"({"title":"T","body":"B","labels":["bug"]})",
       R"(POST /repos/octo/hello/issues {"title":"T","body":"B\n\nMARKER","labels":["bug"]})", 201},
      {"create_pull_request", R"({"title":"T","body":"B","base":"main"})",
       R"(POST /repos/octo/hello/pulls {"title":"T","body":"B\n\nMARKER","base":"main","head":"rehearse/a"})", 201},
      {"create_pull_request", R"({"title":"T","body":"B","base":"main","head":"rehearse/b"})",
       R"(POST /repos/octo/hello/pulls {"title":"T","body":"B\n\nMARKER","base":"main","head":"rehearse/b"})", 201},
      {"review_pull_request", R"({"body":"B<!-- rehearse:0f -->","pull_number":7})",
       R"(POST /repos/octo/hello/pulls/7/reviews {"event":"COMMENT","body":"B\n\nMARKER"})", 200}};
  for (const Row& row : rows) {
    CalledTool called(row.tool);
    called.after("create_branch#1", R"({"branch":"rehearse/a"})");
    called.answers(row.status, R"({"id":5,"number":9,"html_url":"u","body":"B"})");
    EXPECT_EQ(called.told(row.arguments), R"({"status":"posted","number":9,"id":5,"url":"u"})") << row.sent;
    std::string expected = row.sent;
    expected.replace(expected.find("MARKER"), 6, marker_of(called.key()));
    EXPECT_THAT(called.sent(), ElementsAre(expected));

    CalledTool other_status(row.tool);
    other_status.after("create_branch#1", R"({"branch":"rehearse/a"})");
    other_status.answers(row.status == 200 ? 201 : 200, R"({"id":5,"html_url":"u","body":"B"})");
    EXPECT_EQ(other_status.told(row.arguments), "gave up: malformed") << row.tool;
    EXPECT_TRUE(other_status.run().effect_in_doubt) << row.tool;
  }
}

TEST(ToolThatPosts, is_looked_for_where_an_earlier_run_began_it) {
  const std::pair<const char*, const char*> rows[] = {
      {"create_issue",
       "GET "
       "/repos/octo/hello/issues?state=all&sort=created&direction=desc&since=1970-01-01T23:00:00Z&per_page=100&page=1"},
      {"create_pull_request", "GET /repos/octo/hello/pulls?state=all&head=octo%3Arehearse%2Fa&per_page=100&page=1"},
      {"review_pull_request", "GET /repos/octo/hello/pulls/7/reviews?per_page=100&page=1"}};
  for (const auto& [tool, sent] : rows) {
    CalledTool found(tool);
    found.begun(R"({"title":"T","body":"B","base":"main","head":"rehearse/a"})");
    found.answers(200, R"([{"id":4,"number":8,"body":"other","user":{"login":"a[bot]","type":"Bot"}},)"
                       R"({"id":5,"number":9,"html_url":"u","body":"B )" +
                           marker_of(found.key()) + R"(","user":{"login":"a[bot]","type":"Bot"}}])");
    EXPECT_EQ(found.told("{}"), R"({"status":"posted","number":9,"id":5,"url":"u"})") << tool;
    EXPECT_THAT(found.sent(), ElementsAre(sent));

    CalledTool not_found(tool);
    not_found.begun(R"({"title":"T","body":"B","base":"main","head":"rehearse/a"})");
    not_found.answers(200, "[]").told("{}");
    ASSERT_THAT(not_found.sent(), SizeIs(2)) << tool;
    EXPECT_THAT(not_found.sent()[1], HasSubstr(marker_of(not_found.key()))) << tool;
  }
}

constexpr const char* kRefOfMain = R"({"ref":"refs/heads/main","object":{"sha":"5a"}})";

TEST(CreateBranch, makes_one_of_its_own_name_at_the_end_of_another) {
  CalledTool called("create_branch");
  const std::string branch = "rehearse/fix/typo-" + called.key().substr(0, 12);
  called.answers(200, kRefOfMain).answers(201, R"({"ref":"refs/heads/)" + branch + "\"}");
  EXPECT_EQ(called.told(R"({"name":"fix/typo","from":"main"})"), R"({"status":"made","branch":")" + branch + "\"}");
  EXPECT_THAT(called.sent(),
              ElementsAre("GET /repos/octo/hello/git/ref/heads/main",
                          R"(POST /repos/octo/hello/git/refs {"ref":"refs/heads/)" + branch + R"(","sha":"5a"})"));
}

TEST(CreateBranch, takes_one_that_exists_for_its_own_and_nothing_else) {
  struct Row {
    int status;
    const char *answer, *told;
  };
  const Row rows[] = {{422, R"({"message":"Reference already exists"})", R"({"status":"made","branch":"rehearse/a-)"},
                      {422, R"({"message":"Reference update failed"})", "error: GitHub refused it: Reference update"},
                      {409, R"({"message":"Reference already exists"})", "error: GitHub refused it: Reference already"},
                      {201, R"({"ref":"refs/heads/rehearse/b"})", "gave up: malformed"},
                      {200, "{}", "gave up: malformed"}};
  for (const Row& row : rows) {
    CalledTool called("create_branch");
    called.answers(200, kRefOfMain).answers(row.status, row.answer);
    EXPECT_THAT(called.told(R"({"name":"a","from":"main"})"), StartsWith(row.told)) << row.answer;
  }
  CalledTool other_status("create_branch");
  const std::string ref = "refs/heads/rehearse/a-" + other_status.key().substr(0, 12);
  other_status.answers(200, kRefOfMain).answers(202, R"({"ref":")" + ref + "\"}");
  EXPECT_EQ(other_status.told(R"({"name":"a","from":"main"})"), "gave up: malformed");
  CalledTool missing("create_branch");
  EXPECT_EQ(missing.answers(404, R"({"message":"Not Found"})").told(R"({"name":"a","from":"nowhere"})"),
            "error: GitHub refused it: Not Found");
  EXPECT_THAT(missing.sent(), SizeIs(1));
  CalledTool is_list("create_branch");
  is_list.answers(200, "[]").told(R"({"name":"a","from":"main"})");
  EXPECT_THAT(is_list.sent(), SizeIs(1)) << "the end of the branch is not known";
}

TEST(CreateBranch, is_found_by_its_name) {
  CalledTool called("create_branch");
  called.begun(R"({"name":"a","from":"main"})").answers(200, kRefOfMain);
  const std::string branch = "rehearse/a-" + called.key().substr(0, 12);
  EXPECT_EQ(called.told("{}"), R"({"status":"made","branch":")" + branch + "\"}");
  EXPECT_THAT(called.sent(),
              ElementsAre("GET /repos/octo/hello/git/ref/heads/rehearse%2Fa-" + called.key().substr(0, 12)));
}

constexpr const char* kCommitArguments = R"({"path":"docs/a b.md","text":"new","message":"Write"})";
constexpr const char* kCommitted = R"({"status":"committed","path":"docs/a b.md","branch":"rehearse/a"})";

std::string put_by(const CalledTool& called, std::string_view more) {
  return R"(PUT /repos/octo/hello/contents/docs/a%20b.md {"message":"Write\n\nRehearse-Key: )" + called.key() +
         R"(","content":")" + base64_encode("new") + R"(","branch":"rehearse/a")" + std::string(more) + "}";
}

TEST(CommitFile, replaces_the_file_that_it_has_seen_and_makes_one_that_is_not_there) {
  const std::pair<HttpResponse, const char*> rows[] = {
      {{200, {}, R"({"type":"file","sha":"5a","encoding":"base64","content":"b2xk"})"}, R"(,"sha":"5a")"},
      {{200, {}, R"({"type":"file","sha":"5a","encoding":"none","content":""})"}, R"(,"sha":"5a")"},
      {{404, {}, R"({"message":"Not Found"})"}, ""}};
  for (const auto& [old, sha] : rows) {
    CalledTool called("commit_file");
    called.after("create_branch#1", R"({"branch":"rehearse/a"})").answers(old.status, old.body);
    called.answers(201, R"({"content":{},"commit":{"sha":"6b"}})");
    EXPECT_EQ(called.told(kCommitArguments), kCommitted);
    EXPECT_THAT(called.sent(),
                ElementsAre("GET /repos/octo/hello/contents/docs/a%20b.md?ref=rehearse%2Fa", put_by(called, sha)));
  }
}

TEST(CommitFile, sends_nothing_where_the_text_is_there_already) {
  CalledTool called("commit_file");
  called.after("create_branch#1", R"({"branch":"rehearse/a"})")
      .answers(200, R"({"type":"file","sha":"5a","encoding":"base64","content":"bmV3"})");
  EXPECT_EQ(called.told(kCommitArguments),
            R"({"status":"it was there already","path":"docs/a b.md","branch":"rehearse/a"})");
  EXPECT_THAT(called.sent(), SizeIs(1));
}

TEST(CommitFile, tells_the_model_where_there_is_something_other_than_a_file) {
  for (const auto& [answer, told] : {std::pair(R"([{"path":"docs/a b.md/x"}])", "error: GitHub refused it: there is"),
                                     {R"({"type":"submodule","sha":"5a"})", "error: GitHub refused it: there is"},
                                     {"{}", "gave up: malformed"}}) {
    CalledTool called("commit_file");
    called.after("create_branch#1", R"({"branch":"rehearse/a"})").answers(200, answer);
    EXPECT_THAT(called.told(kCommitArguments), StartsWith(told)) << answer;
    EXPECT_THAT(called.sent(), SizeIs(1)) << answer;
  }
}

TEST(CommitFile, refuses_other_branches_and_what_governs_the_repository) {
  for (const char* what :
       {R"("path":"a","branch":"main")", R"("path":"a","branch":"refs/heads/rehearse/a")",
        R"("path":"a","branch":"evil:rehearse/a")", R"("path":".github/workflows/ci.yml")",
        R"("path":".github/dependabot.yml")", R"("path":"CODEOWNERS")", R"("path":"docs/CODEOWNERS")",
        R"("path":"../x")", R"("path":"a/../.github/workflows/ci.yml")", R"("path":"./.github/x")",
        R"("path":".git/config")", R"("path":"/etc/passwd")", R"("path":"")", R"("path":"a","sha":"5a")",
        R"("path":".github<!-- rehearse:0 -->/workflows/ci.yml")", R"("path":".<!-- rehearse:0 -->./x")"}) {
    CalledTool called("commit_file");
    called.after("create_branch#1", R"({"branch":"rehearse/a"})");
    EXPECT_THAT(called.told(R"({"text":"t","message":"m",)" + std::string(what) + "}"), StartsWith("error: Refused"))
        << what;
    EXPECT_THAT(called.sent(), IsEmpty()) << what;
  }
}

TEST(CommitFile, is_found_by_the_last_line_of_its_message) {
  const std::string intent = R"({"path":"docs/a b.md","text":"new","message":"Write","branch":"rehearse/a"})";
  const char* list = "GET /repos/octo/hello/commits?per_page=100&sha=rehearse%2Fa&path=docs%2Fa%20b.md";
  for (const bool is_there : {true, false}) {
    CalledTool called("commit_file");
    const std::string line = "Rehearse-Key: " + called.key(is_there ? 1 : 2);
    called.begun(intent).answers(
        200, R"([{"commit":{"message":"Begin"}},{"commit":{"message":"Write\n\n)" + line + R"("}}])");
    const std::string told = called.told("{}");
    ASSERT_FALSE(called.sent().empty());
    EXPECT_EQ(called.sent()[0], list);
    EXPECT_EQ(told == kCommitted, is_there);
    EXPECT_EQ(called.sent().size(), is_there ? 1U : 2U) << "else the old file is asked for";
  }
}

TEST(CommitFile, does_not_take_for_a_commit_what_is_none) {
  for (const char* answer : {"", "{}", "[]", R"({"content":{"sha":"6b"}})", R"({"commit":{}})", R"({"commit":"6b"})"}) {
    CalledTool called("commit_file");
    called.after("create_branch#1", R"({"branch":"rehearse/a"})").answers(404, "{}").answers(201, answer);
    EXPECT_EQ(called.told(kCommitArguments), "gave up: malformed") << answer;
    EXPECT_TRUE(called.run().effect_in_doubt) << answer;
  }
  CalledTool accepted("commit_file");
  accepted.after("create_branch#1", R"({"branch":"rehearse/a"})").answers(404, "{}");
  EXPECT_EQ(accepted.answers(202, R"({"commit":{"sha":"6b"}})").told(kCommitArguments), "gave up: malformed");
  CalledTool conflict("commit_file");
  conflict.after("create_branch#1", R"({"branch":"rehearse/a"})")
      .answers(404, "{}")
      .answers(409, R"({"message":"is at"})");
  EXPECT_EQ(conflict.told(kCommitArguments), "error: GitHub refused it: is at");
}

}  // namespace
}  // namespace core
