// Text in lines of a terminal.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace core {

/// How many columns of a terminal printable text takes.
std::size_t columns_of(std::string_view text);

/// `text` in pieces of at most `width` columns, broken at spaces, which are left out there; a word that is longer is
/// cut. At least one piece. `width` is at least 2, the widest character.
std::vector<std::string_view> wrapped(std::string_view text, std::size_t width);

}  // namespace core
