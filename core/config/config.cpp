#include "core/config/config.h"

#include <algorithm>

namespace core {

std::string LlmConfig::base_url() const {
  if (!url.empty()) return url;
  return protocol == LlmProtocol::Ollama ? "https://ollama.com/api" : "https://api.openai.com/v1";
}

const RetryPolicy& Config::retry_for_tool(const std::string& tool) const {
  const auto found = tools.find(tool);
  return found == tools.end() ? github.tools.retry : found->second.retry;
}

Duration Config::timeout_for_tool(const std::string& tool) const {
  const auto found = tools.find(tool);
  return found == tools.end() ? github.tools.timeout : found->second.timeout.value_or(github.tools.timeout);
}

Duration Config::longest_timeout_of_tools() const {
  Duration longest = github.tools.timeout;
  for (const auto& [name, tool] : tools) longest = std::max(longest, tool.timeout.value_or(longest));
  return longest;
}

const RetryPolicy& Config::retry_of(const Api& api) const {
  switch (api.section) {
    case ApiSection::Model:
      return llm.retry;
    case ApiSection::Token:
      return github.token.retry;
    case ApiSection::Tools:
      return retry_for_tool(std::string(api.tool));
    case ApiSection::Queue:
      break;
  }
  return redis.retry;
}

Duration Config::timeout_of(const Api& api) const {
  switch (api.section) {
    case ApiSection::Model:
      return llm.timeout;
    case ApiSection::Token:
      return github.token.timeout;
    case ApiSection::Tools:
      return timeout_for_tool(std::string(api.tool));
    case ApiSection::Queue:
      break;
  }
  return redis.timeout;
}

void Config::apply(Profile chosen) {
  const bool is_strict = chosen == Profile::Strict;
  profile = chosen;
  limits.adaptive = chosen == Profile::Fleet;
  for_each_guard_section([this]<class Settings>(const GuardSection<Settings>& section) {
    if constexpr (requires(Settings settings) { settings.enabled; }) {
      (this->*section.member).enabled = profile == Profile::Fleet;
    }
  });
  github.rate_limited_403 = is_strict ? RateLimited403::Fail : RateLimited403::Retry;
  github.new_token_refused = is_strict ? NewTokenRefused::Fail : NewTokenRefused::Retry;
  retry_after_ceiling = is_strict ? kLongestCeiling : kRetryAfterCeiling;
}

std::uint32_t Config::most_calls_of_tool(const std::string& tool) const {
  const auto found = tools.find(tool);
  return found == tools.end() ? kMostToolCalls : found->second.most_calls;
}

}  // namespace core
