// What a model may say to a tool: the parameters and their schema, names of branches and files, and what a job's
// payload says of tools. Nothing that is refused sends anything.
#include "core/tools/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>

#include "core/tools/own_branches.h"
#include "tests/unit/called_tool.h"

namespace core {
namespace {

using testing::HasSubstr;
using tests::CalledTool;

const JobSpec kJob{"octo/hello", 7, 1, "Say hi"};
constexpr std::string_view kChoices[] = {"red", "green"};
constexpr Parameter kOfEachKind[] = {
    {"text", "A text.", Parameter::Kind::Post, Parameter::Need::Mandatory, 8},
    {"line", "A line.", Parameter::Kind::Line, Parameter::Need::Optional, 8},
    {"name", "A name.", Parameter::Kind::Name, Parameter::Need::Optional},
    {"whole", "A number.", Parameter::Kind::Whole, Parameter::Need::Optional},
    {"lines", "A list.", Parameter::Kind::Lines, Parameter::Need::Optional, 4, 2},
    {"choice", "A colour.", Parameter::Kind::Choice, Parameter::Need::Optional, 8, 2, kChoices}};
const ToolSpec kEachKind{.api = api::kGetIssue, .parameters = kOfEachKind};

std::string refused(const ToolSpec& spec, std::string_view arguments) {
  return refuse_arguments(spec, boost::json::parse(arguments).as_object(), kJob).value_or("");
}

/// The arguments of kEachKind with one more than what it must have.
std::string with(std::string_view more) {
  return R"({"text":"t",)" + std::string(more) + "}";
}

TEST(ToolSchema, tells_of_each_kind_of_parameter) {
  EXPECT_EQ(boost::json::parse(schema_of(kEachKind)), boost::json::parse(R"({
    "type": "object",
    "properties": {
      "text": {"type": "string", "description": "A text."},
      "line": {"type": "string", "description": "A line."},
      "name": {"type": "string", "description": "A name."},
      "whole": {"type": "integer", "description": "A number."},
      "lines": {"type": "array", "items": {"type": "string"}, "description": "A list."},
      "choice": {"type": "string", "enum": ["red", "green"], "description": "A colour."}},
    "required": ["text"]})"));
  EXPECT_EQ(schema_of(tools::read_issue().spec), R"({"type":"object","properties":{}})");
}

TEST(ToolArguments, of_each_kind_are_let_through) {
  for (const std::string& arguments :
       {std::string(R"({"text":"two\nmore"})"), with(R"("line":"one line")"), with(R"("name":"a name")"),
        with(R"("name":")" + std::string(255, 'n') + '"'), with(R"("whole":1)"), with(R"("whole":"42")"),
        with(R"("whole":9223372036854775807)"), with(R"("whole":"999999999999999")"), with(R"("lines":["a","b, c"])"),
        with(R"("choice":"green")"), with(R"("line":null,"name":null,"whole":null,"lines":null,"choice":null)")}) {
    EXPECT_EQ(refused(kEachKind, arguments), "") << arguments;
  }
}

TEST(ToolArguments, of_each_kind_are_refused_with_what_is_wrong) {
  const std::pair<std::string, const char*> rows[] = {
      {"{}", R"("text" is missing)"},
      {R"({"text":null})", R"("text" must be a text)"},
      {R"({"text":""})", R"("text" must be a text)"},
      {R"({"text":["t"]})", R"("text" must be a text)"},
      {R"({"text":"<!-- rehearse:00 -->"})", "\"text\" "},
      {R"({"text":"123456789"})", R"("text" is longer than 8 bytes)"},
      {with(R"("line":"a\nb")"), R"("line" must be a text of one line)"},
      {with(R"("line":"a\u0000b")"), R"("line" must be a text of one line)"},
      {with(R"("line":"a\u007fb")"), R"("line" must be a text of one line)"},
      {with(R"("line":"123456789")"), R"("line" is longer than 8 bytes)"},
      {with(R"("name":" n")"), R"("name" must not begin or end with a space)"},
      {with(R"("name":"n ")"), R"("name" must not begin or end with a space)"},
      {with(R"("name":" ")"), R"("name" must not begin or end with a space)"},
      {with(R"("name":"n\t")"), R"("name" must be a text of one line)"},
      {with(R"("name":")" + std::string(256, 'n') + '"'), R"("name" is longer than 255 bytes)"},
      {with(R"("lines":"a,b")"), R"("lines" must be a list of texts)"},
      {with(R"("lines":"[\"a\"]")"), R"("lines" must be a list of texts)"},
      {with(R"("lines":[])"), R"("lines" must be a list of texts)"},
      {with(R"("lines":["a","b","c"])"), R"("lines" has more than 2 items)"},
      {with(R"("lines":["a",""])"), R"("lines" has an item that must be a text)"},
      {with(R"("lines":[["a"]])"), R"("lines" has an item that must be a text)"},
      {with(R"("lines":[null])"), R"("lines" has an item that must be a text)"},
      {with(R"("lines":["12345"])"), R"("lines" has an item that is longer than 4 bytes)"},
      {with(R"("lines":["a\n"])"), R"("lines" has an item that must be a text of one line)"},
      {with(R"("choice":"blue")"), R"("choice" must be one of: red, green)"},
      {with(R"("choice":"Red")"), R"("choice" must be one of: red, green)"},
      {with(R"("choice":["red"])"), R"("choice" must be one of: red, green)"}};
  for (const auto& [arguments, says] : rows) EXPECT_THAT(refused(kEachKind, arguments), HasSubstr(says)) << arguments;
  for (const char* number : {"0", "-1", "7.0", "7e0", "true", "[7]", "\"\"", "\"07\"", "\"#7\"", "\" 7\"", "\"7.0\"",
                             "\"0\"", "\"1000000000000000\"", "9223372036854775808"}) {
    EXPECT_THAT(refused(kEachKind, with(R"("whole":)" + std::string(number))),
                HasSubstr(R"("whole" must be a whole number from 1)"))
        << number;
  }
}

TEST(ToolArguments, that_are_accepted_are_the_tools_own_without_markers_and_nulls) {
  const boost::json::value said = boost::json::parse(
      R"({"choice":"red","lines":["a<!-- rehearse:0f -->","b"],"whole":"12","name":null,"repo":"hello","issue":7,)"
      R"("text":"t<!-- rehearse:00ff -->"})");
  EXPECT_EQ(boost::json::serialize(accepted(kEachKind, said.as_object())),
            R"({"text":"t","whole":12,"lines":["a<!-- rehearse:0f -->","b"],"choice":"red"})")
      << "markers are taken out of what is posted alone";
}

TEST(EveryTool, takes_its_example_and_refuses_what_it_does_not_know_and_every_other_place) {
  for (const auto each : kAllTools) {
    const ToolSpec& spec = each().spec;
    const boost::json::value schema = boost::json::parse(schema_of(spec));
    EXPECT_EQ(schema.at("type"), "object") << spec.name();
    EXPECT_EQ(schema.at("properties").as_object().size(), spec.parameters.size()) << spec.name();
    EXPECT_EQ(refused(spec, spec.example), "") << spec.name();
    const auto refused_with = [&spec](const char* key, const boost::json::value& value) {
      boost::json::object arguments = boost::json::parse(spec.example).as_object();
      arguments[key] = value;
      return refuse_arguments(spec, arguments, kJob).value_or("");
    };
    for (const char* key : {"repo", "repository"}) {
      EXPECT_EQ(refused_with(key, "octo/hello"), "") << spec.name();
      EXPECT_EQ(refused_with(key, "hello"), "") << spec.name();
      for (const char* other : {"octo/other", "evil/hello", "OCTO/Hello", "octo/hello/", ""}) {
        EXPECT_THAT(refused_with(key, other), HasSubstr("octo/hello#7 only")) << spec.name() << other;
      }
    }
    EXPECT_THAT(refused_with("owner", "evil"), HasSubstr("octo/hello#7 only")) << spec.name();
    for (const char* key : {"issue", "issue_number", "pull_number"}) {
      EXPECT_EQ(refused_with(key, 7), "") << spec.name();
      EXPECT_EQ(refused_with(key, "7"), "") << spec.name();
      for (const char* other : {"8", "7.0", "-7", "\"#7\"", "\" 7\"", "null", "true", "[7]", "18446744073709551615"}) {
        EXPECT_THAT(refused_with(key, boost::json::parse(other)), HasSubstr("octo/hello#7 only")) << spec.name();
      }
    }
    for (const char* key :
         {"Repo", "url", "head_repo", "event", "sha", "force", "committer", "assignees", "per_page"}) {
      EXPECT_THAT(refused_with(key, "x"), HasSubstr("nothing that it does not know")) << spec.name() << key;
    }
  }
}

TEST(BranchName, is_one_that_git_takes) {
  for (const std::string& name : {std::string("main"), std::string("rehearse/fix-typo-0123456789ab"),
                                  std::string("a/b/c"), std::string("release-1.2"), std::string("a@b"),
                                  std::string("a/HEAD"), std::string("\xc3\xa4"), std::string(244, 'a')}) {
    EXPECT_TRUE(is_branch_name(name)) << name;
  }
  for (const std::string& name : {std::string(),
                                  std::string("a..b"),
                                  std::string("a.lock"),
                                  std::string("a.lock/b"),
                                  std::string("-x"),
                                  std::string("a b"),
                                  std::string("x~1"),
                                  std::string("^"),
                                  std::string("a:b"),
                                  std::string("evil:main"),
                                  std::string("a@{1"),
                                  std::string("@{"),
                                  std::string("@"),
                                  std::string("/a"),
                                  std::string("a//b"),
                                  std::string("a/"),
                                  std::string("a."),
                                  std::string("a./b"),
                                  std::string(".a/b"),
                                  std::string("a/.b"),
                                  std::string("a\nb"),
                                  std::string("a\x7f"),
                                  std::string("a\0b", 3),
                                  std::string("a?"),
                                  std::string("a*"),
                                  std::string("a["),
                                  std::string("a\\b"),
                                  std::string("refs/heads/main"),
                                  std::string("refs/tags/v1"),
                                  std::string("refs/pull/1/head"),
                                  std::string("heads/main"),
                                  std::string("HEAD"),
                                  std::string(245, 'a')}) {
    EXPECT_FALSE(is_branch_name(name)) << name;
  }
}

TEST(FilePath, stays_within_the_repository_and_is_read_in_one_way) {
  for (const std::string& path :
       {std::string("README.md"), std::string("docs/why?.md#1 100%"), std::string(".gitignore"),
        std::string(".github/workflows/ci.yml"), std::string("a.git/b"),
        std::string("..a/b.."
                    "c"),
        std::string("\xc3\xa4/&;+"), std::string(1024, 'a')}) {
    EXPECT_TRUE(is_file_path(path)) << path;
  }
  for (const std::string& path : {std::string(),
                                  std::string("."),
                                  std::string(".."),
                                  std::string("../../../../user/repos"),
                                  std::string("a/../../x"),
                                  std::string("a/./b"),
                                  std::string("a/..."),
                                  std::string("/etc/passwd"),
                                  std::string("src//a"),
                                  std::string("src/"),
                                  std::string("/"),
                                  std::string("a/ /b"),
                                  std::string("..\\x"),
                                  std::string("%2e%2e/x"),
                                  std::string(".%2E"),
                                  std::string("..%252f"),
                                  std::string("..%2Fx"),
                                  std::string("a%5cb"),
                                  std::string(".git"),
                                  std::string(".git/config"),
                                  std::string(".GIT/hooks/x"),
                                  std::string("a/.git./b"),
                                  std::string("a/.git /b"),
                                  std::string("git~1/x"),
                                  std::string("GIT~1"),
                                  std::string("a\nb"),
                                  std::string("a\x7f"),
                                  std::string("a\0b", 3),
                                  std::string(1025, 'a')}) {
    EXPECT_FALSE(is_file_path(path)) << path;
  }
}

TEST(OwnBranch, has_the_namespace_and_a_part_of_the_key) {
  EXPECT_EQ(own_branch("fix-typo", CalledTool::kJobSecret), "rehearse/fix-typo-0123456789ab");
  EXPECT_TRUE(is_branch_name(own_branch(std::string(200, 'a'), CalledTool::kJobSecret)));
}

TEST(ToldByLast, is_what_a_tool_answered_last_in_this_run) {
  CalledTool called("edit_comment");
  const auto told = [&](std::string_view member) { return told_by_last(called.run(), "create_branch", member); };
  EXPECT_EQ(told("branch"), std::nullopt);
  called.after("create_branch", R"({"branch":"rehearse/a","id":1})");
  EXPECT_EQ(told("branch"), "rehearse/a");
  EXPECT_EQ(told("id"), "1") << "a number is told as its digits";
  EXPECT_EQ(told("other"), std::nullopt);
  called.after("create_branch", R"({"branch":"rehearse/b"})");
  called.after("create_branches", R"({"branch":"rehearse/d"})");
  EXPECT_EQ(told("branch"), "rehearse/b");
  called.after("create_branch", "not JSON");
  EXPECT_EQ(told("branch"), std::nullopt);
}

TEST(RefuseBranch, lets_the_jobs_own_be_written_to) {
  CalledTool called("commit_file");
  EXPECT_THAT(refuse_branch(called.run(), "", 2).value_or(""), HasSubstr("create_branch does"));
  called.after("create_branch", R"({"branch":"rehearse/a"})");
  EXPECT_EQ(refuse_branch(called.run(), "", 2), std::nullopt);
  const std::string own = called.branch("b");
  EXPECT_EQ(refuse_branch(called.run(), own, 2), std::nullopt);
  EXPECT_EQ(refuse_branch(called.run(), called.branch("another"), 2), std::nullopt);
  EXPECT_NE(refuse_branch(called.run(), own, 1), std::nullopt) << "it is the second that the job made";
  for (const std::string& branch :
       {std::string("main"), std::string("rehearse/b-0123456789ab"), own + "a", "Rehearse/" + own.substr(9),
        "evil:" + own, "refs/heads/" + own, own.substr(9), "rehearse/../" + own.substr(9)}) {
    EXPECT_THAT(refuse_branch(called.run(), branch, 2).value_or(""), HasSubstr("made for this job")) << branch;
  }
}

TEST(ToolCallRefusal, of_what_no_parameter_can_say_sends_nothing) {
  struct Row {
    const char* tool;
    const char* arguments;
    const char* says;
  };
  const Row rows[] = {
      {"update_issue", "{}", "wants a \"title\" or a \"body\""},
      {"update_issue", R"({"title":null,"body":null})", "wants a \"title\" or a \"body\""},
      {"edit_comment", R"({"body":"b"})", "has posted no comment"},
      {"edit_comment", R"({"body":"b","comment_id":null})", "has posted no comment"},
      {"create_branch", R"({"name":"a..b","from":"main"})", "\"name\" is no name"},
      {"create_branch", R"({"name":"a","from":"refs/heads/main"})", "\"from\" is no name"},
      {"create_branch", R"({"name":"a","from":"HEAD"})", "\"from\" is no name"},
      {"read_file", R"({"path":"../../../../user/repos"})", "\"path\" must be"},
      {"read_file", R"({"path":"a","branch":"x~1"})", "\"branch\" is no name"},
      {"create_pull_request", R"({"title":"t","body":"b","base":"main"})", "has made no branch"},
      {"create_pull_request", R"({"title":"t","body":"b","base":"main","head":"evil:rehearse/a"})",
       "made for this job"},
      {"create_pull_request", R"({"title":"t","body":"b","base":"main","head":"main"})", "made for this job"},
      {"create_pull_request", R"({"title":"t","body":"b","base":"evil:main","head":"rehearse/a"})", "\"base\" is no"},
      {"remove_label", R"({"label":"."})", "\"label\""},
      {"remove_label", R"({"label":".."})", "\"label\""}};
  for (const Row& row : rows) {
    CalledTool called(row.tool);
    EXPECT_THAT(called.told(row.arguments), testing::AllOf(HasSubstr("error: Refused"), HasSubstr(row.says)))
        << row.tool << row.arguments;
    EXPECT_TRUE(called.sent().empty()) << row.tool << row.arguments;
    EXPECT_EQ(called.run().claimed.journal.size(), 0U) << row.tool << row.arguments;
  }
}

TEST(SearchCode, refuses_every_way_to_search_elsewhere) {
  for (const char* query :
       {"password repo:octo/secret", "x org:octo", "x user:evil", "x REPO:octo/secret", "x -repo:octo/hello",
        R"(\"foo\" repo:x/y)", R"(x \"repo:x/y\")", "x (repo:x/y", "x repo:octo/hello", "x OR y", "x AND y", "NOT x",
        R"(foo\" x)", "language:cpp path:src", " ", "x\\ny", "x\\u0000", "x<!-- rehearse:0 -->repo:x/y"}) {
    CalledTool called("search_code");
    EXPECT_THAT(called.told(R"({"query":")" + std::string(query) + "\"}"), HasSubstr("error: Refused")) << query;
    EXPECT_TRUE(called.sent().empty()) << query;
  }
  CalledTool called("search_code");
  called.answers(200, R"({"items":[]})");
  EXPECT_EQ(called.told(R"({"query":"\"two words\" or language:c++ path:src filename:a extension:h in:file"})"),
            R"({"files":[]})");
}

}  // namespace
}  // namespace core
