#include "core/json/input_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/text/ascii.h"
#include "core/text/printable.h"

namespace core {

namespace {

/// Longer names are neither compared nor suggested, so that hostile ones cost nothing.
constexpr std::size_t kMaxComparedName = 64;

std::string escaped(char32_t c) {
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  return c <= 0xffff ? fmt::format("\\u{:04x}", static_cast<std::uint32_t>(c))
                     : fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(c));
}

std::string escaped_text(std::string_view text, std::size_t max_bytes, bool escape_quotes) {
  const std::string ending = fmt::format("... ({} bytes)", text.size());
  std::string result;
  std::size_t room_for_ending = 0;  // Where to cut if the rest turns out not to fit.
  for (std::string_view rest = text; !rest.empty();) {
    const CodePoint c = first_code_point(rest);
    std::string piece;
    if (c.bytes == 0) {
      piece = fmt::format("\\x{:02x}", static_cast<unsigned char>(rest.front()));
    } else if (escape_quotes && (c.value == '"' || c.value == '\\')) {
      piece = {'\\', rest.front()};
    } else {
      piece = is_printable(c.value) ? std::string(rest.substr(0, c.bytes)) : escaped(c.value);
    }
    rest.remove_prefix(std::max<std::size_t>(c.bytes, 1));
    if (result.size() + piece.size() > max_bytes) {
      result.resize(room_for_ending);
      return result + ending;
    }
    result += piece;
    if (result.size() + ending.size() <= max_bytes) room_for_ending = result.size();
  }
  return result;
}

/// Optimal string alignment: insertions, deletions, replacements and transpositions of neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::array<std::array<std::size_t, kMaxComparedName + 1>, 3> rows;
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t differs = to_lower(a[i - 1]) == to_lower(b[j - 1]) ? 0 : 1;
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + differs});
      const bool swapped =
          i > 1 && j > 1 && to_lower(a[i - 1]) == to_lower(b[j - 2]) && to_lower(a[i - 2]) == to_lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], rows[(i + 1) % 3][j - 2] + 1);
    }
  }
  return rows[a.size() % 3][b.size()];
}

}  // namespace

CodePoint first_code_point(std::string_view text) {
  if (text.empty()) return {};
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return {byte(0), 1};
  const std::size_t length = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  if (byte(0) < 0xc2 || byte(0) > 0xf4 || text.size() < length) return {};
  char32_t value = byte(0) & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = (value << 6) | (byte(i) & 0x3fU);
  }
  if (value < kSmallest[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return {};
  return {value, length};
}

std::string printable(std::string_view text, std::size_t max_bytes) {
  return escaped_text(text, max_bytes, false);
}

std::string quoted(std::string_view text, std::size_t max_bytes) {
  return '"' + escaped_text(text, max_bytes, true) + '"';
}

std::string nearest_name(std::string_view wrong, std::span<const std::string_view> names) {
  if (wrong.empty() || wrong.size() > kMaxComparedName) return {};
  std::string_view nearest;
  std::size_t smallest = std::max<std::size_t>(1, wrong.size() / 3) + 1;
  for (const std::string_view name : names) {
    if (name.empty() || name.size() > kMaxComparedName) continue;
    const std::size_t distance = edit_distance(wrong, name);
    if (distance < smallest && distance < name.size()) {
      smallest = distance;
      nearest = name;
    }
  }
  return std::string(nearest);
}

std::string to_text(const InputError& error) {
  std::string text = printable(error.file, 300);
  if (error.line != 0) text += fmt::format(":{}", error.line);
  text += ": ";
  if (!error.pointer.empty()) text += printable(error.pointer, 400) + ": ";
  text += printable(error.found, 400);
  if (!error.accepted.empty()) text += "; accepted: " + printable(error.accepted, 600);
  if (!error.suggestion.empty()) text += "; did you mean " + quoted(error.suggestion, 150) + "?";
  return text;
}

}  // namespace core
