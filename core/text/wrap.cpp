#include "core/text/wrap.h"

#include <algorithm>
#include <utility>

#include "core/json/input_error.h"

namespace core {

namespace {

/// East Asian wide characters and pictures.
constexpr std::pair<char32_t, char32_t> kWide[] = {
    {0x1100, 0x115f}, {0x2e80, 0xa4cf},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},  {0xff00, 0xff60},
    {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};

std::size_t columns_of(char32_t c) {
  const bool is_wide =
      std::ranges::any_of(kWide, [c](const auto& range) { return range.first <= c && c <= range.second; });
  return is_wide ? 2 : 1;
}

/// How many bytes of the beginning of `text` fit into `width` columns.
std::size_t fitting(std::string_view text, std::size_t width) {
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    const CodePoint c = first_code_point(text.substr(bytes));
    const std::size_t columns = columns_of(c.value);
    if (columns > width) break;
    width -= columns;
    bytes += std::max<std::size_t>(c.bytes, 1);
  }
  return bytes;
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const CodePoint c = first_code_point(text);
    columns += columns_of(c.value);
    text.remove_prefix(std::max<std::size_t>(c.bytes, 1));
  }
  return columns;
}

std::vector<std::string_view> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const std::size_t fits = fitting(text, width);
    if (fits == text.size()) {
      pieces.push_back(text);
      return pieces;
    }
    const std::size_t space = text.substr(0, fits + 1).rfind(' ');
    const bool in_word = space == std::string_view::npos || text.find_first_not_of(' ') >= space;
    const std::string_view piece = text.substr(0, in_word ? fits : space);
    pieces.push_back(piece.substr(0, piece.find_last_not_of(' ') + 1));
    text.remove_prefix(piece.size());
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty()) return pieces;
  }
}

}  // namespace core
