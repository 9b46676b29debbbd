#include "core/llm/protocol.h"

#include "core/llm/ollama.h"
#include "core/llm/openai.h"

namespace core {

const ChatProtocol& protocol_of(LlmProtocol protocol) {
  static const OllamaProtocol ollama;
  static const OpenAiProtocol openai;
  if (protocol == LlmProtocol::OpenAi) return openai;
  return ollama;
}

}  // namespace core
