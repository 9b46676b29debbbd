#include "core/llm/utf8.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/json/escape.h"
#include "core/json/escaped_unit.h"
#include "core/text/utf8.h"

namespace core::detail {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::size_t kHalfBytes = 3;

enum class Half : std::uint8_t { None, High, Low };

Half half_of(std::uint32_t unit) {
  if (unit >= 0xD800 && unit <= 0xDBFF) return Half::High;
  return unit >= 0xDC00 && unit <= 0xDFFF ? Half::Low : Half::None;
}

void append_three_bytes(std::string& out, std::uint32_t unit) {
  out += static_cast<char>(0xE0 | unit >> 12);
  out += static_cast<char>(0x80 | (unit >> 6 & 0x3F));
  out += static_cast<char>(0x80 | (unit & 0x3F));
}

/// The half that the text's first three bytes stand for; 0 where they are none.
std::uint32_t half_at(std::string_view text) {
  if (text.size() < kHalfBytes) return 0;
  const auto byte = [text](std::size_t i) { return static_cast<std::uint32_t>(static_cast<std::uint8_t>(text[i])); };
  if (byte(0) != 0xED || byte(1) < 0xA0 || byte(1) > 0xBF || (byte(2) & 0xC0) != 0x80) return 0;
  return 0xD000 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
}

void append_character(std::string& out, std::uint32_t high, std::uint32_t low) {
  const std::uint32_t point = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
  out += static_cast<char>(0xF0 | point >> 18);
  out += static_cast<char>(0x80 | (point >> 12 & 0x3F));
  out += static_cast<char>(0x80 | (point >> 6 & 0x3F));
  out += static_cast<char>(0x80 | (point & 0x3F));
}

}  // namespace

std::optional<std::string> with_halves_as_bytes(std::string_view json) {
  if (json.find("\\ud") == std::string_view::npos && json.find("\\uD") == std::string_view::npos) return std::nullopt;
  std::string out;
  bool any = false;
  for (std::size_t at = 0; at < json.size();) {
    const std::size_t escape = std::min(json.find('\\', at), json.size());
    out += json.substr(at, escape - at);
    const std::string_view rest = json.substr(escape);
    const std::optional<std::uint32_t> unit = escaped_unit(rest);
    std::size_t length = 2;  // An escape that is not of a unit.
    if (unit && half_of(*unit) != Half::None) {
      const auto next = escaped_unit(rest.substr(kEscapeBytes));
      const bool pair = half_of(*unit) == Half::High && next && half_of(*next) == Half::Low;
      if (!pair) {
        append_three_bytes(out, *unit);
        at = escape + kEscapeBytes;
        any = true;
        continue;
      }
      length = 2 * kEscapeBytes;
    }
    out += rest.substr(0, length);
    at = escape + length;
  }
  if (!any) return std::nullopt;
  return out;
}

void join_halves(std::string& text) {
  if (text.find('\xED') == std::string::npos) return;
  std::string out;
  for (std::string_view rest = text; !rest.empty();) {
    const std::uint32_t half = half_at(rest);
    if (half == 0) {
      const std::size_t next = rest.find('\xED', 1);
      out += rest.substr(0, next);
      rest.remove_prefix(std::min(next, rest.size()));
      continue;
    }
    rest.remove_prefix(kHalfBytes);
    const std::uint32_t next = half_of(half) == Half::High ? half_at(rest) : 0;
    if (half_of(next) == Half::Low) {
      append_character(out, half, next);
      rest.remove_prefix(kHalfBytes);
    } else {
      out += kReplacement;
    }
  }
  text = std::move(out);
}

void append_json_text(std::string& out, std::string_view text) {
  std::size_t good = well_formed_prefix(text);
  if (good == text.size()) return append_json_string(out, text);
  std::string repaired;
  while (good < text.size()) {
    repaired += text.substr(0, good);
    repaired += kReplacement;
    text.remove_prefix(good + first_sequence(text.substr(good)).length);
    good = well_formed_prefix(text);
  }
  repaired += text;
  append_json_string(out, repaired);
}

}  // namespace core::detail
