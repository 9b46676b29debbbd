// Base64 with padding (RFC 4648 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace core {

std::string base64_encode(std::string_view bytes);

/// White space is passed over, as MIME and GitHub break lines. Nothing for what is not Base64.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace core
