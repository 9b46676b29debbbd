// What is wrong with a file that a person wrote, in the one form that every reader of such files reports it. An error
// is safe to print: whatever the input held, its text is short, on one line and free of control characters.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace core {

struct InputError {
  std::string file;
  std::uint32_t line = 0;  ///< From 1; 0: the file as a whole.
  std::string pointer;     ///< RFC 6901; empty: the document itself.
  std::string found;       ///< What was found, or what is wrong.
  std::string accepted;    ///< What is accepted there; may be empty.
  std::string suggestion;  ///< The nearest accepted name; may be empty.
};

inline constexpr std::size_t kMaxInputErrorBytes = 2'000;

/// `x.json:12: /llm/0/do/statos: unknown key "statos"; accepted: status, timeout; did you mean "status"?` in at most
/// kMaxInputErrorBytes bytes.
std::string to_text(const InputError& error);

/// `text` with everything escaped that does not belong on a terminal: control and formatting characters, bytes that are
/// not UTF-8. At most `max_bytes` bytes, the last of which say so when something was left out.
std::string printable(std::string_view text, std::size_t max_bytes = 80);

/// printable() in double quotes, those inside escaped.
std::string quoted(std::string_view text, std::size_t max_bytes = 80);

/// The name that `wrong` was probably meant to be, by edit distance (transpositions count once, case does not count);
/// empty when none is near.
std::string nearest_name(std::string_view wrong, std::span<const std::string_view> names);

/// The code point at the front of `text` and its length in bytes; length 0: the bytes there are not UTF-8 (RFC 3629).
struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;
};
CodePoint first_code_point(std::string_view text);

}  // namespace core
