#include "tests/unit/http_fakes.h"

namespace fakes {
namespace {
using namespace std::chrono_literals;

class FakeLlm : public ::testing::Test {
 protected:
  core::HttpResponse ask(const core::HttpRequest& request) { return response_of(llm_.handle(request, at(0s))); }
  core::HttpResponse ask_openai(std::string body) {
    return ask(post("https://llm/v1/chat/completions", std::move(body)));
  }
  core::HttpResponse ask_ollama(std::string body) { return ask(post("http://llm/api/chat", std::move(body))); }

  const std::vector<HttpRule> no_rules_;
  Llm llm_{no_rules_, core::Random(1)};
};

/// The lines of a body, the empty ones left out.
std::vector<std::string> lines_of(const std::string& body) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < body.size();) {
    const std::size_t end = std::min(body.find('\n', begin), body.size());
    if (end > begin) lines.push_back(body.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

TEST_F(FakeLlm, ollama_asks_for_the_comment_tool_with_an_object_of_arguments) {
  const auto response = ask(ollama_chat_request());
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(header(response, "Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(header(response, "Date"), "Thu, 01 Jan 2026 00:00:00 GMT");
  const auto json = json_of(response);
  EXPECT_EQ(text_at(json, "/model"), "glm-4.6");
  EXPECT_EQ(text_at(json, "/created_at"), "2026-01-01T00:00:00Z");
  EXPECT_EQ(text_at(json, "/done"), "true");
  EXPECT_EQ(text_at(json, "/done_reason"), "stop");
  EXPECT_EQ(text_at(json, "/message/role"), "assistant");
  EXPECT_EQ(text_at(json, "/message/tool_calls/0/function/name"), "comment_on_issue");
  EXPECT_TRUE(json.at_pointer("/message/tool_calls/0/function/arguments/body").is_string());
  for (const char* name : {"/total_duration", "/load_duration", "/prompt_eval_count", "/prompt_eval_duration",
                           "/eval_count", "/eval_duration"}) {
    EXPECT_TRUE(json.at_pointer(name).is_int64()) << name;
  }
}

TEST_F(FakeLlm, openai_asks_for_the_comment_tool_with_a_text_of_arguments) {
  const auto json = json_of(ask(openai_chat_request()));
  EXPECT_EQ(text_at(json, "/object"), "chat.completion");
  EXPECT_EQ(text_at(json, "/created"), "1767225600");
  EXPECT_EQ(text_at(json, "/choices/0/finish_reason"), "tool_calls");
  EXPECT_EQ(text_at(json, "/choices/0/message/content"), "null");
  EXPECT_EQ(text_at(json, "/choices/0/message/tool_calls/0/type"), "function");
  EXPECT_TRUE(text_at(json, "/choices/0/message/tool_calls/0/id").starts_with("call_"));
  const std::string arguments = text_at(json, "/choices/0/message/tool_calls/0/function/arguments");
  EXPECT_TRUE(boost::json::parse(arguments).at_pointer("/body").is_string()) << arguments;
  EXPECT_TRUE(json.at_pointer("/usage/total_tokens").is_int64());
}

TEST_F(FakeLlm, ids_of_tool_calls_are_never_given_twice) {
  const auto id = [this] { return text_at(json_of(ask(openai_chat_request())), "/choices/0/message/tool_calls/0/id"); };
  const std::string first = id();
  EXPECT_NE(first, id());
}

TEST_F(FakeLlm, ends_with_text_when_a_tool_has_answered_or_none_of_that_name_is_offered) {
  const auto ollama = ask_ollama(fmt::format(
      R"({{"model":"m","stream":false,{},"messages":[{{"role":"user","content":"hi"}},{{"role":"assistant","content":"",
      "tool_calls":[{{"function":{{"name":"comment_on_issue","arguments":{{}}}}}}]}},
      {{"role":"tool","tool_name":"comment_on_issue","content":"ok"}}]}})",
      kTools));
  EXPECT_EQ(text_at(json_of(ollama), "/message/tool_calls"), "(absent)");
  EXPECT_FALSE(text_at(json_of(ollama), "/message/content").empty());
  const auto openai = ask_openai(R"({"model":"m","messages":[{"role":"user","content":"hi"}],)"
                                 R"("tools":[{"type":"function","function":{"name":"x"}}]})");
  EXPECT_EQ(text_at(json_of(openai), "/choices/0/finish_reason"), "stop");
  EXPECT_NE(text_at(json_of(openai), "/choices/0/message/content"), "null");
}

TEST_F(FakeLlm, ollama_streams_lines_unless_told_not_to_and_the_last_alone_is_done) {
  core::HttpRequest request = ollama_chat_request(true);
  const auto streamed = ask(request);
  EXPECT_EQ(header(streamed, "content-type"), "application/x-ndjson");
  const auto lines = lines_of(streamed.body);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(text_at(boost::json::parse(lines[0]), "/done"), "false");
  EXPECT_EQ(text_at(boost::json::parse(lines[0]), "/message/content"), "");
  EXPECT_EQ(text_at(boost::json::parse(lines[0]), "/message/tool_calls/0/function/name"), "comment_on_issue");
  EXPECT_EQ(text_at(boost::json::parse(lines[1]), "/done"), "true");
  EXPECT_EQ(text_at(boost::json::parse(lines[1]), "/message/tool_calls"), "(absent)");

  EXPECT_EQ(header(ask_ollama(R"({"model":"m","messages":[{"role":"user","content":"hi"}]})"), "content-type"),
            "application/x-ndjson");
}

TEST_F(FakeLlm, a_streamed_text_joins_to_the_whole_and_is_cut_between_code_points) {
  std::string text = "\"quoted\" \\ \n";
  for (int i = 0; i < 300; ++i) text += "h\xc3\xa4\xe2\x82\xac";
  const std::vector<HttpRule> rules = {rule(DoText{text})};
  Llm llm(rules, core::Random(1));
  std::string joined;
  const auto lines = lines_of(response_of(llm.handle(ollama_chat_request(true), at(0s))).body);
  EXPECT_GT(lines.size(), 10U);
  EXPECT_LT(lines.size(), 70U);
  for (const auto& line : lines) joined += text_at(boost::json::parse(line), "/message/content");
  EXPECT_EQ(joined, text);

  joined.clear();
  for (const auto& line : lines_of(response_of(llm.handle(openai_chat_request(true), at(0s))).body)) {
    ASSERT_TRUE(line.starts_with("data: "));
    if (line == "data: [DONE]") continue;
    const auto content = text_at(boost::json::parse(line.substr(6)), "/choices/0/delta/content");
    if (content != "(absent)") joined += content;
  }
  EXPECT_EQ(joined, text);
}

TEST_F(FakeLlm, openai_streams_events_when_asked_to_and_ends_them_with_done) {
  core::HttpRequest request = openai_chat_request(true);
  request.body.insert(1, R"("stream_options":{"include_usage":true},)");
  const auto response = ask(request);
  EXPECT_EQ(header(response, "content-type"), "text/event-stream; charset=utf-8");
  EXPECT_TRUE(response.body.ends_with("\n\ndata: [DONE]\n\n"));
  const auto lines = lines_of(response.body);
  std::string arguments, id, finish;
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    const auto event = boost::json::parse(lines[i].substr(6));
    const auto piece = text_at(event, "/choices/0/delta/tool_calls/0/function/arguments");
    if (piece != "(absent)") arguments += piece;
    if (i == 0) id = text_at(event, "/choices/0/delta/tool_calls/0/id");
    if (const auto reason = text_at(event, "/choices/0/finish_reason"); reason != "null") finish = reason;
  }
  EXPECT_TRUE(id.starts_with("call_"));
  EXPECT_TRUE(boost::json::parse(arguments).at_pointer("/body").is_string());
  EXPECT_EQ(text_at(boost::json::parse(lines[lines.size() - 2].substr(6)), "/choices"), "[]");
  EXPECT_NE(text_at(boost::json::parse(lines[lines.size() - 2].substr(6)), "/usage/total_tokens"), "(absent)");
  EXPECT_NE(response.body.find(R"("finish_reason":"tool_calls")"), std::string::npos);
}

TEST_F(FakeLlm, the_other_paths_answer_too) {
  const auto get = [this](std::string path) {
    core::HttpRequest request{"GET", "http://llm" + std::move(path), {}, ""};
    return ask(request);
  };
  EXPECT_EQ(text_at(json_of(get("/api/tags")), "/models/0/name"), "glm-4.6");
  EXPECT_NE(text_at(json_of(get("/api/version")), "/version"), "(absent)");
  EXPECT_EQ(text_at(json_of(get("/v1/models")), "/object"), "list");
  EXPECT_EQ(get("/nowhere").status, 404);
  EXPECT_EQ(get("/api/chat").status, 405);
  EXPECT_EQ(text_at(json_of(get("/v1/chat/completions")), "/error/code"), "method_not_supported");
  const auto generated = ask(post("http://llm/api/generate", R"({"model":"m","prompt":"hi","stream":false})"));
  EXPECT_NE(text_at(json_of(generated), "/response"), "(absent)");
  EXPECT_EQ(text_at(json_of(generated), "/done"), "true");
}

TEST_F(FakeLlm, refuses_what_ollama_refuses_in_its_words) {
  const std::string user = R"({"role":"user","content":"hi"})";
  const std::pair<std::string, std::string_view> rows[] = {
      {"", "missing request body"},
      {"{", "invalid JSON in the request body"},
      {"[]", "invalid JSON in the request body"},
      {R"({"messages":[)" + user + "]}", "model is required"},
      {R"({"model":7,"messages":[)" + user + "]}", "model is required"},
      {R"({"model":"m"})", "Missing required parameter: 'messages'."},
      {R"({"model":"m","messages":[]})", "Invalid 'messages': expected an array with at least one message."},
      {R"({"model":"m","messages":[7]})", "Invalid 'messages': expected an object."},
      {R"({"model":"m","stream":"no","messages":[)" + user + "]}", "'stream' is not of type 'boolean'"},
      {R"({"model":"m","messages":[{"role":"developer","content":"x"}]})",
       "Invalid value: 'developer'. Supported values are: 'system', 'assistant', 'user', and 'tool'."},
      {R"({"model":"m","messages":[{"content":"x"}]})", "Missing required parameter: 'messages[].role'."},
      {R"({"model":"m","messages":[{"role":"user"}]})", "Invalid value for 'content': expected a string."},
      {R"({"model":"m","messages":[{"role":"assistant","tool_calls":[{"function":{"name":"x","arguments":"{}"}}]}]})",
       "json: cannot unmarshal into Go struct field .messages.tool_calls.function.arguments of type "
       "api.ToolCallFunctionArguments"}};
  for (const auto& [body, message] : rows) {
    const auto response = ask_ollama(body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_EQ(text_at(json_of(response), "/error"), message) << body;
  }
}

TEST_F(FakeLlm, openai_takes_results_of_its_own_tool_calls_only_and_all_of_them) {
  const auto conversation = [](std::string_view messages) {
    return fmt::format(R"({{"model":"m","messages":[{{"role":"user","content":"hi"}}{}]}})", messages);
  };
  const std::string call =
      R"(,{"role":"assistant","content":null,)"
      R"("tool_calls":[{"id":"call_1","type":"function","function":{"name":"x","arguments":"{}"}}]})";
  const std::string result = R"(,{"role":"tool","tool_call_id":"call_1","content":"ok"})";
  EXPECT_EQ(ask_openai(conversation(call + result)).status, 200);
  for (const std::string& messages :
       {call, result, call + result + result, call + R"(,{"role":"user","content":"x"})" + result,
        call + R"(,{"role":"tool","tool_call_id":"call_2","content":"ok"})",
        call + R"(,{"role":"tool","content":"ok"})"}) {
    const auto response = ask_openai(conversation(messages));
    EXPECT_EQ(response.status, 400) << messages;
    EXPECT_EQ(text_at(json_of(response), "/error/type"), "invalid_request_error");
    EXPECT_EQ(text_at(json_of(response), "/error/param"), "messages");
  }
}

TEST_F(FakeLlm, judges_a_conversation_anew_for_each_protocol_and_the_same_each_time) {
  // To OpenAI a tool's result without a call is an error.
  const std::string body = R"({"model":"m","messages":[{"role":"tool","content":"ok"}]})";
  const std::string longer =
      R"({"model":"m","messages":[{"role":"tool","content":")" + std::string(5000, 'x') + "\"}]}";
  for (const std::string& conversation : {body, longer, body, longer}) {
    EXPECT_EQ(ask_ollama(conversation).status, 200);
    EXPECT_EQ(ask_openai(conversation).status, 400);
  }
}

TEST_F(FakeLlm, refuses_other_content_types_and_large_bodies) {
  core::HttpRequest request = ollama_chat_request();
  request.headers[0].value = "text/plain";
  EXPECT_EQ(ask(request).status, 400);
  request.headers[0].value = "Application/JSON; charset=utf-8";
  EXPECT_EQ(ask(request).status, 200);
  request.body.append(10 * 1024 * 1024, ' ');
  EXPECT_EQ(ask(request).status, 413);
}

TEST_F(FakeLlm, survives_deep_nesting_and_bytes_that_are_no_text) {
  EXPECT_EQ(ask_ollama(std::string(100'000, '[')).status, 400);
  EXPECT_EQ(ask_ollama("{\"model\":\"\xff\"}").status, 400);
}

}  // namespace
}  // namespace fakes
