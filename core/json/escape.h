// Writes JSON strings into a text under construction: for the hot paths that build a document by appending rather than
// as a tree of values.
#pragma once

#include <string>
#include <string_view>

namespace core {

/// Appends `text` as a JSON string, quotes included (RFC 8259, section 7). Control characters, quotes and backslashes
/// are escaped; all other bytes pass as they are, so the result is valid UTF-8 exactly when `text` is.
void append_json_string(std::string& out, std::string_view text);

/// `text` as a JSON string, as append_json_string() writes it.
std::string json_string(std::string_view text);

}  // namespace core
