// Errors under status 200, as gateways send what the service behind them answered (docs/dialects.md).
#include <fmt/format.h>

#include <array>
#include <optional>

#include "fakes/llm/forms.h"
#include "fakes/llm/json_pieces.h"

namespace fakes {

namespace {

/// The words of several services for one status.
struct StatusWords {
  int status;
  std::string_view code;    ///< OpenAI's and its followers'.
  std::string_view type;    ///< Anthropic's.
  std::string_view google;  ///< Google's canonical code.
};

constexpr std::array<StatusWords, 8> kWords = {{
    {400, "invalid_request_error", "invalid_request_error", "INVALID_ARGUMENT"},
    {401, "invalid_api_key", "authentication_error", "UNAUTHENTICATED"},
    {402, "insufficient_quota", "billing_error", ""},
    {403, "", "permission_error", "PERMISSION_DENIED"},
    {404, "model_not_found", "not_found_error", "NOT_FOUND"},
    {429, "rate_limit_exceeded", "rate_limit_error", "RESOURCE_EXHAUSTED"},
    {500, "server_error", "api_error", "INTERNAL"},
    {503, "service_unavailable", "overloaded", "UNAVAILABLE"},
}};

/// A word for another status than that of the error, as servers put beside the number.
std::string_view another_word(int status) {
  return status == 500 ? "rate_limit_error" : "server_error";
}

const StatusWords* words_for(int status) {
  for (const StatusWords& words : kWords) {
    if (words.status == status) return &words;
  }
  return nullptr;
}

/// The members of an error that name its status.
std::string error_members(int status, std::uint64_t way) {
  const StatusWords* words = words_for(status);
  if (words != nullptr && way == 0 && !words->code.empty()) return fmt::format(R"("code":"{}")", words->code);
  if (words != nullptr && way == 1) return fmt::format(R"("type":"{}")", words->type);
  if (words != nullptr && way == 2 && !words->google.empty()) return fmt::format(R"("status":"{}")", words->google);
  if (way == 3) return fmt::format(R"("code":"{}")", status);
  if (way == 4) return fmt::format(R"("type":"{}","code":{})", another_word(status), status);
  return fmt::format(R"("code":{})", status);
}

constexpr std::uint64_t kWays = 5;  // Of naming a status, numbers alone aside.
constexpr std::string_view kMessage = R"("message":"The provider could not answer.",)";

}  // namespace

std::string varied_openai_error(bool stream, int status, const core::Random& random) {
  const std::string members = std::string(kMessage) + error_members(status, random.between(0, kWays, 0));
  const std::string error = R"("error":{)" + members + "}";
  const auto event = [](const std::string& data) { return "data: " + data + "\n\n"; };
  const std::string begun = event(
      R"({"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"I wi"},"finish_reason":null}]})");
  switch (random.between(0, 4, 1)) {
    case 0: {  // The gateway's own code is another one.
      const std::string both =
          fmt::format(R"({{"code":{},"error":{{{}"code":{}}}}})", status == 500 ? 502 : 500, kMessage, status);
      return stream ? event(both) : both;
    }
    case 1:
      return stream ? begun + event(R"({"object":"error",)" + members + "}") : R"({"object":"error",)" + members + "}";
    case 2:
      return stream ? begun + "event: error\n" + event("{" + members + "}") : "{" + error + "}";
    case 3: {
      const std::string choice = R"({"choices":[{"index":0,)" + error + R"(,"finish_reason":"error",)";
      return stream ? begun + event(choice + R"("delta":{"content":""}}]})") + event("[DONE]")
                    : choice + R"("message":{"role":"assistant","content":"I wi"}}]})";
    }
    default:
      return stream ? begun + event("{" + error + "}") + event("[DONE]") : "{" + error + "}";
  }
}

std::string varied_ollama_error(int status, const core::Random& random) {
  switch (random.between(0, 2, 0)) {
    case 0:
      return fmt::format("{{\"error\":\"{} The provider could not answer.\"}}\n", status);
    case 1:
      return fmt::format("{{\"StatusCode\":{},\"Status\":\"{} No\",\"error\":\"upstream\"}}\n", status, status);
    default:
      return "{\"error\":{" + std::string(kMessage) + error_members(status, random.between(0, kWays, 1)) + "}}\n";
  }
}

}  // namespace fakes
