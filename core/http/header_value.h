// The text of a header's value without the optional white space around it (RFC 9110 5.6.3).
#pragma once

#include <string_view>

namespace core {

constexpr std::string_view trimmed(std::string_view value) {
  const std::size_t first = value.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return value.substr(first, value.find_last_not_of(" \t") - first + 1);
}

}  // namespace core
