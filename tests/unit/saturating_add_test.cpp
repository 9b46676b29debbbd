// Times at the ends of what can be counted: hints and settings of others come near them.
#include <gtest/gtest.h>

#include "core/time/time.h"

namespace core {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kFirst = SteadyTime::min(), kLast = SteadyTime::max(), kZero{};

/// Made by the compiler, which takes no overflow for a sum.
consteval auto sum(auto time, Duration delay) {
  return saturating_add(time, delay);
}

TEST(SaturatingAdd, is_an_addition_where_there_is_room) {
  EXPECT_EQ(sum(kZero + 5s, 3s), kZero + 8s);
  EXPECT_EQ(sum(kZero + 5s, -8s), kZero - 3s);
  EXPECT_EQ(sum(kLast, -1ns), kLast - 1ns);
  EXPECT_EQ(sum(kFirst, 1ns), kFirst + 1ns);
  EXPECT_EQ(sum(kLast - 1ns, 1ns), kLast);
  EXPECT_EQ(sum(kFirst + 1ns, -1ns), kFirst);
  EXPECT_EQ(sum(kFirst, Duration::max()), kZero - 1ns);
  EXPECT_EQ(sum(kLast, Duration::min()), kZero - 1ns);
}

TEST(SaturatingAdd, never_wraps_at_either_end) {
  EXPECT_EQ(sum(kLast, 1ns), kLast);
  EXPECT_EQ(sum(kZero + 1ns, Duration::max()), kLast);
  EXPECT_EQ(sum(kLast, Duration::max()), kLast);
  EXPECT_EQ(sum(kFirst, -1ns), kFirst);
  EXPECT_EQ(sum(kZero - 1ns, Duration::min()), kFirst);
  EXPECT_EQ(sum(kFirst, Duration::min()), kFirst);
  EXPECT_EQ(sum(WallTime::min(), -1h), WallTime::min());
}

}  // namespace
}  // namespace core
