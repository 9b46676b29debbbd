// Texts as JSON strings, whole or in the pieces of a stream, in the ways in which services escape and cut them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fakes {

std::string quoted(std::string_view text);

/// JSON strings that make up the text. With escapes everything beyond ASCII is escaped, and a piece ends anywhere, also
/// between the halves of a pair.
std::vector<std::string> pieces_of(std::string_view text, bool escapes);

/// The text as one JSON string.
std::string whole_of(std::string_view text, bool escapes);

}  // namespace fakes
