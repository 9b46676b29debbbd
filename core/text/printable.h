// Which characters a terminal shows rather than obeys, and which of them a CI system would take for a command.
#pragma once

#include <string>
#include <string_view>

namespace core {

/// No control or formatting character: none that moves the cursor, turns the line around, hides in it or ends it.
bool is_printable(char32_t c);

/// `text`, in which a terminal finds nothing but printable characters and line feeds, without anything that a CI system
/// would carry out: GitHub's `::name::` at a line's beginning, Azure's, TeamCity's and GitHub's older `##name[`
/// anywhere. The character that makes the command is written as `\u0023` or `\u003a`, which in a JSON string is the
/// same.
std::string without_ci_commands(std::string text);

/// JSON with all that is not printable in its strings as `\u` escapes: the same value, in a form that may go to a
/// terminal. Bytes that are not UTF-8, which JSON cannot hold, become U+FFFD.
std::string printable_json(std::string_view json);

}  // namespace core
