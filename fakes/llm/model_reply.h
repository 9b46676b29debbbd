// What the fake model says, and how each protocol writes it down: whole answers, streams, errors and lists of models.
// Texts alone; headers and statuses are put around them by the service.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/time/time.h"
#include "fakes/llm/chat_request.h"

namespace fakes {

struct AskedTool {
  std::string_view name;
  std::string_view arguments;  ///< A JSON object's text.
};

/// Text, or a request for tools.
struct ModelReply {
  std::string_view text;
  std::vector<AskedTool> tools;    ///< Empty: text.
  std::string_view thinking = {};  ///< Before the text, in a field of its own.
  std::string_view finish = {};    ///< The word for the answer's end; empty: the usual one.

  /// Of everything that the model says, the tools' names aside.
  std::size_t bytes() const {
    std::size_t bytes = text.size();
    for (const AskedTool& tool : tools) bytes += tool.arguments.size();
    return bytes;
  }
};

/// The arguments as far as they come: half of them in an answer that ends with neither "stop" nor "tool_calls".
std::string_view arguments_sent(const ModelReply& reply, const AskedTool& tool);

/// What identifies an answer.
struct ReplyStamp {
  core::WallTime created;
  std::uint64_t number = 0;  ///< Of the answer, for OpenAI's ids; unlike that of any other answer.
};

/// The most pieces that a stream breaks a text into.
inline constexpr std::size_t kMaxPieces = 64;
/// The next piece of a text that is streamed, cut between code points; takes it off `rest`.
std::string_view take_piece(std::string_view& rest, std::size_t whole_size);

std::string ollama_chat(const ChatRequest& chat, const ModelReply& reply, const ReplyStamp& stamp);
std::string ollama_generate(const ChatRequest& chat, const ModelReply& reply, const ReplyStamp& stamp);
std::string ollama_error(std::string_view message);
/// The service's words for a status that no request was the cause of.
std::string_view ollama_message(int status);
std::string_view ollama_tags();
std::string_view ollama_version();

std::string openai_chat(const ChatRequest& chat, const ModelReply& reply, const ReplyStamp& stamp);
std::string openai_error(const LlmError& error);
LlmError openai_error_of(int status);
std::string_view openai_models();

}  // namespace fakes
