#include "fakes/llm/json_pieces.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "core/json/escape.h"
#include "fakes/llm/model_reply.h"

namespace fakes {

namespace {

/// The text in UTF-16, which is what \u escapes are written in.
std::vector<std::uint16_t> units_of(std::string_view text) {
  std::vector<std::uint16_t> units;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [text](std::size_t at) {
      return static_cast<std::uint32_t>(static_cast<std::uint8_t>(text[at]));
    };
    const std::uint32_t lead = byte(i);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::uint32_t point = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t k = 1; k < length && i + k < text.size(); ++k) point = point << 6 | (byte(i + k) & 0x3F);
    i += length;
    if (point >= 0x10000) {
      units.push_back(static_cast<std::uint16_t>(0xD800 + ((point - 0x10000) >> 10)));
      units.push_back(static_cast<std::uint16_t>(0xDC00 + ((point - 0x10000) & 0x3FF)));
    } else {
      units.push_back(static_cast<std::uint16_t>(point));
    }
  }
  return units;
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string out;
  core::append_json_string(out, text);
  return out;
}

std::vector<std::string> pieces_of(std::string_view text, bool escapes) {
  std::vector<std::string> pieces;
  if (!escapes) {
    for (std::string_view rest = text; !rest.empty();) pieces.push_back(quoted(take_piece(rest, text.size())));
    return pieces;
  }
  const std::vector<std::uint16_t> units = units_of(text);
  const std::size_t size = std::max<std::size_t>(9, units.size() / kMaxPieces + 1);
  for (std::size_t begin = 0; begin < units.size();) {
    std::size_t end = std::min(begin + size, units.size());
    // A pair near the end is the place to cut.
    const auto high = [&units](std::size_t at) { return units[at] >= 0xD800 && units[at] <= 0xDBFF; };
    for (std::size_t at = begin; at < end; ++at) {
      if (high(at)) end = at + 1;
    }
    std::string piece = "\"";
    for (std::size_t at = begin; at < end; ++at) {
      const std::uint16_t unit = units[at];
      if (unit < 0x20 || unit > 0x7E || unit == '"' || unit == '\\') {
        piece += fmt::format("\\u{:04x}", unit);
      } else {
        piece += static_cast<char>(unit);
      }
    }
    pieces.push_back(piece + '"');
    begin = end;
  }
  return pieces;
}

std::string whole_of(std::string_view text, bool escapes) {
  std::string out = "\"";
  for (const std::string& piece : pieces_of(text, escapes)) out += piece.substr(1, piece.size() - 2);
  return out + '"';
}

}  // namespace fakes
