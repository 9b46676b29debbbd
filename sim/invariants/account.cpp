#include "sim/invariants/account.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>

#include "core/retry/account_words.h"

namespace sim {

namespace {

namespace json = boost::json;

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

/// A number may be a wait or a count; as a code it stands where codes do.
bool is_for_codes(std::string_view key) {
  const std::string lower = lower_case(key);
  return lower.ends_with("code") || lower == "type" || lower == "status" || lower == "reason";
}

bool is_said_by(std::string_view key, std::string_view text) {
  const std::string lower = lower_case(text);
  return std::ranges::any_of(core::account_words(), [&](const core::AccountWord& word) {
    const std::string looked_for = lower_case(word.word);
    return word.place == core::AccountWord::Place::Code ? is_for_codes(key) && lower == looked_for
                                                        : lower.find(looked_for) != std::string::npos;
  });
}

bool is_said_in(std::string_view key, const json::value& value) {
  if (const json::array* array = value.if_array()) {
    return std::ranges::any_of(*array, [key](const json::value& element) { return is_said_in(key, element); });
  }
  if (const json::object* object = value.if_object()) {
    return std::ranges::any_of(*object, [](const auto& member) {
      return is_said_in({member.key().data(), member.key().size()}, member.value());
    });
  }
  if (const json::string* text = value.if_string()) return is_said_by(key, {text->data(), text->size()});
  return value.is_number() && is_said_by(key, json::serialize(value));
}

}  // namespace

bool names_used_up_account(std::string_view body) {
  boost::system::error_code error;
  const json::value answer = json::parse(body, error, {}, {.max_depth = 64});
  return !error && is_said_in({}, answer);
}

}  // namespace sim
