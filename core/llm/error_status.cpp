#include "core/llm/error_status.h"

#include <algorithm>
#include <array>
#include <boost/json/value.hpp>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "core/text/ascii.h"

namespace core::detail {

namespace json = boost::json;

namespace {

struct Word {
  std::string_view text;
  int status;
};

/// In lower case, without underscores and hyphens. docs/dialects.md tells whose they are. Words for an
/// account that is used up are not here: ErrorBody::account_word() finds those.
constexpr std::array kWords = {
    // OpenAI, Azure, Groq, vLLM and others that follow them
    Word{"ratelimitexceeded", 429},
    Word{"ratelimiterror", 429},
    Word{"ratelimit", 429},
    Word{"toomanyrequests", 429},
    Word{"requests", 429},
    Word{"tokens", 429},
    Word{"servererror", 500},
    Word{"internalservererror", 500},
    Word{"internalerror", 500},
    Word{"serviceunavailable", 503},
    Word{"serviceunavailableerror", 503},
    Word{"serverisoverloaded", 503},
    Word{"engineoverloaded", 503},
    Word{"engineoverloadederror", 503},
    Word{"overloaded", 503},
    Word{"invalidrequesterror", 400},
    Word{"badrequesterror", 400},
    Word{"contextlengthexceeded", 400},
    Word{"contentfilter", 400},
    Word{"invalidapikey", 401},
    Word{"modelnotfound", 404},
    // Anthropic
    Word{"overloadederror", 529},
    Word{"apierror", 500},
    Word{"timeouterror", 504},
    Word{"authenticationerror", 401},
    Word{"permissionerror", 403},
    Word{"notfounderror", 404},
    Word{"requesttoolarge", 413},
    // Google's canonical codes
    Word{"resourceexhausted", 429},
    Word{"unavailable", 503},
    Word{"internal", 500},
    Word{"deadlineexceeded", 504},
    Word{"invalidargument", 400},
    Word{"failedprecondition", 400},
    Word{"unauthenticated", 401},
    Word{"permissiondenied", 403},
    Word{"notfound", 404},
    // Amazon Bedrock
    Word{"throttlingexception", 429},
    Word{"serviceunavailableexception", 503},
    Word{"internalserverexception", 500},
    Word{"modelstreamerrorexception", 500},
    Word{"modeltimeoutexception", 504},
    Word{"validationexception", 400},
    // Z.AI and BigModel: docs.z.ai/api-reference/api-code
    Word{"1302", 429},
    Word{"1303", 429},
    Word{"1305", 429},
    Word{"1308", 429},
    // Gateways
    Word{"upstreamerror", 502},
    Word{"badgateway", 502},
    Word{"gatewaytimeout", 504},
};

constexpr std::size_t kLongestWord = 64;

/// In the words' own spelling: "Rate-Limit_Exceeded" is "ratelimitexceeded".
std::string bare(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kLongestWord)) {
    if (c != '_' && c != '-') out += to_lower(c);
  }
  return out;
}

std::string_view words_of(const json::string& text) {
  return {text.data(), text.size()};
}

std::optional<int> status_of(std::int64_t number) {
  if (number < 400 || number > 599) return std::nullopt;
  return static_cast<int>(number);
}

/// A number, or a text that begins with three digits: "429", "429 Too Many Requests".
std::optional<int> number_of(const json::value& value) {
  constexpr std::size_t kDigits = 3;
  if (const std::int64_t* number = value.if_int64()) return status_of(*number);
  const json::string* string = value.if_string();
  if (string == nullptr) return std::nullopt;
  const std::string_view text = words_of(*string);
  std::int64_t number = 0;
  const char* const end = text.data() + std::min(text.size(), kDigits);
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped - text.data() != kDigits) return std::nullopt;
  if (text.size() > kDigits && text[kDigits] != ' ' && text[kDigits] != ':') return std::nullopt;
  return status_of(number);
}

std::optional<int> word_of(const json::value& value) {
  const json::string* string = value.if_string();
  if (string == nullptr) return std::nullopt;
  const std::string word = bare(words_of(*string));
  const auto* found = std::find_if(kWords.begin(), kWords.end(), [&word](const Word& row) { return row.text == word; });
  if (found == kWords.end()) return std::nullopt;
  return found->status;
}

/// platform.minimax.io/docs/api-reference/errorcode: what it tells in `base_resp`, under status 200.
constexpr std::array<std::pair<std::int64_t, int>, 13> kMiniMaxCodes = {{{1000, 500},
                                                                         {1001, 504},
                                                                         {1002, 429},
                                                                         {1004, 401},
                                                                         {1008, 402},
                                                                         {1013, 500},
                                                                         {1024, 500},
                                                                         {1026, 400},
                                                                         {1027, 400},
                                                                         {1033, 500},
                                                                         {1039, 429},
                                                                         {2013, 400},
                                                                         {2049, 401}}};

std::optional<std::int64_t> minimax_code(const json::object& piece) {
  const json::value* told = piece.if_contains("base_resp");
  const json::object* object = told != nullptr ? told->if_object() : nullptr;
  const json::value* code = object != nullptr ? object->if_contains("status_code") : nullptr;
  const std::int64_t* number = code != nullptr ? code->if_int64() : nullptr;
  return number != nullptr ? std::optional(*number) : std::nullopt;
}

std::optional<int> status_of_minimax(std::int64_t code) {
  const auto* found = std::ranges::find(kMiniMaxCodes, code, &std::pair<std::int64_t, int>::first);
  return found == kMiniMaxCodes.end() ? std::nullopt : std::optional(found->second);
}

constexpr std::array<std::string_view, 6> kNames = {"code",     "statuscode", "status",
                                                    "httpcode", "httpstatus", "type"};  // By rank.

std::optional<int> find(const json::object& object, std::optional<int> (*read)(const json::value&)) {
  for (const std::string_view name : kNames) {
    for (const json::key_value_pair& member : object) {
      if (bare(member.key()) != name) continue;
      if (const auto status = read(member.value())) return status;
    }
  }
  return std::nullopt;
}

}  // namespace

bool has_minimax_error(const json::object& piece) {
  return minimax_code(piece).value_or(0) != 0;
}

std::optional<int> named_status(const json::object& piece) {
  if (const auto code = minimax_code(piece); code && *code != 0) return status_of_minimax(*code);
  const json::value* error = piece.if_contains("error");
  const json::object* details = error != nullptr ? error->if_object() : nullptr;
  for (const auto read : {number_of, word_of}) {
    if (details != nullptr) {
      if (const auto status = find(*details, read)) return status;
    }
    if (const auto status = find(piece, read)) return status;
  }
  if (error != nullptr) {
    if (const auto status = number_of(*error)) return status;
    return word_of(*error);
  }
  return std::nullopt;
}

}  // namespace core::detail
