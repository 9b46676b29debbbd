// Unicode for services that refuse a body with anything else in it, and halves of surrogate pairs on their way through
// pieces of a stream. Internal to core/llm.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace core::detail {

/// As append_json_string, with U+FFFD in the place of each maximal ill-formed part of UTF-8 (Unicode 15, 3.9).
void append_json_text(std::string& out, std::string_view text);

/// JSON may escape the two halves of a surrogate pair in two pieces of a stream, each of which is then no Unicode. Here
/// the escape of a half that stands alone becomes the three bytes that UTF-8 would have for it, were it a character: so
/// halves meet again when texts are joined. Nothing where there is no such half.
std::optional<std::string> with_halves_as_bytes(std::string_view json);

/// Of a text that was joined from such pieces: two halves that have met become their character, one that stands alone
/// U+FFFD. So the text is UTF-8 if everything else in it is.
void join_halves(std::string& text);

}  // namespace core::detail
