#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>
#include <vector>

#include "tests/support/llm_answers.h"

namespace core {
namespace {

using Row = tests::DecodeRow;

std::string whole(const std::string& fields, const std::string& reason = R"("stop")") {
  return tests::openai_whole(fields, reason);
}
std::string chunk(const std::string& fields, const std::string& reason = "null") {
  return tests::openai_chunk(fields, reason);
}
std::string call(const std::string& members, const std::string& reason = "null") {
  return tests::openai_call(members, reason);
}

std::string stream_of_call(const std::string& members) {
  return tests::event_stream({call(members, R"("tool_calls")")});
}

std::string arguments(const std::string& json_text) {
  return stream_of_call(R"("index":0,"id":"c","function":{"name":"t","arguments":)" + json_text + "}");
}

std::string many_calls(std::size_t count) {
  std::string calls;
  for (std::size_t i = 0; i < count; ++i) {
    calls += fmt::format(R"({}{{"id":"c{}","type":"function","function":{{"name":"t","arguments":"{{}}"}}}})",
                         i == 0 ? "" : ",", i);
  }
  return whole(R"("content":null,"tool_calls":[)" + calls + "]", R"("tool_calls")");
}

std::string described_calls(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += fmt::format("|c{}:t{{}}", i);
  return out;
}

class OpenAiDecode : public testing::TestWithParam<Row> {};

TEST_P(OpenAiDecode, reads) {
  tests::expect_decoded(LlmProtocol::OpenAi, GetParam());
}

const std::string kTools = R"(|call_1:comment_on_issue{"body":"hi"}|call_2:list_comments{})";

INSTANTIATE_TEST_SUITE_P(
    Good, OpenAiDecode,
    testing::Values(
        Row{"whole", whole(R"("content":"Hi","refusal":null)"), "Hi"}, Row{"streamed", tests::kOpenAiText, "Héllo"},  //
        Row{"tool_calls_in_fragments", tests::kOpenAiTools, kTools},
        Row{"whole_tool_calls", many_calls(2), described_calls(2)},
        Row{"as_many_calls_as_may_be", many_calls(32), described_calls(32)},
        Row{"crlf", tests::with_line_ends(tests::kOpenAiTools, "\r\n"), kTools},
        Row{"no_blank_line_at_the_end", tests::kOpenAiText.substr(0, tests::kOpenAiText.size() - 2), "Héllo"},
        Row{"no_space_after_the_colon", "data:" + chunk(R"("content":"Hi")", R"("stop")") + "\n\ndata:[DONE]\n\n",
            "Hi"},
        Row{"comments_ids_and_names_of_events",
            ": keep-alive\n\nid: 1\nevent: message\nretry: 5\ndata: " + chunk(R"("content":"Hi")", R"("stop")") +
                "\n\n:\n\ndata: [DONE]\n\n: bye\n\n",
            "Hi"},
        Row{"data_over_several_lines",
            "data: {\"choices\":\ndata: [{\"delta\":{\"content\":\"Hi\"},\ndata:\"finish_reason\":\"stop\"}]}\n\n"
            "data: [DONE]\n\n",
            "Hi"},
        Row{"byte_order_mark", "\xEF\xBB\xBF" + tests::kOpenAiText, "Héllo"},
        Row{"the_whole_id_and_name_again_in_every_chunk",
            tests::event_stream({call(R"("index":0,"id":"c","function":{"name":"t","arguments":"{"})"),
                                 call(R"("index":0,"id":"c","function":{"name":"t","arguments":"}"})", R"("stop")")}),
            "|c:t{}"},
        Row{"empty_but_stopped_by_itself", whole(R"("content":"")"), ""},
        Row{"cut_by_the_models_own_limit", whole(R"("content":"Hi")", R"("length")"), "Hi (cut)"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    BadStream, OpenAiDecode,
    testing::Values(
        Row{"nothing", "", "malformed: it is neither a JSON object nor an event stream: \"\""},
        Row{"html", "<html>502</html>",
            "malformed: it is neither a JSON object nor an event stream: \"<html>502</html>\""},
        Row{"neither_done_nor_reason", "data: " + chunk(R"("content":"Hi")") + "\n\n",
            "malformed: the stream ended with neither finish_reason nor [DONE]"},
        Row{"broken_off_before_the_reason", "data: " + chunk(R"("content":"Hi")") + "\n\ndata: {\"choices\":[{",
            "malformed: it ends within a JSON value"},
        Row{"bad_chunk", tests::event_stream({"{]"}), "malformed: it is not JSON (syntax error): \"{]\""},
        Row{"two_values_in_a_chunk", tests::event_stream({"{} {}"}), "malformed: it goes on after its end: \"{}\""},
        Row{"error", tests::event_stream({R"({"error":{"message":"overloaded","type":"server_error","code":null}})"}),
            R"(server_error: the answer carries an error: "overloaded")"},
        Row{"error_after_text",
            "data: " + chunk(R"("content":"Hi")") + "\n\ndata: {\"error\":{\"message\":\"slow\",\"code\":429}}\n\n",
            "rate_limited: "},
        Row{"error_by_its_event", "event: error\ndata: {\"message\":\"gone\",\"code\":\"x\"}\n\n",
            R"(malformed: the answer carries an error: "gone")"},
        Row{"error_by_its_event_with_status", "event: error\ndata: {\"message\":\"gone\",\"status\":500}\n\n",
            "server_error: "},
        Row{"error_is_text", tests::event_stream({R"({"error":"gone"})"}),
            R"(malformed: the answer carries an error: "gone")"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    BadAnswer, OpenAiDecode,
    testing::Values(
        Row{"no_choices", "{}", "malformed: there are no choices"},
        Row{"choices_is_an_object", R"({"choices":{}})", "malformed: choices is not an array"},
        Row{"choice_is_a_number", R"({"choices":[1]})", "malformed: the choice is not an object"},
        Row{"message_is_text", R"({"choices":[{"message":"Hi","finish_reason":"stop"}]})",
            "malformed: the message is not an object"},
        Row{"finish_reason_is_a_number", whole(R"("content":"Hi")", "1"), "malformed: finish_reason is not a string"},
        Row{"content_is_a_number", whole(R"("content":7)"),
            "malformed: the content is neither text nor a list of parts"},
        Row{"part_is_a_number", whole(R"("content":[7])"),
            "malformed: a part of the content is neither an object nor text"},
        Row{"role_of_another", R"({"choices":[{"message":{"role":"tool","content":"x"},"finish_reason":"stop"}]})",
            "malformed: the role is \"tool\""},
        Row{"cut", whole(R"("content":"Hi")").substr(0, 60), "malformed: it ends within a JSON value"},
        Row{"trailing_text", whole(R"("content":"Hi")") + "x", "malformed: it goes on after its end: \"x\""},
        Row{"too_many_calls", many_calls(33), "malformed: there are too many tool calls"},
        Row{"invalid_utf8", whole("\"content\":\"\xED\xA0\x80\""), "malformed: it is not UTF-8"},
        Row{"too_long", whole(R"("content":")" + std::string(1024 * 1024 + 1, 'x') + '"'),
            "malformed: the content is too long"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    BadCall, OpenAiDecode,
    testing::Values(
        Row{"tool_calls_is_a_string", tests::event_stream({chunk(R"("tool_calls":"t")")}),
            "malformed: tool_calls is not an array"},
        Row{"call_is_null", tests::event_stream({chunk(R"("tool_calls":[null])")}),
            "malformed: a tool call is not an object"},
        Row{"negative_index", stream_of_call(R"("index":-1)"), "malformed: the index of a tool call is not a number"},
        Row{"index_is_a_string", stream_of_call(R"("index":"0")"),
            "malformed: the index of a tool call is not a number"},
        Row{"other_type", stream_of_call(R"("index":0,"id":"c","type":"custom","function":{})"),
            "malformed: a tool call is not of type function"},
        Row{"no_function", stream_of_call(R"("index":0,"id":"c")"), "malformed: tool call 0 has no function name"},
        Row{"function_is_text", stream_of_call(R"("index":0,"id":"c","function":"t")"),
            "malformed: tool call 0 has no function"},
        Row{"no_name", stream_of_call(R"("index":0,"id":"c","function":{"arguments":"{}"})"),
            "malformed: tool call 0 has no function name"},
        Row{"id_is_a_list", stream_of_call(R"("index":0,"id":[1],"function":{"name":"t","arguments":"{}"})"),
            "malformed: tool call 0 has an id that is not a string"},
        Row{"id_too_long", stream_of_call(R"("index":0,"function":{},"id":")" + std::string(1025, 'i') + '"'),
            "malformed: tool call 0 has an id that is too long"},
        Row{"name_changes",
            tests::event_stream({call(R"("index":0,"id":"a","function":{"name":"t","arguments":"{"})"),
                                 call(R"("index":0,"function":{"name":"u","arguments":"}"})", R"("stop")")}),
            "malformed: tool call 0 changes its name"},
        Row{"name_too_long", stream_of_call(R"("index":0,"function":{"name":")" + std::string(257, 'n') + R"("})"),
            "malformed: tool call 0 has too long a name"},
        Row{"arguments_twice",
            tests::event_stream({call(R"("index":0,"id":"a","function":{"name":"t","arguments":{"a":1}})"),
                                 call(R"("index":0,"id":"a","function":{"arguments":{"a":1}})", R"("stop")")}),
            "malformed: tool call 0 has arguments twice"},
        Row{"arguments_are_a_list", arguments("[]"),
            "malformed: tool call 0 has arguments that are neither an object nor text"},
        Row{"a_thousand_calls", many_calls(1000), "malformed: there are too many tool calls"},
        Row{"arguments_are_cut", arguments(R"("{\"body\":\"h")"),
            "malformed: tool call 0 has bad arguments: it ends within a JSON value"},
        Row{"arguments_are_an_array", arguments(R"("[]")"),
            "malformed: tool call 0 has bad arguments: it is not a JSON object: \"[]\""},
        Row{"arguments_are_two_objects", arguments(R"("{}{}")"),
            "malformed: tool call 0 has bad arguments: it goes on after its end"},
        Row{"arguments_with_infinity", arguments(R"("{\"n\":1e999}")"),
            "malformed: tool call 0 has a number that is too large"},
        Row{"arguments_with_nan", arguments(R"("{\"n\":NaN}")"), "malformed: tool call 0 has bad arguments: it is not"},
        Row{"arguments_too_deep", arguments(R"("{\"a\":)" + std::string(40, '[') + std::string(40, ']') + R"(}")"),
            "malformed: tool call 0 has bad arguments: it is not JSON (too deep)"},
        Row{"arguments_too_long", arguments("\"{" + std::string(1024 * 1024, ' ') + "\""),
            "malformed: the arguments are too long"}),
    [](const auto& row) { return row.param.name; });

TEST(OpenAiEncode, says_the_whole_conversation) {
  const std::vector<Message> messages{
      {.role = Role::User, .content = "Say hi"},
      {.role = Role::Assistant,
       .tool_calls = {{.id = "call_1", .name = "comment_on_issue", .arguments = {{"body", "\"hi\"\n"}}},
                      {.id = "call_2", .name = "list_comments", .arguments = {}}}},
      {.role = Role::Tool, .content = "done", .tool_name = "comment_on_issue", .tool_call_id = "call_1"},
      {.role = Role::Assistant, .content = "Done."}};
  const std::vector<ToolDefinition> tools{
      {.name = "comment_on_issue", .description = "Posts.", .parameters = R"({"required":["body"],"max":-7})"}};
  const std::string body =
      protocol_of(LlmProtocol::OpenAi).encode_request({.model = "gpt", .messages = messages, .tools = tools});
  EXPECT_EQ(boost::json::parse(body), boost::json::parse(R"({
    "model": "gpt", "stream": true,
    "messages": [
      {"role": "user", "content": "Say hi"},
      {"role": "assistant", "content": null, "tool_calls": [
        {"id": "call_1", "type": "function",
         "function": {"name": "comment_on_issue", "arguments": "{\"body\":\"\\\"hi\\\"\\n\"}"}},
        {"id": "call_2", "type": "function", "function": {"name": "list_comments", "arguments": "{}"}}]},
      {"role": "tool", "content": "done", "tool_call_id": "call_1"},
      {"role": "assistant", "content": "Done."}],
    "tools": [{"type": "function", "function":
      {"name": "comment_on_issue", "description": "Posts.", "parameters": {"required": ["body"], "max": -7}}}]
  })"));
}

TEST(OpenAiEncode, leaves_out_tools_when_there_are_none) {
  const std::string body =
      protocol_of(LlmProtocol::OpenAi).encode_request({.model = "m", .messages = {}, .tools = {}, .stream = false});
  EXPECT_EQ(body, R"({"model":"m","stream":false,"messages":[]})");
}

}  // namespace
}  // namespace core
