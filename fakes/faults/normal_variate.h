// A normal variate in integers only, so that it is the same on every machine: the sum of twelve uniform draws less its
// mean (Irwin-Hall). Its distribution function is within 0.0024 of the normal one, its median is exact, and it ends at
// six sigmas.
#pragma once

#include <cstdint>

#include "core/random/random.h"

namespace fakes {

/// A standard normal variate times 2^32, between -6 and 6. `random` is a branch of this one draw.
inline std::int64_t normal_variate(const core::Random& random) {
  constexpr std::int64_t kMean = 6 * ((std::int64_t{1} << 32) - 1);
  std::int64_t sum = 0;
  for (std::uint64_t i = 0; i < 6; ++i) {
    const std::uint64_t bits = random.bits(i);
    sum += static_cast<std::int64_t>(bits >> 32) + static_cast<std::int64_t>(bits & UINT32_MAX);
  }
  return sum - kMean;
}

}  // namespace fakes
