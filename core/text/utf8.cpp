#include "core/text/utf8.h"

#include <cstdint>
#include <cstring>

namespace core {

namespace {

/// How much of the text's beginning is ASCII, in whole words.
std::size_t ascii_words(std::string_view text) {
  std::size_t ascii = 0;
  for (std::uint64_t word = 0; ascii + sizeof word <= text.size(); ascii += sizeof word) {
    std::memcpy(&word, text.data() + ascii, sizeof word);
    if ((word & 0x8080808080808080) != 0) break;
  }
  return ascii;
}

}  // namespace

Utf8Sequence first_sequence(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {1, true};
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // The second byte's range shuts out overlong forms, surrogates and what lies above U+10FFFF.
  std::uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  std::uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (std::size_t i = 1; i < length; ++i) {
    if (i == text.size() || byte(i) < low || byte(i) > high) return {i, false};
    low = 0x80;
    high = 0xBF;
  }
  return {length, true};
}

std::size_t well_formed_prefix(std::string_view text) {
  std::size_t length = ascii_words(text);
  while (length < text.size()) {
    const Utf8Sequence sequence = first_sequence(text.substr(length));
    if (!sequence.well_formed) break;
    length += sequence.length;
    length += ascii_words(text.substr(length));
  }
  return length;
}

}  // namespace core
