// Well-formed UTF-8, by the table of Unicode 15, section 3.9 (table 3-7).
#pragma once

#include <cstddef>
#include <string_view>

namespace core {

struct Utf8Sequence {
  std::size_t length;  ///< In bytes; of an ill-formed one: the longest part that one U+FFFD stands for.
  bool well_formed;
};

/// The character that `text`, which is not empty, begins with.
Utf8Sequence first_sequence(std::string_view text);

/// How many bytes of the beginning of `text` are well-formed.
std::size_t well_formed_prefix(std::string_view text);

inline bool is_utf8(std::string_view text) {
  return well_formed_prefix(text) == text.size();
}

}  // namespace core
