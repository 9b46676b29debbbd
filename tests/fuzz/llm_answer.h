// What holds of an answer of a language model in whatever protocol it came.
#pragma once

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/llm/protocol.h"
#include "core/text/utf8.h"
#include "tests/fuzz/property.h"

namespace tests {

/// In a form in which no two answers look alike.
inline std::string text_of(const core::ChatAnswer& answer) {
  if (!answer) {
    const core::Failure failure = answer.error();
    return fmt::format("{} {}: {}", name_of(failure.kind), failure.status.value_or(0), failure.message);
  }
  std::string text =
      fmt::format("{} {}:{}", static_cast<int>(answer->end), answer->message.content.size(), answer->message.content);
  for (const core::ToolCall& call : answer->message.tool_calls) {
    text += fmt::format("|{}:{}|{}:{}|{}", call.id.size(), call.id, call.name.size(), call.name,
                        boost::json::serialize(call.arguments));
  }
  return text;
}

inline void must_be_bounded(const core::Message& message) {
  must_hold(message.role == core::Role::Assistant, "an answer is the assistant's");
  must_hold(core::is_utf8(message.content), "the content is UTF-8");
  must_hold(message.content.size() <= core::kMaxAnswerTextBytes, "the content is bounded");
  must_hold(message.tool_calls.size() <= core::kMaxToolCalls, "the tool calls are bounded");
  for (const core::ToolCall& call : message.tool_calls) {
    must_hold(!call.name.empty() && call.name.size() <= core::kMaxToolNameBytes, "a tool's name is bounded");
    must_hold(call.id.size() <= core::kMaxToolCallIdBytes, "a tool call's id is bounded");
    must_hold(
        core::is_utf8(call.id) && core::is_utf8(call.name) && core::is_utf8(boost::json::serialize(call.arguments)),
        "a tool call is UTF-8");
  }
}

inline void must_be_printable(const core::Failure& failure) {
  constexpr std::size_t kLongest = 200;
  must_hold(failure.message.size() <= kLongest, "a failure's message is short");
  must_hold(is_printable(failure.message), "a failure's message is printable");
}

/// What the model said is told to it again in the next turn, by either protocol.
inline void must_be_sayable(const core::Message& message) {
  const std::vector<core::Message> messages = {message};
  const std::vector<core::ToolDefinition> tools;
  for (const core::LlmProtocol protocol : {core::LlmProtocol::Ollama, core::LlmProtocol::OpenAi}) {
    const std::string request =
        core::protocol_of(protocol).encode_request({.model = "m", .messages = messages, .tools = tools});
    boost::system::error_code not_json;
    (void)boost::json::parse(request, not_json, {}, {.max_depth = core::kMaxAnswerDepth + 8});
    must_hold(!not_json, "an answer goes into the next request as JSON", request);
  }
}

/// The answer as text, after all of the above.
inline std::string outcome_of(core::LlmProtocol protocol, std::string_view body) {
  const core::ChatAnswer answer =
      core::protocol_of(protocol).decode_response({.status = 200, .headers = {}, .body = std::string(body)}, {});
  if (answer) {
    must_hold(!core::is_cut(answer->end) || answer->message.tool_calls.empty(), "a cut answer has no tool calls");
    must_be_bounded(answer->message);
    must_be_sayable(answer->message);
  } else {
    must_be_printable(answer.error());
  }
  return text_of(answer);
}

}  // namespace tests
