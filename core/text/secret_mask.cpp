#include "core/text/secret_mask.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/json/escaped_unit.h"

namespace core {

namespace {

/// More than anybody means to write.
constexpr int kMostLevels = 16;

bool is_between(std::uint32_t unit, std::uint32_t first, std::uint32_t last) {
  return unit >= first && unit <= last;
}

/// Writes the character as UTF-8 and returns where it ends.
char* put_character(char* out, std::uint32_t point) {
  const auto tail = [point](int shift) { return static_cast<char>(0x80 | (point >> shift & 0x3f)); };
  if (point < 0x80) {
    *out++ = static_cast<char>(point);
  } else if (point < 0x800) {
    *out++ = static_cast<char>(0xc0 | point >> 6);
    *out++ = tail(0);
  } else if (point < 0x10000) {
    *out++ = static_cast<char>(0xe0 | point >> 12);
    *out++ = tail(6);
    *out++ = tail(0);
  } else {
    *out++ = static_cast<char>(0xf0 | point >> 18);
    *out++ = tail(12);
    *out++ = tail(6);
    *out++ = tail(0);
  }
  return out;
}

/// Resolves the escapes of one level in place: none is shorter than what it stands for. False: there were none.
bool unescape_once(std::string& text) {
  if (text.find('\\') == std::string::npos) return false;
  char* out = text.data();
  bool any = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = std::string_view(text).substr(at);
    if (const auto unit = escaped_unit(rest)) {
      const auto next = escaped_unit(rest.substr(kEscapeBytes));
      const bool pair = next && is_between(*unit, 0xd800, 0xdbff) && is_between(*next, 0xdc00, 0xdfff);
      at += pair ? 2 * kEscapeBytes : kEscapeBytes;
      out = put_character(out, pair ? 0x10000 + ((*unit - 0xd800) << 10) + (*next - 0xdc00) : *unit);
      any = true;
      continue;
    }
    const bool escapes = rest[0] == '\\' && rest.size() > 1;
    any |= escapes;
    *out++ = rest[escapes ? 1 : 0];
    at += escapes ? 2 : 1;
  }
  text.resize(static_cast<std::size_t>(out - text.data()));
  return any;
}

/// Whether the secret comes to light when the escapes are resolved. What is escaped deeper than that is not trusted.
bool hides(std::string_view part, std::string_view secret) {
  if (part.find('\\') == std::string_view::npos) return false;
  std::string text(part);
  for (int level = 0; level < kMostLevels; ++level) {
    if (!unescape_once(text)) return false;
    if (text.find(secret) != std::string::npos) return true;
  }
  return true;
}

/// The bytes that an escaped secret is written with.
std::array<bool, 256> alphabet_of(std::string_view secret) {
  std::array<bool, 256> result{};
  for (const std::string_view bytes : {secret, std::string_view("\\u0123456789abcdefABCDEF")}) {
    for (const char c : bytes) result[static_cast<unsigned char>(c)] = true;
  }
  return result;
}

bool mask_plain(std::string& text, std::string_view secret, std::string_view mask) {
  std::size_t found = text.find(secret);
  if (found == std::string::npos) return false;
  std::string masked;
  std::size_t at = 0;
  for (; found != std::string::npos; found = text.find(secret, at)) {
    masked.append(text, at, found - at).append(mask);
    at = found + secret.size();
  }
  text = std::move(masked.append(text, at));
  return true;
}

/// A secret lies within one run of characters of its alphabet, and so do the escapes of its first level. Backslashes at
/// the end of a run belong to what follows it, not to the secret.
bool mask_escaped(std::string& text, std::string_view secret, std::string_view mask) {
  if (text.find('\\') == std::string::npos) return false;
  const std::array<bool, 256> alphabet = alphabet_of(secret);
  const auto is_in = [&alphabet](char c) { return alphabet[static_cast<unsigned char>(c)]; };
  std::string masked;
  bool any = false;
  for (auto at = text.cbegin(); at != text.cend();) {
    const auto begin = std::find_if(at, text.cend(), is_in);
    const auto end = std::find_if_not(begin, text.cend(), is_in);
    masked.append(at, begin);
    const std::string_view run(begin, end);
    if (hides(run, secret)) {
      const std::size_t last = run.find_last_not_of('\\');
      masked.append(mask).append(last == std::string_view::npos ? run : run.substr(last + 1));
      any = true;
    } else {
      masked.append(run);
    }
    at = end;
  }
  if (any) text = std::move(masked);
  return any;
}

}  // namespace

bool mask_secret(std::string& text, std::string_view secret, std::string_view mask) {
  if (secret.empty()) return false;
  const bool plain = mask_plain(text, secret, mask);
  return mask_escaped(text, secret, mask) || plain;
}

std::string fully_unescaped(std::string_view text) {
  std::string result(text);
  for (int level = 0; level < kMostLevels && unescape_once(result); ++level) continue;
  return result;
}

}  // namespace core
