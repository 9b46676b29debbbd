#include "sim/invariants/account.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <string>

#include "core/http/http.h"
#include "core/retry/account_words.h"

namespace sim {

namespace {

namespace json = boost::json;

/// A number may be a wait or a count; as a code it stands where codes do.
bool is_for_codes(std::string_view key) {
  constexpr std::string_view kCode = "code";  // "error_code", too.
  const std::string_view end = key.substr(key.size() - std::min(key.size(), kCode.size()));
  return core::equal_ignoring_case(end, kCode) || core::equal_ignoring_case(key, "type") ||
         core::equal_ignoring_case(key, "status") || core::equal_ignoring_case(key, "reason");
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  for (std::size_t at = 0; at + part.size() <= text.size(); ++at) {
    if (core::equal_ignoring_case(text.substr(at, part.size()), part)) return true;
  }
  return false;
}

bool is_said_by(std::string_view key, std::string_view text) {
  const bool is_code = is_for_codes(key);
  return std::ranges::any_of(core::account_words(), [&](const core::AccountWord& word) {
    return word.place == core::AccountWord::Place::Code ? is_code && core::equal_ignoring_case(text, word.word)
                                                        : contains_ignoring_case(text, word.word);
  });
}

enum class Texts : std::uint8_t { AreWords, MayHoldJson };

bool is_said_by_json(std::string_view body, Texts texts);

bool is_said_in(std::string_view key, const json::value& value, Texts texts) {
  if (const json::array* array = value.if_array()) {
    return std::ranges::any_of(*array, [&](const json::value& element) { return is_said_in(key, element, texts); });
  }
  if (const json::object* object = value.if_object()) {
    return std::ranges::any_of(*object, [texts](const auto& member) {
      return is_said_in({member.key().data(), member.key().size()}, member.value(), texts);
    });
  }
  if (const json::string* text = value.if_string()) {
    const std::string_view words(text->data(), text->size());
    if (is_said_by(key, words)) return true;
    // Gateways hand an error on as JSON in a text of their own.
    const std::size_t begin = std::min(words.find('{'), words.size());
    return texts == Texts::MayHoldJson &&
           is_said_by_json(words.substr(begin, words.rfind('}') + 1 - begin), Texts::AreWords);
  }
  return value.is_number() && is_said_by(key, json::serialize(value));
}

bool is_said_by_json(std::string_view body, Texts texts) {
  boost::system::error_code error;
  const json::value answer = json::parse(body, error, {}, {.max_depth = 64});
  return !error && is_said_in({}, answer, texts);
}

}  // namespace

bool names_used_up_account(std::string_view body) {
  return is_said_by_json(body, Texts::MayHoldJson);
}

}  // namespace sim
