#include "core/llm/answer_end.h"

#include <algorithm>
#include <array>
#include <string>

#include "core/text/ascii.h"

namespace core {

namespace {

struct Word {
  std::string_view text;
  AnswerEnd end;
};

/// In lower case with underscores. Words of trouble (error, network_error, insufficient_system_resource, abort, load,
/// unload, malformed_function_call, ...) are left out on purpose: what is not here is trouble.
constexpr std::array kEndWords = {
    // OpenAI, Azure, Mistral, DeepSeek, Groq, OpenRouter, Ollama, vLLM, llama.cpp, Z.AI, Gemini
    Word{"stop", AnswerEnd::Stop},
    Word{"tool_calls", AnswerEnd::ToolCalls},
    Word{"function_call", AnswerEnd::ToolCalls},
    Word{"length", AnswerEnd::Length},
    Word{"content_filter", AnswerEnd::Filtered},
    // Anthropic and Amazon Bedrock, handed through
    Word{"end_turn", AnswerEnd::Stop},
    Word{"stop_sequence", AnswerEnd::Stop},
    Word{"tool_use", AnswerEnd::ToolCalls},
    Word{"max_tokens", AnswerEnd::Length},
    Word{"model_context_window_exceeded", AnswerEnd::Length},
    Word{"refusal", AnswerEnd::Filtered},
    Word{"content_filtered", AnswerEnd::Filtered},
    Word{"guardrail_intervened", AnswerEnd::Filtered},
    // Gemini and Vertex AI, handed through
    Word{"safety", AnswerEnd::Filtered},
    Word{"recitation", AnswerEnd::Filtered},
    Word{"language", AnswerEnd::Filtered},
    Word{"blocklist", AnswerEnd::Filtered},
    Word{"prohibited_content", AnswerEnd::Filtered},
    Word{"spii", AnswerEnd::Filtered},
    Word{"image_safety", AnswerEnd::Filtered},
    // Mistral
    Word{"model_length", AnswerEnd::Length},
    // Z.AI and Tencent
    Word{"sensitive", AnswerEnd::Filtered},
    // Cohere
    Word{"complete", AnswerEnd::Stop},
    Word{"tool_call", AnswerEnd::ToolCalls},
    Word{"error_toxic", AnswerEnd::Filtered},
    // Text Generation Inference, Together, llama.cpp's own endpoint
    Word{"eos_token", AnswerEnd::Stop},
    Word{"eos", AnswerEnd::Stop},
    Word{"limit", AnswerEnd::Length},
    // watsonx
    Word{"token_limit", AnswerEnd::Length},
    // LM Studio's own words
    Word{"eosfound", AnswerEnd::Stop},
    Word{"stopstringfound", AnswerEnd::Stop},
    Word{"toolcalls", AnswerEnd::ToolCalls},
    Word{"maxpredictedtokensreached", AnswerEnd::Length},
    Word{"contextlengthreached", AnswerEnd::Length},
    // OpenAI's Responses API and gateways over it
    Word{"completed", AnswerEnd::Stop},
    Word{"max_output_tokens", AnswerEnd::Length},
    // Seen from gateways and smaller servers
    Word{"finished", AnswerEnd::Stop},
    Word{"finish", AnswerEnd::Stop},
    Word{"done", AnswerEnd::Stop},
    Word{"end", AnswerEnd::Stop},
    Word{"normal", AnswerEnd::Stop},
    Word{"stopped", AnswerEnd::Stop},
    Word{"end_of_turn", AnswerEnd::Stop},
    Word{"end_of_text", AnswerEnd::Stop},
    Word{"stop_token", AnswerEnd::Stop},
    Word{"function_calls", AnswerEnd::ToolCalls},
    Word{"tools", AnswerEnd::ToolCalls},
    Word{"max_length", AnswerEnd::Length},
    Word{"max_new_tokens", AnswerEnd::Length},
    Word{"max_completion_tokens", AnswerEnd::Length},
    Word{"context_length", AnswerEnd::Length},
    Word{"context_length_exceeded", AnswerEnd::Length},
    Word{"moderation", AnswerEnd::Filtered},
    Word{"blocked", AnswerEnd::Filtered},
};

constexpr std::size_t kLongestWord = 64;

/// As the table spells it. Gemini's compatible API says more after a colon: "content_filter: RECITATION".
std::string spelled(std::string_view reason) {
  std::string word(reason.substr(0, std::min(reason.find(':'), kLongestWord)));
  for (char& c : word) {
    c = to_lower(c);
    if (c == '-' || c == ' ') c = '_';
  }
  return word;
}

}  // namespace

bool is_no_reason(std::string_view reason) {
  if (reason.empty()) return true;
  if (reason.size() > 4) return false;
  const std::string word = spelled(reason);
  return word == "null" || word == "none";
}

std::optional<AnswerEnd> end_named(std::string_view reason) {
  if (is_no_reason(reason)) return AnswerEnd::Stop;
  const std::string word = spelled(reason);
  const auto* found =
      std::find_if(kEndWords.begin(), kEndWords.end(), [&word](const Word& row) { return row.text == word; });
  if (found == kEndWords.end()) return std::nullopt;
  return found->end;
}

}  // namespace core
