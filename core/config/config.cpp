#include "core/config/config.h"

namespace core {

std::string LlmConfig::base_url() const {
  if (!url.empty()) return url;
  return protocol == LlmProtocol::Ollama ? "https://ollama.com/api" : "https://api.openai.com/v1";
}

const RetryPolicy& Config::retry_for_tool(const std::string& tool) const {
  const auto found = tool_retry.find(tool);
  return found == tool_retry.end() ? github.tools.retry : found->second;
}

}  // namespace core
