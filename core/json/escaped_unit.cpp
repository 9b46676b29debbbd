#include "core/json/escaped_unit.h"

#include <charconv>
#include <system_error>

namespace core {

std::optional<std::uint32_t> escaped_unit(std::string_view text) {
  if (text.size() < kEscapeBytes || !text.starts_with("\\u")) return std::nullopt;
  std::uint32_t unit = 0;
  const char* const end = text.data() + kEscapeBytes;
  const auto [stopped, error] = std::from_chars(text.data() + 2, end, unit, 16);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return unit;
}

}  // namespace core
