// OpenAI's chat completions (platform.openai.com/docs/api-reference/chat). An answer is one JSON object or a stream of
// server-sent events that ends with "[DONE]", with a finish_reason, or with both; the arguments of tool calls are JSON
// texts, and in a stream they come in pieces. What compatible services make of it is in docs/dialects.md.
#pragma once

#include "core/llm/protocol.h"

namespace core {

class OpenAiProtocol : public ChatProtocol {
 public:
  std::string_view path() const override { return "/chat/completions"; }
  std::string_view accept(bool stream) const override { return stream ? "text/event-stream" : "application/json"; }
  std::string encode_request(const ChatRequest& request) const override;
  ChatAnswer decode_response(const HttpResponse& response, WallTime own) const override;
};

}  // namespace core
