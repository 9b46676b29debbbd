// What the fake model reads of a chat request, in either protocol. Parsing is as strict as the services are, or
// stricter: a conversation that they would refuse, or would quietly misread, is an error here.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <vector>

#include "core/api/api.h"
#include "core/http/http.h"

namespace fakes {

enum class LlmProtocol : std::uint8_t { Ollama, OpenAi };

/// A refusal in the words of the service; `param` and `code` are OpenAI's and may be empty.
struct LlmError {
  int status = 400;
  std::string message;
  std::string param = {};
  std::string code = {};
};

struct ChatRequest {
  std::string model;
  bool stream = false;
  bool include_usage = false;        ///< OpenAI's stream_options.
  bool offers_comment_tool = false;  ///< A tool named comment_on_issue.
  std::vector<std::string> tools;    ///< The names of all that are offered.
  std::size_t tool_results = 0;      ///< Messages of role `tool`.
  std::size_t prompt_bytes = 0;
};

/// The name of the tool that a model left alone asks for.
inline constexpr std::string_view kCommentTool = core::api::kCreateComment.tool;

boost::system::result<ChatRequest, LlmError> parse_chat(LlmProtocol protocol, const core::HttpRequest& request);

/// Ollama's /api/generate: a model and a prompt, no conversation.
boost::system::result<ChatRequest, LlmError> parse_generate(const core::HttpRequest& request);

}  // namespace fakes
