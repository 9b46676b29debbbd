#include "core/llm/protocol.h"

#include <algorithm>

#include "core/llm/ollama.h"
#include "core/llm/openai.h"
#include "core/text/ascii.h"

namespace core {

const ChatProtocol& protocol_of(LlmProtocol protocol) {
  static const OllamaProtocol ollama;
  static const OpenAiProtocol openai;
  if (protocol == LlmProtocol::OpenAi) return openai;
  return ollama;
}

bool is_empty(const Message& message) {
  constexpr std::string_view kOpen = "<think>", kClose = "</think>";
  if (!message.tool_calls.empty()) return false;
  std::string_view text = message.content;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(kWhiteSpace), text.size()));
    if (!text.starts_with(kOpen)) return text.empty();
    const std::size_t close = text.find(kClose);
    if (close == std::string_view::npos) return true;
    text.remove_prefix(close + kClose.size());
  }
}

}  // namespace core
