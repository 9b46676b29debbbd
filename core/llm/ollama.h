// Ollama's /api/chat (docs.ollama.com/api/chat). An answer is one JSON object or a stream of them, one a line; the last
// one says "done":true. Tool calls come whole, mostly in objects that are not yet done, their arguments as objects.
// What else is seen is in docs/dialects.md.
#pragma once

#include "core/llm/protocol.h"

namespace core {

class OllamaProtocol : public ChatProtocol {
 public:
  std::string_view path() const override { return "/chat"; }
  std::string_view accept(bool stream) const override { return stream ? "application/x-ndjson" : "application/json"; }
  std::string encode_request(const ChatRequest& request) const override;
  ChatAnswer decode_response(const HttpResponse& response, WallTime own) const override;
};

}  // namespace core
