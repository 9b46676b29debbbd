#include "core/text/printable.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "core/json/input_error.h"

namespace core {

namespace {

/// What a CI system skips in front of a command: white space by Unicode, as far as it is printable.
bool is_blank(char32_t c) {
  return c == ' ' || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x205f ||
         c == 0x3000;
}

/// Whether `text`, at the beginning of a line, goes on with `::`; then `colon` is how far away that is.
bool begins_command(std::string_view text, std::size_t& colon) {
  colon = 0;
  for (CodePoint c = first_code_point(text); c.bytes > 0 && is_blank(c.value); c = first_code_point(text)) {
    text.remove_prefix(c.bytes);
    colon += c.bytes;
  }
  return text.starts_with("::");
}

/// "##[", "##vso[", "##teamcity[".
bool is_marker(std::string_view text) {
  if (!text.starts_with("##")) return false;
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto* const end = std::find_if_not(text.begin() + 2, text.end(), is_letter);
  return end != text.end() && *end == '[';
}

void append_escape(std::string& out, char32_t c) {
  const auto append_unit = [&out](std::uint32_t unit) { fmt::format_to(std::back_inserter(out), "\\u{:04x}", unit); };
  if (c <= 0xffff) return append_unit(c);
  append_unit(0xd800 + ((c - 0x10000) >> 10));
  append_unit(0xdc00 + ((c - 0x10000) & 0x3ff));
}

bool is_plain(char c) {
  return (c >= ' ' && c <= '~') || c == '\n';
}

}  // namespace

bool is_printable(char32_t c) {
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return false;
  // Formatting characters turn the line around, hide in it or end it: soft hyphen, zero-width and bidirectional
  // controls, line and paragraph separators, the byte order mark, interlinear annotations, tags.
  if (c == 0xad || c == 0x61c || c == 0x180e || c == 0xfeff) return false;
  if ((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f)) return false;
  return !(c >= 0xfff0 && c <= 0xffff) && !(c >= 0xe0000 && c <= 0xe0fff);
}

std::string without_ci_commands(std::string text) {
  if (text.find("::") == std::string::npos && text.find("##") == std::string::npos) return text;
  std::string out;
  out.reserve(text.size() + 16);
  bool at_line_start = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = std::string_view(text).substr(i);
    std::size_t colon = 0;
    if (at_line_start && begins_command(rest, colon)) {
      out.append(rest, 0, colon);
      out += "\\u003a";
      i += colon;
    } else if (is_marker(rest)) {
      out += "\\u0023";
    } else {
      out += text[i];
    }
    at_line_start = text[i] == '\n';
  }
  return out;
}

std::string printable_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    const auto* const plain_end = std::find_if_not(json.begin(), json.end(), is_plain);
    const auto plain = static_cast<std::size_t>(plain_end - json.begin());
    out.append(json, 0, plain);
    json.remove_prefix(plain);
    if (json.empty()) break;
    const CodePoint c = first_code_point(json);
    if (c.bytes > 0 && is_printable(c.value)) {
      out.append(json, 0, c.bytes);
    } else {
      append_escape(out, c.bytes > 0 ? c.value : 0xfffd);
    }
    json.remove_prefix(std::max<std::size_t>(c.bytes, 1));
  }
  return without_ci_commands(std::move(out));
}

}  // namespace core
