// Whatever mix of escapes a secret is sent back with, it is masked, and a JSON text stays one.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>

#include "core/text/secret_mask.h"

namespace core {
namespace {

/// As a JSON string may write it.
std::string in_any_way(char c) {
  const auto code = static_cast<unsigned>(static_cast<unsigned char>(c));
  const bool must = c == '"' || c == '\\';
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      return fmt::format("\\u{:04x}", code);
    case 1:
      return fmt::format("\\u{:04X}", code);
    case 2:
      return must || c == '/' ? std::string{'\\', c} : std::string(1, c);
    default:
      return must ? fmt::format("\\u{:04x}", code) : std::string(1, c);
  }
}

std::string json_in_any_way(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += in_any_way(c);
  return out + '"';
}

rc::Gen<std::string> texts(std::size_t at_least) {
  return rc::gen::suchThat(rc::gen::container<std::string>(rc::gen::inRange('!', '\x7f')),
                           [at_least](const std::string& text) { return text.size() >= at_least; });
}

RC_GTEST_PROP(SecretMask, hides_a_secret_with_any_mix_of_escapes, ()) {
  const std::string secret = *texts(4);
  const std::string before = *texts(0), after = *texts(0);
  const int depth = *rc::gen::inRange(1, 5);
  std::string text = before + secret + after;
  for (int level = 0; level < depth; ++level) text = json_in_any_way(text);
  std::string answer = "{\"error\": " + text + "}";
  RC_ASSERT(mask_secret(answer, secret, "[ ]"));
  if (secret.find('"') != std::string::npos) return;
  boost::system::error_code not_json;
  boost::json::value value = boost::json::parse(answer, not_json);
  RC_ASSERT(!not_json);
  // What a reader makes of it, one level after the other: none shows the secret.
  std::string shown(value.at("error").as_string());
  for (int level = 1; level <= depth; ++level) {
    RC_ASSERT(shown.find(secret) == std::string::npos);
    value = boost::json::parse(shown, not_json);
    if (not_json || !value.is_string()) break;
    shown = value.as_string();
  }
}

}  // namespace
}  // namespace core
