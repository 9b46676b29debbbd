#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>
#include <vector>

#include "tests/support/llm_answers.h"

namespace core {
namespace {

using Row = tests::DecodeRow;

std::string message(const std::string& fields, const std::string& rest = R"("done":true,"done_reason":"stop")") {
  return R"({"message":{"role":"assistant",)" + fields + "}," + rest + "}";
}

std::string call(const std::string& function) {
  return message(R"("content":"","tool_calls":[{"function":)" + function + "}]");
}

std::string repeated(std::size_t count, const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

std::string many_calls(std::size_t count) {
  std::string calls;
  for (std::size_t i = 0; i < count; ++i) {
    calls += std::string(i == 0 ? "" : ",") + R"({"function":{"name":"t","arguments":{}}})";
  }
  return message(R"("tool_calls":[)" + calls + "]");
}

class OllamaDecode : public testing::TestWithParam<Row> {};

TEST_P(OllamaDecode, reads) {
  tests::expect_decoded(LlmProtocol::Ollama, GetParam());
}

const std::string kTools = R"(|:comment_on_issue{"body":"hi"}|:list_comments{})";

INSTANTIATE_TEST_SUITE_P(
    Good, OllamaDecode,
    testing::Values(
        Row{"whole", message(R"("content":"Hi")"), "Hi"}, Row{"streamed", tests::kOllamaText, "Héllo"},  //
        Row{"tool_calls", tests::kOllamaTools, kTools},
        Row{"pretty_printed", "\n{\n \"message\": {\n \"content\": \"Hi\"\n },\r\n \"done\": true\n}\n", "Hi"},
        Row{"crlf_and_empty_lines",
            message(R"("content":"a")", R"("done":false)") + "\r\n\r\n" + message(R"("content":"b")") + "\r\n", "ab"},
        Row{"text_beside_a_tool_call",
            message(R"("content":"Now:","tool_calls":[{"function":{"name":"t","arguments":{"n":1.5}}}])"),
            R"(Now:|:t{"n":1.5E0})"},
        Row{"nulls_are_absent", message(R"("content":null,"tool_calls":null)"), ""},
        Row{"empty_but_stopped_by_itself", message(R"("content":"")"), ""},
        Row{"cut_by_the_models_own_limit", message(R"("content":"Hi")", R"("done":true,"done_reason":"length")"),
            "Hi (cut)"},
        Row{"unknown_fields", message(R"("content":"Hi","mood":[1,{"x":null}])", R"("done":true,"new":{"a":1})"), "Hi"},
        Row{"as_many_calls_as_may_be", many_calls(32), repeated(32, "|:t{}")},
        Row{"escapes", message(R"("content":"\u00e9\ud83d\ude00\u0000")"), std::string("é😀\0", 7)}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Bad, OllamaDecode,
    testing::Values(
        Row{"nothing", "", "malformed: the stream ended without done"},
        Row{"blank", " \r\n", "malformed: the stream ended without done"},
        Row{"html", "<html>502 Bad Gateway</html>",
            R"(malformed: it is not JSON (syntax error): "<html>502 Bad Gateway</html>")"},
        Row{"array", "[1]", "malformed: it is not a JSON object: \"[1]\""},
        Row{"number", "7", "malformed: it is not a JSON object: \"7\""},
        Row{"empty_object", "{}", "malformed: the stream ended without done"},
        Row{"done_is_a_string", R"({"message":{"content":"x"},"done":"true"})",
            "malformed: done is neither true nor false"},
        Row{"never_done", message(R"("content":"Hi")", R"("done":false)") + "\n",
            "malformed: the stream ended without done"},
        Row{"cut_in_a_line", tests::kOllamaText.substr(0, 150), "malformed: it ends within a JSON value"},
        Row{"message_is_a_string", R"({"message":"Hi","done":true})", "malformed: message is not an object"},
        Row{"content_is_a_number", message(R"("content":7)"),
            "malformed: the content is neither text nor a list of parts"},
        Row{"role_of_another", R"({"message":{"role":"user","content":"Hi"},"done":true})",
            "malformed: the role is \"user\""},
        Row{"done_reason_is_a_number", message(R"("content":"x")", R"("done":true,"done_reason":1)"),
            "malformed: done_reason is not a string"},
        Row{"tool_calls_is_an_object", message(R"("tool_calls":{})"), "malformed: tool_calls is not an array"},
        Row{"call_is_a_string", message(R"("tool_calls":["t"])"), "malformed: a tool call is not an object"},
        Row{"call_without_function", message(R"("tool_calls":[{}])"), "malformed: tool call 0 has no function name"},
        Row{"call_without_name", call(R"({"arguments":{}})"), "malformed: tool call 0 has no function name"},
        Row{"name_is_a_number", call(R"({"name":1,"arguments":{}})"),
            "malformed: tool call 0 has a name that is not a string"},
        Row{"name_too_long", call(R"({"name":")" + std::string(257, 'n') + R"(","arguments":{}})"),
            "malformed: tool call 0 has too long a name"},
        Row{"arguments_are_an_array", call(R"({"name":"t","arguments":[]})"),
            "malformed: tool call 0 has arguments that are neither an object nor text"},
        Row{"arguments_are_cut", call(R"({"name":"t","arguments":"{\"body\""})"),
            "malformed: tool call 0 has bad arguments: it ends within a JSON value"},
        Row{"infinity", call(R"({"name":"t","arguments":{"n":[{"m":1e999}]}})"),
            "malformed: tool call 0 has a number that is too large"},
        Row{"minus_infinity", call(R"({"name":"t","arguments":{"n":-1e999}})"),
            "malformed: tool call 0 has a number that is too large"},
        Row{"nan", call(R"({"name":"t","arguments":{"n":NaN}})"), "malformed: it is not JSON (syntax error)"},
        Row{"too_many_calls", many_calls(33), "malformed: there are too many tool calls"},
        Row{"arguments_too_long",
            call(R"({"name":"t","arguments":{"a":[)" + repeated(70'000, "\"0123456789abcdef\",") + "0]}}"),
            "malformed: the arguments are too long"},
        Row{"arguments_of_too_many_values",
            call(R"({"name":"t","arguments":{"a":[)" + repeated(600'000, "0,") + "0]}}"),
            "malformed: it holds too many values for its length"},
        Row{"too_deep", call(R"({"name":"t","arguments":{"a":)" + repeated(40, "[") + repeated(40, "]") + "}}"),
            "malformed: it is not JSON (too deep)"},
        Row{"too_long", message(R"("content":")" + std::string(1024 * 1024 + 1, 'x') + '"'),
            "malformed: the content is too long"},
        Row{"invalid_utf8", message("\"content\":\"\xC0\x80\""), "malformed: it is not UTF-8"},
        Row{"error", R"({"error":"upstream died"})", R"(malformed: the answer carries an error: "upstream died")"},
        Row{"error_in_mid_stream", message(R"("content":"Hi")", R"("done":false)") + "\n{\"error\":\"gone\"}\n",
            R"(malformed: the answer carries an error: "gone")"},
        Row{"error_beside_an_answer", message(R"("content":"Hi")", R"("done":true,"error":"gone")"),
            R"(malformed: the answer carries an error: "gone")"},
        Row{"error_with_a_status", R"({"error":"slow down","status":429})", "rate_limited: "},
        Row{"error_with_a_status_code", R"({"error":"slow down","status_code":500})", "server_error: "},
        Row{"error_with_no_failures_status", R"({"error":"odd","status":200})", "malformed: "},
        Row{"long_error", R"({"error":")" + repeated(500, "\\u0001") + "\"}",
            "malformed: the answer carries an error: \"\\x01\\x01"}),
    [](const auto& row) { return row.param.name; });

TEST(OllamaEncode, says_the_whole_conversation) {
  const std::vector<Message> messages{
      {.role = Role::System, .content = "Be \"brief\".\n"},
      {.role = Role::User, .content = "Say hi"},
      {.role = Role::Assistant,
       .content = "",
       .tool_calls = {{.id = "unused", .name = "comment_on_issue", .arguments = {{"body", "hi"}, {"n", 1.5}}}}},
      {.role = Role::Tool, .content = R"({"ok":true})", .tool_name = "comment_on_issue", .tool_call_id = "unused"}};
  const std::vector<ToolDefinition> tools{
      {.name = "comment_on_issue", .description = "Posts.", .parameters = R"({"type":"object"})"},
      {.name = "list_comments", .description = "Lists.", .parameters = "{}"}};
  const std::string body =
      protocol_of(LlmProtocol::Ollama)
          .encode_request({.model = "glm-4.6", .messages = messages, .tools = tools, .stream = false});
  EXPECT_EQ(boost::json::parse(body), boost::json::parse(R"({
    "model": "glm-4.6", "stream": false,
    "messages": [
      {"role": "system", "content": "Be \"brief\".\n"},
      {"role": "user", "content": "Say hi"},
      {"role": "assistant", "content": "",
       "tool_calls": [{"function": {"name": "comment_on_issue", "arguments": {"body": "hi", "n": 1.5}}}]},
      {"role": "tool", "content": "{\"ok\":true}", "tool_name": "comment_on_issue"}],
    "tools": [
      {"type": "function", "function":
        {"name": "comment_on_issue", "description": "Posts.", "parameters": {"type": "object"}}},
      {"type": "function", "function": {"name": "list_comments", "description": "Lists.", "parameters": {}}}]
  })"));
}

/// The content of a message that says `text`, as the service would read it.
std::string said(const std::string& text) {
  const std::vector<Message> messages{{.role = Role::User, .content = text}};
  const std::string body =
      protocol_of(LlmProtocol::Ollama).encode_request({.model = "m", .messages = messages, .tools = {}});
  const auto parsed = boost::json::parse(body);
  const auto& content = parsed.at("messages").at(0).at("content").as_string();
  return {content.data(), content.size()};
}

TEST(OllamaEncode, sends_unicode_whatever_it_is_given) {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"plain", "plain"},
      {"é€😀", "é€😀"},
      {std::string("\0\x1f\x7f\"\\/", 6), std::string("\0\x1f\x7f\"\\/", 6)},
      {"a\xFFz", "a\uFFFDz"},
      {"\x80\x80", "\uFFFD\uFFFD"},
      {"\xC0\xAF", "\uFFFD\uFFFD"},
      {"\xE0\x80\xAF", "\uFFFD\uFFFD\uFFFD"},
      {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},
      {"\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},
      {"\xE2\x82", "\uFFFD"},
      {"\xF0\x9F\x98z", "\uFFFDz"},
      {"\xE2\x82\xE2\x82\xAC", "\uFFFD€"}};
  for (const auto& [text, expected] : rows) EXPECT_EQ(said(text), expected) << testing::PrintToString(text);
}

}  // namespace
}  // namespace core
