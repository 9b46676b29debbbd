#include "sim/lab/services.h"

#include <algorithm>
#include <array>

namespace sim {

namespace {

using core::LlmProtocol;
using fakes::GitHubLimit;

constexpr std::string_view kChat = core::api::kChat.operation, kComment = core::api::kCreateComment.operation;

/// A job asks the model twice, before and after its comment.
constexpr std::array<LimitedService, 4> kServices = {{
    {"github-secondary", "403 with Retry-After in whole seconds", kComment, 1, Tells::TheWait, LlmProtocol::Ollama,
     GitHubLimit::Secondary},
    {"github-primary", "403 with x-ratelimit-reset as a whole second", kComment, 1, Tells::TheWait, LlmProtocol::Ollama,
     GitHubLimit::Primary},
    {"openai", "429 with Retry-After-Ms", kChat, 2, Tells::TheWait, LlmProtocol::OpenAi, GitHubLimit::Primary},
    {"ollama", "429 that tells nothing", kChat, 2, Tells::Nothing, LlmProtocol::Ollama, GitHubLimit::Primary},
}};

}  // namespace

std::span<const LimitedService> limited_services() {
  return kServices;
}

const LimitedService* find_limited_service(std::string_view name) {
  const auto* const found = std::ranges::find(kServices, name, &LimitedService::name);
  return found == kServices.end() ? nullptr : found;
}

void limit_service(Scenario& scenario, const LimitedService& service, std::uint64_t limit, core::Duration per,
                   core::Duration latency) {
  scenario.config.llm.protocol = service.protocol;
  fakes::HttpRule rule;
  rule.on = service.operation;
  rule.latency = latency;
  const auto of = service.is_model() ? fakes::LimitOf::Credential : fakes::LimitOf::Installation;
  rule.action = fakes::DoRateLimit{.limit = limit, .per = per, .kind = service.kind, .of = of};
  (service.is_model() ? scenario.llm : scenario.github).push_back(std::move(rule));
}

}  // namespace sim
