// Chance for what random worlds are made of.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "core/random/random.h"
#include "core/time/time.h"

namespace sim {

/// Draws one after the other from a branch; each draw has its ordinal.
class Dice {
 public:
  explicit Dice(core::Random random) : random_(random) {}

  std::uint64_t between(std::uint64_t low, std::uint64_t high) { return random_.between(low, high, next_++); }
  bool chance(std::uint32_t percent) { return between(0, 99) < percent; }
  template <class T, std::size_t N>
  const T& one_of(const std::array<T, N>& all) {
    return all[between(0, N - 1)];
  }
  /// Whole milliseconds, so that files stay readable.
  core::Duration duration(core::Duration low, core::Duration high) {
    return std::chrono::milliseconds(between(static_cast<std::uint64_t>(low / std::chrono::milliseconds(1)),
                                             static_cast<std::uint64_t>(high / std::chrono::milliseconds(1))));
  }

 private:
  core::Random random_;
  std::uint64_t next_ = 0;
};

}  // namespace sim
