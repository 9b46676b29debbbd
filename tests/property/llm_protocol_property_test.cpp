#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json/parse.hpp>
#include <string>
#include <vector>

#include "tests/support/llm_answers.h"

namespace core {
namespace {

struct Sample {
  LlmProtocol protocol;
  std::string body;
};

std::vector<Sample> samples() {
  return {{LlmProtocol::Ollama, tests::kOllamaText},
          {LlmProtocol::Ollama, tests::kOllamaTools},
          {LlmProtocol::OpenAi, tests::kOpenAiText},
          {LlmProtocol::OpenAi, tests::kOpenAiTools},
          {LlmProtocol::OpenAi,
           R"({"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]})"}};
}

/// How much of the body makes it whole. A stream of OpenAI's is when it has said why it ended; of the others nothing
/// but the last line's end may be missing.
std::size_t needed_of(const Sample& sample) {
  const std::size_t reason = sample.body.find(R"("finish_reason":")");
  if (sample.body.front() == '{' || reason == std::string::npos) return sample.body.find_last_not_of("\n") + 1;
  return sample.body.find("\n\n", reason);
}

TEST(LlmProtocolProperty, an_answer_cut_at_any_byte_is_a_failure_and_never_a_shorter_answer) {
  for (const Sample& sample : samples()) {
    const std::string whole = tests::describe(tests::decode(sample.protocol, sample.body));
    ASSERT_FALSE(whole.starts_with("malformed")) << whole;
    const std::size_t needed = needed_of(sample);
    for (std::size_t length = 0; length < sample.body.size(); ++length) {
      const ChatAnswer answer = tests::decode(sample.protocol, sample.body.substr(0, length));
      if (length < needed) {
        ASSERT_FALSE(answer.has_value()) << sample.body.substr(0, length);
        EXPECT_EQ(answer.error().kind, FailureKind::Malformed);
      } else {
        EXPECT_EQ(tests::describe(answer), whole);
      }
    }
  }
}

RC_GTEST_PROP(LlmProtocolProperty, any_bytes_in_an_answer_are_answered_to, ()) {
  const std::vector<Sample> all = samples();
  Sample sample = all[*rc::gen::inRange<std::size_t>(0, all.size())];
  const auto changes = *rc::gen::inRange(1, 8);
  for (int i = 0; i < changes; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, sample.body.size());
    const auto length = *rc::gen::inRange<std::size_t>(0, 4);
    sample.body.replace(at, length, *rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
    if (sample.body.empty()) break;
  }
  const ChatAnswer answer = tests::decode(sample.protocol, sample.body);
  if (!answer) {
    RC_ASSERT(answer.error().message.size() <= 200u);
    return;
  }
  // Whatever is taken can be sent on.
  for (const LlmProtocol protocol : {LlmProtocol::Ollama, LlmProtocol::OpenAi}) {
    const std::string body = protocol_of(protocol).encode_request(
        {.model = "m", .messages = {answer->message}, .tools = {}, .stream = true});
    boost::system::error_code error;
    boost::json::parse(body, error);
    RC_ASSERT(!error);
  }
}

RC_GTEST_PROP(LlmProtocolProperty, any_text_is_sent_as_json, (const std::string& content, const std::string& name)) {
  const std::vector<Message> messages{
      {.role = Role::User, .content = content},
      {.role = Role::Assistant, .tool_calls = {{.id = name, .name = name, .arguments = {{"text", name}}}}},
      {.role = Role::Tool, .content = content, .tool_name = name, .tool_call_id = name}};
  const std::vector<ToolDefinition> tools{{.name = name, .description = content, .parameters = R"({"type":"object"})"}};
  for (const LlmProtocol protocol : {LlmProtocol::Ollama, LlmProtocol::OpenAi}) {
    const std::string body =
        protocol_of(protocol).encode_request({.model = content, .messages = messages, .tools = tools});
    boost::system::error_code error;
    const auto parsed = boost::json::parse(body, error);
    RC_ASSERT(!error);
    RC_ASSERT(parsed.at("messages").as_array().size() == 3u);
  }
}

/// What a model says comes out the same through either protocol's own answer.
RC_GTEST_PROP(LlmProtocolProperty, an_answer_comes_out_as_it_was_said_however_it_is_split, ()) {
  const auto letters = rc::gen::container<std::string>(rc::gen::inRange('a', 'z'));
  const auto pieces = *rc::gen::container<std::vector<std::string>>(letters);
  std::string said, ollama;
  std::vector<std::string> chunks;
  for (const std::string& piece : pieces) {
    said += piece;
    ollama += R"({"message":{"content":")" + piece + "\"},\"done\":false}\n";
    chunks.push_back(R"({"choices":[{"delta":{"content":")" + piece + "\"}}]}");
  }
  ollama += R"({"message":{},"done":true,"done_reason":"stop"})";
  chunks.emplace_back(R"({"choices":[{"delta":{},"finish_reason":"stop"}]})");
  RC_ASSERT(tests::describe(tests::decode(LlmProtocol::Ollama, ollama)) == said);
  RC_ASSERT(tests::describe(tests::decode(LlmProtocol::OpenAi, tests::event_stream(chunks))) == said);
}

}  // namespace
}  // namespace core
