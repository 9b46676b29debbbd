// The escapes of characters in JSON strings by their numbers: \u0041.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace core {

inline constexpr std::size_t kEscapeBytes = 6;  // \uXXXX

/// The UTF-16 unit that an escape at the text's beginning stands for.
std::optional<std::uint32_t> escaped_unit(std::string_view text);

}  // namespace core
