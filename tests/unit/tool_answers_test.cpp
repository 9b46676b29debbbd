// What tools make of GitHub's answers before a model sees them, and the texts they do it with; and which tools a job's
// payload lets it use.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>

#include "core/queue/job.h"
#include "core/text/base64.h"
#include "core/text/cut.h"
#include "core/text/utf8.h"
#include "core/tools/contents.h"
#include "core/tools/labels.h"
#include "core/tools/told_issue.h"

namespace core {
namespace {

TEST(Base64, has_the_vectors_of_rfc_4648) {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"},
                                                         {std::string("\0\xff\xfb\xef", 4), "AP/77w=="}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(base64_encode(bytes), text);
    EXPECT_EQ(base64_decode(text), bytes) << text;
  }
}

TEST(Base64, passes_over_white_space_and_over_nothing_else) {
  EXPECT_EQ(base64_decode(" Zm9v\r\nYm\tFy\n"), "foobar");
  EXPECT_EQ(base64_decode("Zg=\n=\n"), "f");
  EXPECT_EQ(base64_decode("\n"), "");
  for (const char* text : {"Z",    "Zg",       "Zg=",      "Zm9vY",     "Z===",           "====",    "=",
                           "=m9v", "Z=9v",     "Zg=v",     "Zg==Zm9v",  "Zm9v====",       "Zm9!",    "Zm9-",
                           "Zm9_", "Zm9v----", "AAAA----", "Zm9v.Zm9v", "Zm9v\xc3\xa4xx", "Zm9v;;;;"}) {
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
  }
  EXPECT_EQ(base64_decode(std::string("Zm9v\0\0\0\0", 8)), std::nullopt);
}

TEST(CutForAModel, leaves_whole_characters_and_says_how_much_it_left_out) {
  const std::string longest(60'000, 'x');
  EXPECT_EQ(cut_for_a_model(""), "");
  EXPECT_EQ(cut_for_a_model(longest), longest);
  EXPECT_EQ(cut_for_a_model(longest + "y"), longest + "\n[1 bytes more were left out.]");
  for (std::size_t before = 59'996; before <= 60'000; ++before) {
    const std::string begin(before, 'x');
    const std::string cut = cut_for_a_model(begin + "\xf0\x9f\x90\x9e" + "end");
    EXPECT_TRUE(is_utf8(cut)) << before;
    const bool is_in = before == 59'996;
    EXPECT_EQ(cut,
              begin + (is_in ? "\xf0\x9f\x90\x9e\n[3 bytes more were left out.]" : "\n[7 bytes more were left out.]"));
  }
}

TEST(ToldLabels, are_the_names_of_a_list_and_nothing_else) {
  EXPECT_EQ(told_labels(R"([{"id":1,"name":"bug","color":"d73a4a"},{"name":"a/b \"c\""}])"),
            R"({"labels":["bug","a/b \"c\""]})");
  EXPECT_EQ(told_labels("[]"), R"({"labels":[]})");
  for (const char* text : {"", "{}", "null", R"({"name":"bug"})", R"(["bug"])", R"([{"id":1}])", R"([{"name":1}])",
                           R"([{"name":"bug"})", "<html>", R"([{"name":"bug"},null])"}) {
    EXPECT_EQ(told_labels(text), std::nullopt) << text;
  }
}

const JobSpec kOfSeven{"octo/hello", 7, 1, "Say hi"};

TEST(ToldIssue, is_the_jobs_own_or_none) {
  EXPECT_EQ(told_issue(R"({"number":7,"title":"T","state":"open","body":"B","labels":[{"name":"bug"},{"id":2}]})",
                       kOfSeven, {}),
            R"({"number":7,"title":"T","state":"open","labels":["bug"]})");
  EXPECT_EQ(
      told_issue(R"({"number":7,"title":"T","state":"closed","comments":2,"body":"B"})", kOfSeven, {}, WithText::Yes),
      R"({"number":7,"title":"T","state":"closed","labels":[],"comments":2,"body":"B"})");
  EXPECT_EQ(told_issue(R"({"number":7,"title":"T","state":"open","body":null})", kOfSeven, {}, WithText::Yes),
            R"({"number":7,"title":"T","state":"open","labels":[],"comments":0,"body":""})");
  for (const char* text :
       {"", "[]", "null", "<html>", "{}", R"({"number":8,"title":"T","state":"open"})",
        R"({"title":"T","state":"open"})", R"({"number":"7","title":"T","state":"open"})",
        R"({"number":7,"state":"open"})", R"({"number":7,"title":"T"})", R"({"number":7,"title":null,"state":"open"})",
        R"([{"number":7,"title":"T","state":"open"}])"}) {
    EXPECT_EQ(told_issue(text, kOfSeven, {}), std::nullopt) << text;
  }
}

TEST(ToldIssue, has_a_text_that_is_cut) {
  const std::string body(60'001, 'x');
  const auto told =
      told_issue(R"({"number":7,"title":"T","state":"open","body":")" + body + "\"}", kOfSeven, {}, WithText::Yes);
  ASSERT_TRUE(told);
  EXPECT_THAT(*told, testing::HasSubstr("[1 bytes more were left out.]"));
}

std::string file_answer(std::string_view content, std::string_view encoding = "base64",
                        std::string_view type = "file") {
  return boost::json::serialize(
      boost::json::object{{"type", type}, {"path", "a"}, {"sha", "5a"}, {"encoding", encoding}, {"content", content}});
}

TEST(ToldContents, are_a_text_or_why_there_is_none) {
  const std::pair<std::string, std::string> rows[] = {
      {file_answer("Zm9v\nYmFy\n"), R"({"sha":"5a","text":"foobar"})"},
      {file_answer(""), R"({"sha":"5a","text":""})"},
      {file_answer("", "none"), R"({"sha":"5a","error":"the file is too large to be read"})"},
      {R"({"type":"file","sha":"5a"})", R"({"sha":"5a","error":"the file is too large to be read"})"},
      {file_answer("//8="), R"({"sha":"5a","error":"the file is no text"})"},
      {file_answer("AGE="), R"({"sha":"5a","error":"the file is no text"})"},
      {R"({"type":"submodule","path":"a","sha":"5a"})", R"({"error":"a submodule is neither a file nor a folder"})"},
      {R"({"type":"symlink","path":"a","target":"/x"})", R"({"error":"a symlink is neither a file nor a folder"})"},
      {R"([{"type":"file","path":"docs/a.md"},{"type":"dir","path":"docs/b"}])",
       R"({"entries":["docs/a.md","docs/b"]})"},
      {"[]", R"({"entries":[]})"}};
  for (const auto& [answer, told] : rows) EXPECT_EQ(told_contents(answer), told) << answer;
}

TEST(ToldContents, are_nothing_where_the_answer_is_neither_a_file_nor_a_folder) {
  for (const std::string& answer :
       {std::string(), std::string("null"), std::string("<html>"), std::string("{}"), std::string(R"([{"name":"a"}])"),
        std::string(R"(["a"])"), file_answer("Z"), file_answer("Zm9v----"),
        std::string(R"({"type":"file","encoding":"base64","content":"Zm9v"})")}) {
    EXPECT_EQ(told_contents(answer), std::nullopt) << answer;
    EXPECT_FALSE(read_file_contents(answer)) << answer;
  }
}

TEST(ToldContents, of_a_folder_are_a_thousand_names_at_most) {
  std::string list = R"([{"path":"a"})";
  for (int i = 0; i < 1200; ++i) list += R"(,{"path":"a"})";
  const auto told = told_contents(list + "]");
  ASSERT_TRUE(told);
  EXPECT_EQ(boost::json::parse(*told).at("entries").as_array().size(), 1000U);
}

TEST(ContentsPath, encodes_each_segment_by_itself) {
  EXPECT_EQ(contents_path("octo/hello", "docs/why?.md#1 100%", ""),
            "/repos/octo/hello/contents/docs/why%3F.md%231%20100%25");
  EXPECT_EQ(contents_path("octo/hello", "a", "rehearse/b&c"), "/repos/octo/hello/contents/a?ref=rehearse%2Fb%26c");
}

std::string payload_with(std::string_view more) {
  return R"({"repo":"octo/hello","issue":7,"installation":3,"prompt":"p")" + std::string(more) + "}";
}

TEST(ToolsOfAJob, are_the_ones_that_its_payload_names_each_once) {
  const auto none_said = decode_job(payload_with(""));
  ASSERT_TRUE(none_said);
  EXPECT_EQ(none_said->tools, std::nullopt);
  EXPECT_TRUE(none_said->may_use("comment_on_issue"));
  EXPECT_FALSE(none_said->may_use("read_issue"));
  EXPECT_EQ(encode_job(*none_said), payload_with(""));

  const auto named = decode_job(payload_with(R"(,"tools":["read_issue","add_labels","read_issue"])"));
  ASSERT_TRUE(named);
  EXPECT_TRUE(named->may_use("read_issue"));
  EXPECT_TRUE(named->may_use("add_labels"));
  EXPECT_FALSE(named->may_use("comment_on_issue"));
  EXPECT_EQ(encode_job(*named), payload_with(R"(,"tools":["read_issue","add_labels"])"));

  const auto empty = decode_job(payload_with(R"(,"tools":[])"));
  ASSERT_TRUE(empty);
  EXPECT_FALSE(empty->may_use("comment_on_issue"));
  EXPECT_EQ(encode_job(*empty), payload_with(R"(,"tools":[])"));
}

TEST(ToolsOfAJob, are_a_list_of_names_of_tools) {
  for (const char* tools :
       {"null", "{}", "\"read_issue\"", "7", "[7]", "[null]", R"(["delete_issue"])", R"([""])", R"([["read_issue"]])",
        R"(["read_issue "])", R"(["Read_issue"])", R"(["github.issues.get"])", R"(["read_issue","x"])"}) {
    const auto read = decode_job(payload_with(R"(,"tools":)" + std::string(tools)));
    ASSERT_TRUE(read.has_error()) << tools;
    EXPECT_EQ(read.error().message, "\"tools\" is not a list of names of tools") << tools;
  }
}

}  // namespace
}  // namespace core
