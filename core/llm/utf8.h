// Unicode for services that refuse a body with anything else in it. Internal to core/llm.
#pragma once

#include <string>
#include <string_view>

namespace core::detail {

/// As append_json_string, with U+FFFD in the place of each maximal ill-formed part of UTF-8 (Unicode 15, 3.9).
void append_json_text(std::string& out, std::string_view text);

}  // namespace core::detail
