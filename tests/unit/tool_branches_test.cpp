// The tools that make a branch and commit to it, against answers that GitHub gives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/text/base64.h"
#include "tests/unit/called_tool.h"

namespace core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;
using tests::CalledTool;

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
    called.after("create_branch", R"({"branch":"rehearse/a"})").answers(old.status, old.body);
    called.answers(201, R"({"content":{},"commit":{"sha":"6b"}})");
    EXPECT_EQ(called.told(kCommitArguments), kCommitted);
    EXPECT_THAT(called.sent(),
                ElementsAre("GET /repos/octo/hello/contents/docs/a%20b.md?ref=rehearse%2Fa", put_by(called, sha)));
  }
}

TEST(CommitFile, sends_nothing_where_the_text_is_there_already) {
  CalledTool called("commit_file");
  called.after("create_branch", R"({"branch":"rehearse/a"})")
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
    called.after("create_branch", R"({"branch":"rehearse/a"})").answers(200, answer);
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
        R"("path":".git/config")", R"("path":"/etc/passwd")", R"("path":"")", R"("path":"a","sha":"5a")"}) {
    CalledTool called("commit_file");
    called.after("create_branch", R"({"branch":"rehearse/a"})");
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
    called.after("create_branch", R"({"branch":"rehearse/a"})").answers(404, "{}").answers(201, answer);
    EXPECT_EQ(called.told(kCommitArguments), "gave up: malformed") << answer;
    EXPECT_TRUE(called.run().effect_in_doubt) << answer;
  }
  CalledTool accepted("commit_file");
  accepted.after("create_branch", R"({"branch":"rehearse/a"})").answers(404, "{}");
  EXPECT_EQ(accepted.answers(202, R"({"commit":{"sha":"6b"}})").told(kCommitArguments), "gave up: malformed");
  CalledTool conflict("commit_file");
  conflict.after("create_branch", R"({"branch":"rehearse/a"})")
      .answers(404, "{}")
      .answers(409, R"({"message":"is at"})");
  EXPECT_EQ(conflict.told(kCommitArguments), "error: GitHub refused it: is at");
}

}  // namespace
}  // namespace core
