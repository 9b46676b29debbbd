// Letters, digits and white space of ASCII, whatever the locale of the process.
#pragma once

#include <string_view>

namespace core {

/// What JSON allows between its tokens (RFC 8259, section 2).
constexpr std::string_view kWhiteSpace = " \t\r\n";

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_letter_or_digit(char c) {
  return is_letter(c) || is_digit(c);
}
/// `c` itself where it is not a capital.
constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace core
