// The forms of docs/dialects.md, a row each, named there.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/llm_answers.h"

namespace core {
namespace {

using Row = tests::DecodeRow;
using tests::event_stream, tests::openai_call, tests::openai_chunk, tests::openai_whole, tests::with_line_ends;

const std::string kStop = R"("stop")";
const std::string kHi = openai_chunk(R"("content":"Hi")");
const std::string kEnd = openai_chunk("", kStop);
const std::string kUsage = R"({"choices":[],"usage":{"total_tokens":2}})";

std::string data(const std::string& chunk) {
  return "data: " + chunk + "\n\n";
}

/// A whole call of a stream, its other members given.
std::string whole_call(const std::string& members, const std::string& name, const std::string& arguments) {
  return openai_call(members + R"("function":{"name":")" + name + R"(","arguments":")" + arguments + "\"}");
}

class OpenAiDialect : public testing::TestWithParam<Row> {};
TEST_P(OpenAiDialect, reads) {
  tests::expect_decoded(LlmProtocol::OpenAi, GetParam());
}
class OllamaDialect : public testing::TestWithParam<Row> {};
TEST_P(OllamaDialect, reads) {
  tests::expect_decoded(LlmProtocol::Ollama, GetParam());
}
constexpr auto kName = [](const auto& row) { return std::string(row.param.name); };

INSTANTIATE_TEST_SUITE_P(
    Framing, OpenAiDialect,
    testing::Values(Row{"lines_end_with_cr", with_line_ends(tests::kOpenAiTools, "\r"),
                        R"(|call_1:comment_on_issue{"body":"hi"}|call_2:list_comments{})"},
                    Row{"done_twice", tests::kOpenAiText + "data: [DONE]\n\n", "Héllo"},
                    Row{"usage_after_done", tests::kOpenAiText + data(kUsage) + ": bye\n\n", "Héllo"},
                    Row{"reason_without_done", data(kHi) + data(kEnd), "Hi"},
                    Row{"done_without_reason", event_stream({kHi}), "Hi"},
                    Row{"done_with_white_space", data(kHi) + "data:  [DONE] \n\n", "Hi"},
                    Row{"broken_off_after_the_reason", data(kHi) + data(kEnd) + "data: {\"choices\":[],\"us", "Hi"},
                    Row{"broken_off_within_done", data(kHi) + data(kEnd) + "data: [DO", "Hi"},
                    Row{"broken_in_the_middle", data(kHi) + data(kEnd) + data("[DO") + data(kEnd),
                        "malformed: it is not JSON"},
                    Row{"null_chunks", event_stream({"null", kHi, "null", kEnd}), "Hi"}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Choices, OpenAiDialect,
    testing::Values(
        Row{"choices_empty", event_stream({R"({"prompt_filter_results":[],"choices":[]})", kHi, kEnd, kUsage}), "Hi"},
        Row{"choices_null", event_stream({kHi, kEnd, R"({"choices":null,"usage":{}})"}), "Hi"},
        Row{"choices_missing", event_stream({R"({"type":"ping"})", kHi, kEnd, R"({"usage":{}})"}), "Hi"},
        Row{"choice_without_delta",
            event_stream({kHi, R"({"choices":[{"index":0,"finish_reason":null,"content_filter_results":{}}]})", kEnd}),
            "Hi"},
        Row{"delta_null", event_stream({kHi, kEnd, R"({"choices":[{"finish_reason":null,"delta":null}]})"}), "Hi"},
        Row{"whole_message_again",
            event_stream({kHi, R"({"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]})"}), "Hi"},
        Row{"whole_message_in_a_stream",
            event_stream({R"({"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]})"}), "Hi"},
        Row{"another_choice", event_stream({R"({"choices":[{"index":1,"delta":{"content":"No"}}]})", kHi, kEnd}), "Hi"},
        Row{"whole_without_reason", openai_whole(R"("content":"Hi")", "null"), "Hi"}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Content, OpenAiDialect,
    testing::Values(
        Row{"content_parts",
            openai_whole(R"("content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm"}]},)"
                         R"({"type":"text","text":"H"},{"type":"image_url"},{"text":"i"}])"),
            "Hi"},
        Row{"content_parts_streamed",
            event_stream({openai_chunk(R"("content":[{"type":"thinking","thinking":[]}])"),
                          openai_chunk(R"("content":[{"type":"text","text":"H"}])"), openai_chunk(R"("content":"i")"),
                          kEnd}),
            "Hi"},
        Row{"thinking_beside_the_content",
            openai_whole(R"("reasoning_content":"Hm","reasoning":"Hm","thinking":"Hm","content":"Hi")"), "Hi"},
        Row{"refusal", openai_whole(R"("content":null,"refusal":"I cannot.")"), "I cannot."},
        Row{"role_empty", event_stream({openai_chunk(R"("role":"","content":"Hi")"), kEnd}), "Hi"},
        Row{"pair_over_two_chunks",
            event_stream({openai_chunk(R"("content":"a\ud83d")"), openai_chunk(R"("content":"\ude00b")"), kEnd}),
            "a😀b"},
        Row{"half_alone", openai_whole(R"("content":"\udc00 \\ud800 \ud800\ud83d\ude00")"), "\uFFFD \\ud800 \uFFFD😀"},
        Row{"pair_over_two_pieces_of_arguments",
            event_stream({openai_call(R"("index":0,"id":"c","function":{"name":"t","arguments":"{\"a\":\"\ud83d"})"),
                          openai_call(R"("index":0,"function":{"arguments":"\ude00\\ud83d\\ude00\\udead\"}"})",
                                      kStop)}),
            "|c:t{\"a\":\"😀😀\uFFFD\"}"},
        Row{"half_in_arguments_that_are_an_object",
            openai_whole(R"("tool_calls":[{"id":"c","function":{"name":"t","arguments":{"\ud800":["\udfff"]}}}])"),
            "|c:t{\"\uFFFD\":[\"\uFFFD\"]}"}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Arguments, OpenAiDialect,
    testing::Values(
        Row{"arguments_object",
            event_stream({openai_call(R"("index":0,"id":"c","function":{"name":"t","arguments":{"a":1}})", kStop)}),
            R"(|c:t{"a":1})"},
        Row{"arguments_empty", event_stream({whole_call(R"("index":0,"id":"c",)", "t", ""), kEnd}), "|c:t{}"},
        Row{"arguments_null",
            event_stream({openai_call(R"("index":0,"id":"c","function":{"name":"t","arguments":null})", kStop)}),
            "|c:t{}"},
        Row{"arguments_say_null", event_stream({whole_call(R"("index":0,"id":"c",)", "t", "null"), kEnd}), "|c:t{}"}),
    kName);

const std::string kA = R"({\"a\":1})", kB = R"({\"b\":2})";

INSTANTIATE_TEST_SUITE_P(
    Calls, OpenAiDialect,
    testing::Values(
        Row{"ids_missing",
            event_stream({whole_call(R"("index":0,)", "t", kA), whole_call(R"("index":1,)", "u", kB), kEnd}),
            R"(|:t{"a":1}|:u{"b":2})"},
        Row{"id_is_a_number", event_stream({whole_call(R"("index":0,"id":7,)", "t", kA), kEnd}), R"(|7:t{"a":1})"},
        Row{"index_missing",
            event_stream({openai_call(R"("id":"a","function":{"name":"t","arguments":""})"),
                          openai_call(R"("function":{"arguments":"{\"a\":1}"})"), whole_call(R"("id":"b",)", "u", kB),
                          kEnd}),
            R"(|a:t{"a":1}|b:u{"b":2})"},
        Row{"index_zero_for_all",
            event_stream({whole_call(R"("index":0,"id":"a",)", "t", kA), whole_call(R"("index":0,"id":"b",)", "t", kB),
                          kEnd}),
            R"(|a:t{"a":1}|b:t{"b":2})"},
        Row{"index_zero_for_all_without_ids",
            event_stream({whole_call(R"("index":0,)", "t", kA), whole_call(R"("index":0,"id":"",)", "t", kB), kEnd}),
            R"(|:t{"a":1}|:t{"b":2})"},
        Row{"index_zero_for_all_in_pieces",
            event_stream({openai_call(R"("index":0,"id":"a","function":{"name":"t","arguments":""})"),
                          openai_call(R"("index":0,"id":"","function":{"name":"","arguments":"{\"a\":1}"})"),
                          openai_call(R"("index":0,"id":"b","function":{"name":"u","arguments":""})"),
                          openai_call(R"("index":0,"id":null,"function":{"name":null,"arguments":"{\"b\":2}"})"),
                          kEnd}),
            R"(|a:t{"a":1}|b:u{"b":2})"},
        Row{"index_zero_for_all_whole",
            openai_whole(R"("tool_calls":[{"index":0,"function":{"name":"t","arguments":"{}"}},)"
                         R"({"index":0,"function":{"name":"t","arguments":"{}"}}])"),
            "|:t{}|:t{}"},
        Row{"index_huge",
            event_stream({whole_call(R"("index":2147483648,"id":"a",)", "t", kA),
                          openai_call(R"("index":2147483648,"function":{"arguments":" "})", kStop)}),
            R"(|a:t{"a":1})"},
        Row{"index_gap", event_stream({whole_call(R"("index":1,"id":"a",)", "t", kA), kEnd}), R"(|a:t{"a":1})"},
        Row{"index_counts_pieces",
            event_stream({openai_call(R"("index":0,"id":"a","function":{"name":"t","arguments":"{\"a\""})"),
                          openai_call(R"("index":1,"function":{"arguments":":1}"})"), kEnd}),
            R"(|a:t{"a":1})"},
        Row{"all_repeated_in_each_piece",
            event_stream(
                {openai_call(R"("index":0,"id":"a","type":"function","function":{"name":"t","arguments":""})"),
                 openai_call(R"("index":0,"id":"a","type":"function","function":{"name":"t","arguments":"{\"a\""})"),
                 openai_call(R"("index":0,"id":"a","type":"function","function":{"name":"t","arguments":":1}"})"),
                 openai_call(R"("index":0,"id":"a","type":"function","function":{"name":"t","arguments":""})",
                             R"("tool_calls")")}),
            R"(|a:t{"a":1})"},
        Row{"all_empty_in_each_piece",
            event_stream({openai_call(R"("index":0,"id":"a","type":"function","function":{"name":"t","arguments":""})"),
                          openai_call(R"("index":0,"id":"","type":"","function":{"name":"","arguments":"{\"a\":1}"})"),
                          kEnd}),
            R"(|a:t{"a":1})"},
        Row{"another_id_in_each_piece",
            event_stream({openai_call(R"("index":0,"id":"a","function":{"name":"t","arguments":""})"),
                          openai_call(R"("index":0,"id":"b","function":{"arguments":"{\"a\""})"),
                          openai_call(R"("index":0,"id":"c","function":{"arguments":":1}"})"), kEnd}),
            R"(|a:t{"a":1})"},
        Row{"id_of_another",
            event_stream({whole_call(R"("index":0,"id":"a",)", "t", kA), whole_call(R"("index":1,"id":"a",)", "u", kB),
                          kEnd}),
            R"(|a:t{"a":1}|a:u{"b":2})"},
        Row{"function_call", openai_whole(R"("function_call":{"name":"t","arguments":"{}"})", R"("function_call")"),
            "|:t{}"},
        Row{"calls_that_end_with_stop", event_stream({whole_call(R"("index":0,"id":"a",)", "t", kA), kEnd}),
            R"(|a:t{"a":1})"},
        Row{"reason_with_the_last_delta", event_stream({openai_chunk(R"("content":"Hi")", kStop)}), "Hi"}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Ends, OpenAiDialect,
    testing::Values(
        Row{"reason_empty", event_stream({openai_chunk(R"("content":"Hi")", R"("")")}), "Hi"},
        Row{"reason_says_null", event_stream({openai_chunk(R"("content":"Hi")", R"("null")")}), "Hi"},
        Row{"reason_in_every_chunk",
            event_stream({openai_chunk(R"("content":"H")", kStop), openai_chunk(R"("content":"i")", kStop)}), "Hi"},
        Row{"reason_is_not_taken_back",
            event_stream({openai_chunk(R"("content":"Hi")", R"("length")"), openai_chunk("", kStop)}), "Hi (cut)"},
        Row{"reason_in_capitals", openai_whole(R"("content":"Hi")", R"("MAX_TOKENS")"), "Hi (cut)"},
        Row{"reason_with_a_detail", openai_whole(R"("content":null)", R"("content_filter: RECITATION")"),
            " (filtered)"},
        Row{"cut_call_is_dropped",
            event_stream({openai_call(R"("index":0,"id":"a","function":{"name":"t","arguments":"{\"bo"})"),
                          openai_chunk("", R"("length")")}),
            " (cut)"},
        Row{"trouble", event_stream({kHi, openai_chunk("", R"("error")")}),
            R"(server_error: the answer ended with "error")"},
        Row{"trouble_of_the_network", openai_whole(R"("content":"Hi")", R"("network_error")"), "server_error: "},
        Row{"a_word_in_no_table", openai_whole(R"("content":"Hi")", R"("tired")"),
            R"(server_error: the answer ended with "tired")"}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Errors, OpenAiDialect,
    testing::Values(
        Row{"error_code_is_a_number", data(R"({"error":{"code":502,"message":"x"},"choices":[]})"), "server_error: "},
        Row{"error_code_is_digits", data(R"({"error":{"code":"429","type":"None","message":"x"}})"), "rate_limited: "},
        Row{"error_code_is_a_word", data(R"({"error":{"code":"rate_limit_exceeded","type":"requests"}})"),
            "rate_limited: "},
        Row{"error_type_is_a_word", data(R"({"type":"error","error":{"type":"overloaded_error","message":"x"}})"),
            "server_error: "},
        Row{"error_status_is_googles", data(R"({"error":{"code":503,"status":"UNAVAILABLE"}})"), "unavailable: "},
        Row{"error_status_is_a_word", data(R"({"error":{"status":"RESOURCE_EXHAUSTED"}})"), "rate_limited: "},
        Row{"error_in_the_piece_itself",
            data(R"({"object":"error","message":"x","type":"BadRequestError","param":null,"code":400})"),
            "client_error: "},
        Row{"error_in_the_choice",
            R"({"choices":[{"index":0,"error":{"code":429},"message":{"content":""},"finish_reason":"error"}]})",
            "rate_limited: "},
        Row{"error_beside_a_reason",
            data(kHi) + data(R"({"error":{"code":"server_error"},"choices":[{"delta":{},"finish_reason":"error"}]})"),
            "server_error: the answer carries"},
        Row{"used_up_quota", data(R"({"error":{"code":"insufficient_quota","type":"insufficient_quota"}})"),
            "client_error: "},
        Row{"used_up_quota_with_a_number", data(R"({"error":{"code":"429","type":"insufficient_quota"}})"),
            "client_error: "},
        Row{"account_words_of_others", data(R"({"error":{"code":"1110","message":"x"}})"), "client_error: "},
        Row{"quota_within_a_text",
            data(R"({"error":{"code":429,"metadata":{"raw":"{\"code\":\"insufficient_quota\"}"}}})"), "client_error: "},
        Row{"error_code_of_zai", data(R"({"error":{"code":"1302","message":"x"}})"), "rate_limited: "},
        Row{"error_of_minimax", data(R"({"choices":null,"base_resp":{"status_code":1008,"status_msg":"no money"}})"),
            R"(client_error: the answer carries an error: "no money")"},
        Row{"limit_called_an_invalid_request",
            data(R"({"error":{"type":"invalid_request_error","message":"Too many requests, please wait."}})"),
            "rate_limited: "},
        Row{"error_in_a_field_of_its_own", data(kHi) + "error: {\"code\":500,\"message\":\"x\"}\n\n" + data("[DONE]"),
            "server_error: "},
        Row{"error_says_none",
            event_stream({R"({"error":null,"choices":[]})", R"({"error":"","choices":[]})",
                          R"({"base_resp":{"status_code":0},"choices":[]})", kHi, kEnd}),
            "Hi"}),
    kName);

const std::string kLast = R"({"model":"m","done":true,"done_reason":"stop"})";

std::string said(const std::string& fields, const std::string& rest = R"("done":false)") {
  return R"({"model":"m","message":{"role":"assistant",)" + fields + "}," + rest + "}\n";
}
std::string called(const std::string& function) {
  return said(R"("content":"","tool_calls":[{)" + function + "}]") + kLast;
}

INSTANTIATE_TEST_SUITE_P(
    Forms, OllamaDialect,
    testing::Values(
        Row{"final_without_message", said(R"("content":"Hi")") + kLast, "Hi"},
        Row{"message_null", said(R"("content":"Hi")") + R"({"message":null,"done":true})", "Hi"},
        Row{"reason_missing", said(R"("content":"Hi")", R"("done":true)"), "Hi"},
        Row{"done_missing", R"({"message":{"content":"Hi"}})" + kLast, "Hi"},
        Row{"more_after_done", said(R"("content":"Hi")", R"("done":true)") + kLast + "\n{\"usage", "Hi"},
        Row{"lines_end_with_cr", with_line_ends(tests::kOllamaText, "\r"), "Héllo"},
        Row{"content_parts", said(R"("content":[{"type":"thinking"},{"type":"text","text":"Hi"}])") + kLast, "Hi"},
        Row{"thinking", said(R"("content":"","thinking":"Hm")") + said(R"("content":"Hi")") + kLast, "Hi"},
        Row{"arguments_text", called(R"("function":{"name":"t","arguments":"{\"a\":1}"})"), R"(|:t{"a":1})"},
        Row{"arguments_missing", called(R"("function":{"name":"t"})"), "|:t{}"},
        Row{"call_with_an_id", called(R"("id":"call_1","function":{"index":0,"name":"t","arguments":{}})"),
            "|call_1:t{}"},
        Row{"pair_over_two_objects", said(R"("content":"\ud83d")") + said(R"("content":"\ude00")") + kLast, "😀"},
        Row{"half_alone", said(R"("content":"\ud800")") + kLast, "\uFFFD"},
        Row{"length", said(R"("content":"Hi")", R"("done":true,"done_reason":"length")"), "Hi (cut)"},
        Row{"load", said(R"("content":"")", R"("done":true,"done_reason":"load")"), "server_error: "},
        Row{"error_is_text_with_a_status", "{\"error\":\"503 Service Unavailable\"}", "unavailable: "},
        Row{"error_with_its_status", R"({"StatusCode":429,"Status":"429 Too Many Requests","error":"x"})",
            "rate_limited: "}),
    kName);

TEST(Dialect, the_words_for_an_end) {
  const std::vector<std::pair<AnswerEnd, std::vector<const char*>>> rows = {
      {AnswerEnd::Stop,
       {"", "null", "stop", "STOP", "end_turn", "eos", "eos_token", "stop_sequence", "COMPLETE", "completed",
        "finished", "eosFound"}},
      {AnswerEnd::ToolCalls, {"tool_calls", "tool-calls", "tool_use", "function_call", "TOOL_CALL"}},
      {AnswerEnd::Length,
       {"length", "max_tokens", "MAX_TOKENS", "model_length", "max_output_tokens", "model_context_window_exceeded"}},
      {AnswerEnd::Filtered,
       {"content_filter", "content-filter", "SAFETY", "recitation", "sensitive", "refusal", "PROHIBITED_CONTENT",
        "content_filter: OTHER"}}};
  for (const auto& [end, words] : rows) {
    for (const char* word : words) EXPECT_EQ(end_named(word), end) << word;
  }
  for (const char* word : {"error", "network_error", "insufficient_system_resource", "abort", "load", "unload", "OTHER",
                           "function_call_filter: MALFORMED_FUNCTION_CALL", "stop!"}) {
    EXPECT_EQ(end_named(word), std::nullopt) << word;
  }
  EXPECT_EQ(end_named(std::string(1'000'000, 'x')), std::nullopt);
}

TEST(Dialect, an_answer_with_nothing_but_thinking_is_empty) {
  for (const char* text :
       {"", " \r\n\t", "<think>Hm.</think>", "\n<think>a</think> <think>b</think>\n", "<think>cut"}) {
    EXPECT_TRUE(is_empty({.role = Role::Assistant, .content = text})) << text;
  }
  EXPECT_FALSE(is_empty({.role = Role::Assistant, .content = "<think>Hm.</think>Hi"}));
  EXPECT_FALSE(
      is_empty({.role = Role::Assistant, .content = "", .tool_calls = {{.id = "", .name = "t", .arguments = {}}}}));
}

}  // namespace
}  // namespace core
