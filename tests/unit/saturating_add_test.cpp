// Times at the ends of what can be counted: hints and settings of others come near them.
#include <gtest/gtest.h>

#include "core/time/time.h"

namespace core {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kFirst = SteadyTime::min(), kLast = SteadyTime::max(), kZero{};

TEST(SaturatingAdd, is_an_addition_where_there_is_room) {
  static_assert(saturating_add(kZero + 5s, 3s) == kZero + 8s);
  static_assert(saturating_add(kZero + 5s, -8s) == kZero - 3s);
  static_assert(saturating_add(kLast, -1ns) == kLast - 1ns);
  static_assert(saturating_add(kFirst, 1ns) == kFirst + 1ns);
  static_assert(saturating_add(kLast - 1ns, 1ns) == kLast);
  static_assert(saturating_add(kFirst + 1ns, -1ns) == kFirst);
  static_assert(saturating_add(kFirst, Duration::max()) == kZero - 1ns);
  static_assert(saturating_add(kLast, Duration::min()) == kZero - 1ns);
}

TEST(SaturatingAdd, never_wraps_at_either_end) {
  static_assert(saturating_add(kLast, 1ns) == kLast);
  static_assert(saturating_add(kZero + 1ns, Duration::max()) == kLast);
  static_assert(saturating_add(kLast, Duration::max()) == kLast);
  static_assert(saturating_add(kFirst, -1ns) == kFirst);
  static_assert(saturating_add(kZero - 1ns, Duration::min()) == kFirst);
  static_assert(saturating_add(kFirst, Duration::min()) == kFirst);
  static_assert(saturating_add(WallTime::min(), -1h) == WallTime::min());
}

}  // namespace
}  // namespace core
