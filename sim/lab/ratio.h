// Ratios of whole numbers, as tables show them, without floating point.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "core/time/wide.h"

namespace sim {

/// With two decimals, rounded half up: "1.08". "-" where the divisor is zero.
inline std::string ratio_text(core::UnsignedWide dividend, core::UnsignedWide divisor) {
  if (divisor == 0) return "-";
  const core::UnsignedWide hundredths = (dividend * 200 + divisor) / 2 / divisor;
  return fmt::format("{}.{:02}", static_cast<std::uint64_t>(hundredths / 100),
                     static_cast<std::uint64_t>(hundredths % 100));
}

/// Rounded half up: "12%". "-" of nothing.
inline std::string percent_text(core::UnsignedWide part, core::UnsignedWide whole) {
  if (whole == 0) return "-";
  return fmt::format("{}%", static_cast<std::uint64_t>((part * 200 + whole) / 2 / whole));
}

/// Whether the ratio is more than so many hundredths; without a divisor everything but nothing is.
inline bool is_above(core::UnsignedWide dividend, core::UnsignedWide divisor, std::uint64_t hundredths) {
  return dividend * 100 > divisor * hundredths;
}

}  // namespace sim
