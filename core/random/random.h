// Seeded chance. A Random is a value: a position in a tree of names, from which numbers are drawn by ordinal. Two draws
// never influence one another, so that removing one of them moves no other; and there is no hidden state to share.
// Integers only: the same numbers come out on every compiler.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/time/time.h"

namespace core {

class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) : state_(mix(seed ^ 0x6a09e667f3bcc909ULL)) {}

  /// The branch of that name or number. Branches with different names are independent.
  constexpr Random fork(std::string_view name) const {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return Random(Raw{}, mix(state_ ^ mix(hash ^ name.size())));
  }
  constexpr Random fork(std::uint64_t number) const {
    return Random(Raw{}, mix((state_ + 0x9e3779b97f4a7c15ULL) ^ mix(~number)));
  }

  /// The `ordinal`-th 64 random bits of this branch.
  constexpr std::uint64_t bits(std::uint64_t ordinal = 0) const {
    return mix(state_ + (ordinal + 1) * 0x9e3779b97f4a7c15ULL);
  }

  /// Uniform over [low, high], both ends included, without bias. Precondition: low <= high.
  std::uint64_t between(std::uint64_t low, std::uint64_t high, std::uint64_t ordinal = 0) const;
  Duration between(Duration low, Duration high, std::uint64_t ordinal = 0) const;

  /// True with the probability millionths / 1,000,000.
  bool chance(std::uint32_t millionths, std::uint64_t ordinal = 0) const {
    return between(0, 999'999, ordinal) < millionths;
  }

 private:
  struct Raw {};
  constexpr Random(Raw, std::uint64_t state) : state_(state) {}

  /// The finaliser of splitmix64 (Steele, Lea, Flood 2014): a bijection whose every output bit depends on every input
  /// bit.
  static constexpr std::uint64_t mix(std::uint64_t value) {
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
    return value ^ (value >> 31);
  }

  std::uint64_t state_;
};

}  // namespace core
