// Percent-encoding (RFC 3986): any bytes as text that is safe in one segment of a URL and in a header.
#pragma once

#include <string>
#include <string_view>

namespace core {

/// Letters, digits and "-._~" stay; every other byte becomes %XX in upper case.
std::string percent_encode(std::string_view text);

}  // namespace core
