// A keyed name for a text, for security: who does not know the key cannot make it.
#pragma once

#include <string>
#include <string_view>

namespace core {

/// The first 128 bits of HMAC-SHA-256 (RFC 2104, truncated as its section 5 allows), as 32 hexadecimal digits.
std::string hmac_of(std::string_view key, std::string_view text);

}  // namespace core
