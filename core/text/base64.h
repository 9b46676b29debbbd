// Base64 (RFC 4648): with padding as section 4 has it, and for URLs as section 5 has it, without padding, as JSON Web
// Tokens use it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace core {

std::string base64_encode(std::string_view bytes);

/// White space is passed over, as MIME and GitHub break lines. Nothing for what no encoder makes: other characters, an
/// impossible length, wrong padding, unused bits that are set.
std::optional<std::string> base64_decode(std::string_view text);

std::string base64url_encode(std::string_view bytes);

/// Nothing for what no encoder makes, white space and padding included.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace core
