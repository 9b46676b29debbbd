#include "core/retry/account_words.h"

#include <array>

namespace core {

namespace {

constexpr auto kCode = AccountWord::Place::Code;
constexpr auto kSentence = AccountWord::Place::Sentence;

constexpr std::string_view kOpenAi = "OpenAI: developers.openai.com/docs/guides/error-codes";
constexpr std::string_view kZai = "Z.AI and BigModel: docs.z.ai/api-reference/api-code";
constexpr std::string_view kMoonshot = "Moonshot (Kimi): platform.kimi.ai/docs/api/errors";
constexpr std::string_view kAnthropic = "Anthropic: platform.claude.com/docs/en/api/rate-limits";
constexpr std::string_view kVolcengine = "Volcengine Ark: volcengine.com/docs/82379/1299023";
constexpr std::string_view kAlibaba = "Alibaba Model Studio: help.aliyun.com/en/model-studio/error-code";
constexpr std::string_view kZenMux = "ZenMux: docs.zenmux.ai/guide/advanced/error-codes.html";
constexpr std::string_view kOpenRouter = "OpenRouter: openrouter.ai/docs/api-reference/errors";
constexpr std::string_view kGemini = "Gemini: ai.google.dev/gemini-api/docs/billing (prepaid accounts)";
constexpr std::string_view kXai = "xAI: docs.x.ai/docs/key-information/debugging";

constexpr std::array kAccountWords = std::to_array<AccountWord>({
    {"insufficient_quota", kCode, kOpenAi},
    {"billing_not_active", kCode, kOpenAi},
    {"billing_hard_limit_reached", kCode, kOpenAi},
    {"credit_balance_exhausted", kCode, kOpenAi},
    {"organization_spend_limit_exceeded", kCode, kOpenAi},
    {"project_spend_limit_exceeded", kCode, kOpenAi},
    {"organization_usage_limit_exceeded", kCode, kOpenAi},
    {"account_deactivated", kCode, kOpenAi},
    {"1110", kCode, kZai},  // The account is inactive,
    {"1111", kCode, kZai},  // ... does not exist,
    {"1112", kCode, kZai},  // ... is locked,
    {"1113", kCode, kZai},  // ... is in arrears,
    {"1121", kCode, kZai},  // ... is locked for a violation;
    {"1309", kCode, kZai},  // the plan has expired,
    {"1310", kCode, kZai},  // ... is used up for the week or month,
    {"1311", kCode, kZai},  // ... does not include the model.
    {"exceeded_current_quota_error", kCode, kMoonshot},
    {"enforced_spend_limit_reached", kCode, kAnthropic},
    {"billing_error", kCode, kAnthropic},
    {"AccountOverdueError", kCode, kVolcengine},
    {"Arrearage", kCode, kAlibaba},
    {"insufficient_credit", kCode, kZenMux},
    {"reject_no_credit", kCode, kZenMux},
    {"quote_exceeded", kCode, kZenMux},
    {"payment_required", kCode, kOpenRouter},
    {"insufficient_credits", kCode, kOpenRouter},
    {"insufficient_balance", kCode, "DeepSeek: api-docs.deepseek.com/quick_start/error_codes (402; gateways: 429)"},
    {"prepayment credits are depleted", kSentence, kGemini},
    {"'code': 'insufficient_quota'", kSentence, "LiteLLM, of OpenAI's error: github.com/BerriAI/litellm/issues/5983"},
    {"reached your weekly usage limit, upgrade", kSentence, "Ollama: github.com/NousResearch/hermes-agent/pull/68832"},
    // No account's, but one that no waiting cures either: what is asked for at once is more than the limit.
    {"must be reduced in order to run successfully", kSentence, "OpenAI: github.com/Aider-AI/aider/issues/1880"},
    {"used all available credits", kSentence, kXai},
});

}  // namespace

std::span<const AccountWord> account_words() {
  return kAccountWords;
}

}  // namespace core
