// A wide, stable name for a text: 128 bits of XXH3, the same on every machine. Not for security.
#pragma once

#include <string>
#include <string_view>

namespace core {

/// 32 hexadecimal digits.
std::string digest_of(std::string_view text);

}  // namespace core
