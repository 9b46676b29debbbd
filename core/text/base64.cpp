#include "core/text/base64.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "core/text/ascii.h"

namespace core {

namespace {

constexpr std::string_view kBase64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64UrlDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Without padding.
std::string encode_with(std::string_view digits, std::string_view bytes) {
  std::string text((bytes.size() * 4 + 2) / 3, '\0');
  char* out = text.data();
  std::uint32_t pending = 0;
  int pending_bits = 0;
  for (const char byte : bytes) {
    pending = pending << 8 | static_cast<unsigned char>(byte);
    for (pending_bits += 8; pending_bits >= 6;) {
      pending_bits -= 6;
      *out++ = digits[pending >> pending_bits & 63];
    }
  }
  if (pending_bits > 0) *out = digits[pending << (6 - pending_bits) & 63];
  return text;
}

std::optional<std::string> decode_with(std::string_view digits, std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t pending = 0;
  int pending_bits = 0;
  for (const char c : text) {
    const std::size_t digit = digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    pending = (pending << 6 | static_cast<std::uint32_t>(digit)) & 0x3fff;
    pending_bits += 6;
    if (pending_bits >= 8) {
      pending_bits -= 8;
      bytes += static_cast<char>(pending >> pending_bits & 255);
    }
  }
  if ((pending & ((1U << pending_bits) - 1)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string text = encode_with(kBase64Digits, bytes);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
  std::string digits;
  std::ranges::copy_if(text, std::back_inserter(digits),
                       [](char c) { return kWhiteSpace.find(c) == std::string_view::npos; });
  if (digits.size() % 4 != 0) return std::nullopt;
  for (int padding = 0; padding < 2 && digits.ends_with('='); ++padding) digits.pop_back();
  return decode_with(kBase64Digits, digits);
}

std::string base64url_encode(std::string_view bytes) {
  return encode_with(kBase64UrlDigits, bytes);
}

std::optional<std::string> base64url_decode(std::string_view text) {
  return decode_with(kBase64UrlDigits, text);
}

}  // namespace core
