// base64url without padding (RFC 4648 5), as JSON Web Tokens use it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace core {

std::string base64url_encode(std::string_view bytes);

/// Nothing for what no encoder makes: other characters, padding, an impossible length, unused bits that are set.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace core
