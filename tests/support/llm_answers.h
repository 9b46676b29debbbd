// Answers of language models as they come over the wire, and how tests look at what was made of them.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/llm/protocol.h"

namespace tests {

inline core::ChatAnswer decode(core::LlmProtocol protocol, std::string body) {
  return core::protocol_of(protocol).decode_response({.status = 200, .headers = {}, .body = std::move(body)}, {});
}

/// `text|id:name{arguments}|...`, with ` (cut)` or ` (filtered)` after it, or `malformed: what was wrong`.
inline std::string describe(const core::ChatAnswer& answer) {
  if (!answer) {
    const core::Failure failure = answer.error();
    return fmt::format("{}: {}", name_of(failure.kind), failure.message);
  }
  std::string out = answer->message.content;
  for (const core::ToolCall& call : answer->message.tool_calls) {
    out += fmt::format("|{}:{}{}", call.id, call.name, boost::json::serialize(call.arguments));
  }
  if (answer->end == core::AnswerEnd::Length) out += " (cut)";
  if (answer->end == core::AnswerEnd::Filtered) out += " (filtered)";
  return out;
}

/// A body and what is made of it.
struct DecodeRow {
  const char* name;
  std::string body;
  std::string expected;  ///< As describe() puts it; of a failure, how it begins.
};
inline void PrintTo(const DecodeRow& row, std::ostream* out) {
  *out << row.name;
}

inline void expect_decoded(core::LlmProtocol protocol, const DecodeRow& row) {
  const core::ChatAnswer answer = decode(protocol, row.body);
  const std::string described = describe(answer);
  EXPECT_EQ(answer ? described : described.substr(0, row.expected.size()), row.expected) << described;
  EXPECT_LT(described.size(), 500u);
}

/// The body with other line ends than LF.
inline std::string with_line_ends(const std::string& body, const std::string& end) {
  std::string out;
  for (const char c : body) c == '\n' ? out += end : out += c;
  return out;
}

/// A chunk of OpenAI's: the members of its delta, and the reason.
inline std::string openai_chunk(const std::string& fields, const std::string& reason = "null") {
  return R"({"choices":[{"index":0,"delta":{)" + fields + R"(},"finish_reason":)" + reason + "}]}";
}

/// The chunk of one tool call, its members given.
inline std::string openai_call(const std::string& members, const std::string& reason = "null") {
  return openai_chunk(R"("tool_calls":[{)" + members + "}]", reason);
}

/// A whole answer of OpenAI's: the members of its message, and the reason.
inline std::string openai_whole(const std::string& fields, const std::string& reason = R"("stop")") {
  return R"({"choices":[{"index":0,"message":{"role":"assistant",)" + fields + R"(},"finish_reason":)" + reason + "}]}";
}

/// A stream of server-sent events of these chunks, ended as it should be.
inline std::string event_stream(const std::vector<std::string>& chunks) {
  std::string body;
  for (const std::string& chunk : chunks) body += "data: " + chunk + "\n\n";
  return body + "data: [DONE]\n\n";
}

inline const std::string kOllamaText =
    R"({"model":"glm-4.6","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"Hé"},"done":false})"
    "\n"
    R"({"model":"glm-4.6","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"llo"},"done":false})"
    "\n"
    R"({"model":"glm-4.6","created_at":"2026-01-01T00:00:01Z","message":{"role":"assistant","content":""},)"
    R"("done_reason":"stop","done":true,"total_duration":1000000000,"eval_count":3})"
    "\n";

inline const std::string kOllamaTools =
    R"({"model":"glm-4.6","message":{"role":"assistant","content":"","thinking":"Hm.","tool_calls":[)"
    R"({"function":{"index":0,"name":"comment_on_issue","arguments":{"body":"hi"}}},)"
    R"({"function":{"name":"list_comments","arguments":{}}}]},"done":false})"
    "\n"
    R"({"model":"glm-4.6","message":{"role":"assistant","content":""},"done_reason":"stop","done":true})"
    "\n";

inline const std::string kOpenAiText = event_stream({
    R"({"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]})",
    R"({"choices":[{"index":0,"delta":{"content":"Hé"},"finish_reason":null}]})",
    R"({"choices":[{"index":0,"delta":{"content":"llo"},"finish_reason":null}]})",
    R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})",
    R"({"choices":[],"usage":{"total_tokens":12}})",
});

inline const std::string kOpenAiTools = event_stream({
    R"({"choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[)"
    R"({"index":0,"id":"call_1","type":"function","function":{"name":"comment_on_issue","arguments":""}}]},"finish_reason":null}]})",
    R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"body\":"}}]}}]})",
    R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"call_2","type":"function",)"
    R"("function":{"name":"list_comments","arguments":"{"}}]}}]})",
    R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"hi\"}"}}]}}]})",
    R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"}"}}]}}]})",
    R"({"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]})",
});

}  // namespace tests
