#include "core/redis/error_reply.h"

#include <algorithm>

#include "core/json/input_error.h"
#include "core/text/ascii.h"

namespace core {

namespace {

/// As Redis writes the name of a command or of a setting.
bool is_name(std::string_view text) {
  constexpr std::size_t kMostBytes = 32;
  return text.size() <= kMostBytes && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '|' || c == '-' || c == '_';
         });
}

std::size_t end_of_own_words(std::string_view reply) {
  std::size_t end = std::min(reply.size(), reply.find_first_of("\"`"));
  // "ERR unknown command 'x', with args beginning with: ...", and "... script: 0fe494, on @user_script:1." after any
  // error.
  for (const std::string_view begin : {"with args", "script: "}) end = std::min(end, reply.find(begin));
  for (std::size_t at = 0; at < end; ++at) {
    // That of "You can't write" quotes nothing.
    if (reply[at] != '\'' || (at > 0 && is_letter_or_digit(reply[at - 1]))) continue;
    const std::size_t close = reply.find('\'', at + 1);
    if (close == std::string_view::npos || !is_name(reply.substr(at + 1, close - at - 1))) return at;
    at = close;
  }
  return end;
}

}  // namespace

std::string error_code_of(std::string_view reply) {
  constexpr std::size_t kMaxBytes = 32;
  const auto is_of_code = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  const auto end = std::ranges::find_if_not(reply, is_of_code);
  const auto size = static_cast<std::size_t>(end - reply.begin());
  const bool is_code = size > 0 && size <= kMaxBytes && (end == reply.end() || *end == ' ');
  return is_code ? std::string(reply.substr(0, size)) : "ERR";
}

std::string first_words(std::string_view reply) {
  constexpr std::size_t kMostShown = 200;
  std::string_view words = reply.substr(0, end_of_own_words(reply));
  words = words.substr(0, words.find_last_not_of(" .,:(") + 1);
  return words.empty() ? error_code_of(reply) : printable(words, kMostShown);
}

}  // namespace core
