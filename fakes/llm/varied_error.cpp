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
  std::string_view zai;     ///< Z.AI's.
  int minimax;              ///< MiniMax's; 0: it has none.
};

constexpr std::array<StatusWords, 8> kWords = {{
    {400, "invalid_request_error", "invalid_request_error", "INVALID_ARGUMENT", "", 2013},
    {401, "invalid_api_key", "authentication_error", "UNAUTHENTICATED", "", 1004},
    {402, "insufficient_quota", "billing_error", "", "1113", 1008},
    {403, "", "permission_error", "PERMISSION_DENIED", "", 0},
    {404, "model_not_found", "not_found_error", "NOT_FOUND", "", 0},
    {429, "rate_limit_exceeded", "rate_limit_error", "RESOURCE_EXHAUSTED", "1302", 1002},
    {500, "server_error", "api_error", "INTERNAL", "", 1000},
    {503, "service_unavailable", "overloaded", "UNAVAILABLE", "", 0},
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
  if (words != nullptr && way == 5 && !words->zai.empty()) return fmt::format(R"("code":"{}")", words->zai);
  if (way == 6 && status == 429) return R"("type":"invalid_request_error","detail":"Too many requests, please wait.")";
  if (way == 3) return fmt::format(R"("code":"{}")", status);
  if (way == 4) return fmt::format(R"("type":"{}","code":{})", another_word(status), status);
  return fmt::format(R"("code":{})", status);
}

constexpr std::uint64_t kWays = 7;  // Of naming a status, numbers alone aside.
constexpr std::string_view kMessage = R"("message":"The provider could not answer.",)";

/// In MiniMax's own way, which has no member `error`.
std::optional<std::string> minimax_error(int status) {
  const StatusWords* words = words_for(status);
  if (words == nullptr || words->minimax == 0) return std::nullopt;
  return fmt::format(R"({{"choices":null,"base_resp":{{"status_code":{},"status_msg":"no"}}}})", words->minimax);
}

}  // namespace

std::string varied_openai_error(bool stream, int status, const core::Random& random) {
  const std::string members = std::string(kMessage) + error_members(status, random.between(0, kWays, 0));
  const std::string error = R"("error":{)" + members + "}";
  const auto event = [](const std::string& data) { return "data: " + data + "\n\n"; };
  const std::string begun = event(
      R"({"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"I wi"},"finish_reason":null}]})");
  const std::optional<std::string> minimax = minimax_error(status);
  const std::uint64_t form = random.between(0, 6, 1);
  if (form == 5 && minimax) return stream ? begun + event(*minimax) : *minimax;
  // Until September 2025 llama.cpp sent an error as the SSE field `error`, which the standard does not know.
  if (form == 6 && stream) return begun + "error: {" + members + "}\n\n" + event("[DONE]");
  switch (form) {
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
