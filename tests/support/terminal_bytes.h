// What must not reach a terminal or a CI system's log, and a text that has all of it.
#pragma once

#include <sstream>
#include <string>
#include <string_view>

#include "core/json/input_error.h"

namespace tests {

/// Each of it in a form of its own; a line that begins with "RAW-LINE" was broken by the text itself.
inline const std::string kHostile =
    "x\x1b[31m\x07\x7f\xc2\x85\xc2\x9b"
    "2J\xd8\x9c\xe2\x80\x8e\xe2\x80\xae\xe2\x81\xa6\xe2\x80\xa8\xe2\x80\xa9\r"
    "\nRAW-LINE\n::error::pwned\n \xc2\xa0::set-output name=a::b\n##vso[task.complete]\n##[error]pwned";
/// The same for where control characters of ASCII are refused.
inline const std::string kHostileId =
    "::error::x\xc2\x85\xc2\x9b"
    "2J\xd8\x9c\xe2\x80\xae\xe2\x81\xa6\xe2\x80\xa8RAW-LINE##[error]x##vso[y]";

/// Empty, or what a terminal or a CI system would obey in `output`, with its line.
inline std::string obeyed(const std::string& output) {
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("RAW-LINE")) return "a foreign line feed: " + line;
    for (const char* marker : {"##[", "##vso["}) {
      if (line.find(marker) != std::string::npos) return "a marker: " + core::printable(line, 2'000);
    }
    bool is_blank_so_far = true;
    for (std::string_view rest = line; !rest.empty();) {
      const core::CodePoint c = core::first_code_point(rest);
      if (is_blank_so_far && rest.starts_with("::")) return "a command: " + core::printable(line, 2'000);
      is_blank_so_far = is_blank_so_far && (c.value == ' ' || c.value == 0xa0);
      const bool is_control = c.value < 0x20 || (c.value >= 0x7f && c.value < 0xa0);
      const bool is_formatting = c.value == 0x61c || c.value == 0x200e || c.value == 0x200f ||
                                 (c.value >= 0x2028 && c.value <= 0x202e) || (c.value >= 0x2066 && c.value <= 0x2069);
      if (c.bytes == 0 || is_control || is_formatting) return "a raw character: " + core::printable(line, 2'000);
      rest.remove_prefix(c.bytes);
    }
  }
  return {};
}

}  // namespace tests
