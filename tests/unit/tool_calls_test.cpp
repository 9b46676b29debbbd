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

constexpr const char* kClosedSeven = R"({"number":7,"title":"T","state":"closed","labels":[]})";
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
      {"close_issue", "{}", R"(PATCH /repos/octo/hello/issues/7 {"state":"closed","state_reason":"completed"})", 200,
       kClosedSeven, R"({"number":7,"title":"T","state":"closed","labels":[]})"},
      {"close_issue", R"({"reason":"not_planned"})",
       R"(PATCH /repos/octo/hello/issues/7 {"state":"closed","state_reason":"not_planned"})", 200, kClosedSeven,
       R"({"number":7,"title":"T","state":"closed","labels":[]})"},
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

TEST(ListComments, names_the_next_page_and_cuts_what_is_too_long) {
  CalledTool called("list_comments");
  const std::string long_text(60'000, 'x');
  called.answers(200, R"([{"id":1,"body":")" + long_text + R"("},{"id":2,"body":"b"}])",
                 {{"Link", R"(<https://evil.example/?page=9>; rel="next")"}});
  EXPECT_EQ(called.told("{}"), R"({"comments":[{"id":1,"author":"","body":")" + long_text.substr(0, 4'000) +
                                   R"(\n[56000 bytes more were left out.]"},{"id":2,"author":"","body":"b"}],)"
                                   R"("next_page":2})");
}

TEST(UpdateIssue, keeps_the_markers_of_the_issue) {
  CalledTool called("update_issue");
  called.answers(200, R"({"id":1,"number":7,"body":"B <!-- rehearse:0f --> <!-- rehearse:1e -->"})")
      .answers(200, kIssueSeven);
  EXPECT_EQ(called.told(R"({"body":"b<!-- rehearse:00 -->"})"),
            R"({"number":7,"title":"T","state":"open","labels":[]})");
  EXPECT_THAT(
      called.sent(),
      ElementsAre("GET /repos/octo/hello/issues/7",
                  R"(PATCH /repos/octo/hello/issues/7 {"body":"b\n\n<!-- rehearse:0f --><!-- rehearse:1e -->"})"));
  CalledTool another("update_issue");
  another.answers(200, R"({"id":1,"number":8,"body":"B"})");
  EXPECT_EQ(another.told(R"({"body":"b"})"), "gave up: malformed");
  EXPECT_FALSE(another.run().effect_in_doubt) << "nothing was sent";
}

TEST(CloseIssue, that_is_answered_with_an_open_one_is_not_done) {
  CalledTool called("close_issue");
  EXPECT_EQ(called.answers(200, kIssueSeven).told("{}"), "gave up: malformed");
}

std::string comment_answer(std::string_view body, std::string_view more, std::string_view issue = "7") {
  return R"({"id":5,"html_url":"u","issue_url":"https://api.github.com/repos/octo/hello/issues/)" + std::string(issue) +
         R"(","body":")" + std::string(body) + "\"," + std::string(more) + "}";
}
constexpr std::string_view kByThisApp = R"("performed_via_github_app":{"id":12345})";

TEST(EditComment, keeps_the_markers_of_the_comment) {
  CalledTool called("edit_comment");
  called.after("comment_on_issue", R"({"status":"posted","id":5})");
  called.answers(200, comment_answer("old <!-- rehearse:00ff --> text <!-- rehearse:11ee -->", kByThisApp))
      .answers(200, comment_answer("new", kByThisApp));
  EXPECT_EQ(called.told(R"({"body":"new <!-- rehearse:22dd -->"})"), R"({"status":"edited","id":5})");
  EXPECT_THAT(called.sent(), ElementsAre("GET /repos/octo/hello/issues/comments/5",
                                         "PATCH /repos/octo/hello/issues/comments/5 "
                                         R"({"body":"new \n\n<!-- rehearse:00ff --><!-- rehearse:11ee -->"})"));
}

TEST(EditComment, edits_the_last_comment_of_the_job_or_the_one_that_is_named) {
  CalledTool last("edit_comment");
  last.after("comment_on_issue", R"({"id":4})").after("comment_on_issue", R"({"id":6})");
  last.told(R"({"body":"b","comment_id":null})");
  EXPECT_THAT(last.sent(), ElementsAre("GET /repos/octo/hello/issues/comments/6")) << "the second call was refused";
  for (const char* number : {"5", "\"5\""}) {
    CalledTool named("edit_comment");
    named.after("comment_on_issue", R"({"id":4})");
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
      {"review_pull_request", R"({"body":"B<!-- rehearse:0f -->","pull_number":7})",
       R"(POST /repos/octo/hello/pulls/7/reviews {"event":"COMMENT","body":"B\n\nMARKER"})", 200}};
  for (const Row& row : rows) {
    CalledTool called(row.tool);
    called.after("create_branch", R"({"branch":"rehearse/a"})");
    called.answers(row.status, R"({"id":5,"number":9,"html_url":"u","body":"B"})");
    EXPECT_EQ(called.told(row.arguments), R"({"status":"posted","number":9,"id":5,"url":"u"})") << row.sent;
    std::string expected = row.sent;
    expected.replace(expected.find("MARKER"), 6, marker_of(called.key()));
    EXPECT_THAT(called.sent(), ElementsAre(expected));

    CalledTool other_status(row.tool);
    other_status.after("create_branch", R"({"branch":"rehearse/a"})");
    other_status.answers(row.status == 200 ? 201 : 200, R"({"id":5,"html_url":"u","body":"B"})");
    EXPECT_EQ(other_status.told(row.arguments), "gave up: malformed") << row.tool;
    EXPECT_TRUE(other_status.run().effect_in_doubt) << row.tool;
  }
}

TEST(ToolThatPosts, is_looked_for_where_an_earlier_run_began_it) {
  const std::pair<const char*, const char*> rows[] = {
      {"create_issue",
       "GET "
       "/repos/octo/hello/"
       "issues?state=all&sort=created&direction=desc&since=1970-01-01T23%3A00%3A00Z&per_page=100&page=1"},
      {"create_pull_request", "GET /repos/octo/hello/pulls?state=all&head=octo%3Arehearse%2Fa&per_page=100&page=1"},
      {"review_pull_request", "GET /repos/octo/hello/pulls/7/reviews?per_page=100&page=1"}};
  constexpr const char* kBegun =
      R"({"title":"T","body":"B","base":"main","head":"rehearse/a","since":"1970-01-01T23:00:00Z"})";
  for (const auto& [tool, sent] : rows) {
    CalledTool found(tool);
    found.begun(kBegun);
    found.answers(200, R"([{"id":4,"number":8,"body":"other","user":{"login":"a[bot]","type":"Bot"}},)"
                       R"({"id":5,"number":9,"html_url":"u","body":"B )" +
                           marker_of(found.key()) + R"(","user":{"login":"a[bot]","type":"Bot"}}])");
    EXPECT_EQ(found.told("{}"), R"({"status":"posted","number":9,"id":5,"url":"u"})") << tool;
    EXPECT_THAT(found.sent(), ElementsAre(sent));

    CalledTool not_found(tool);
    not_found.begun(kBegun);
    not_found.answers(200, "[]").told("{}");
    ASSERT_THAT(not_found.sent(), SizeIs(2)) << tool;
    EXPECT_THAT(not_found.sent()[1], HasSubstr(marker_of(not_found.key()))) << tool;
  }
}

TEST(ToolThatPosts, is_looked_for_once_more_where_its_repetition_is_refused) {
  for (const bool came_late : {true, false}) {
    CalledTool called("create_pull_request");
    called.begun(R"({"title":"T","body":"B","base":"main","head":"rehearse/a"})");
    const std::string late = R"([{"id":5,"number":9,"html_url":"u","body":")" + marker_of(called.key()) +
                             R"(","user":{"login":"a[bot]","type":"Bot"}}])";
    called.answers(200, "[]").answers(422, R"({"message":"A pull request already exists for octo:a."})");
    called.answers(200, came_late ? late : "[]");
    const std::string told = called.told("{}");
    if (came_late) {
      EXPECT_EQ(told, R"({"status":"posted","number":9,"id":5,"url":"u"})");
    } else {
      EXPECT_THAT(told, StartsWith("error: GitHub refused it"));
    }
    EXPECT_THAT(called.sent(), SizeIs(3));
    EXPECT_EQ(called.run().effect_in_doubt, !came_late);
  }
}

}  // namespace
}  // namespace core
