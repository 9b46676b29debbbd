// Pieces of work on several threads.
#include "sim/parallel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

namespace sim {
namespace {

TEST(Parallel, does_each_piece_once_and_tells_how_many_are_done) {
  for (const std::uint32_t threads : {1U, 4U}) {
    std::vector<std::atomic<int>> times(1000);
    std::vector<std::size_t> told;
    const Parallel how{.threads = threads, .tell_every = 100, .tell = [&](std::size_t done) { told.push_back(done); }};
    EXPECT_TRUE(in_parallel(times.size(), how, [&](std::size_t i) { ++times[i]; }));
    EXPECT_TRUE(std::ranges::all_of(times, [](const std::atomic<int>& each) { return each == 1; }));
    EXPECT_EQ(told.size(), 10U);
    EXPECT_TRUE(std::ranges::is_sorted(told));
  }
}

TEST(Parallel, begins_nothing_more_once_it_is_stopped) {
  std::atomic<bool> stop{false};
  std::size_t begun = 0;
  const auto work = [&](std::size_t i) {
    ++begun;
    stop = i == 4;
  };
  EXPECT_FALSE(in_parallel(10, {.stop = &stop}, work));
  EXPECT_EQ(begun, 5U);
}

TEST(Parallel, throws_what_a_piece_throws) {
  std::size_t begun = 0;
  const auto work = [&](std::size_t i) {
    ++begun;
    if (i == 2) throw std::runtime_error("piece 2");
  };
  EXPECT_THROW(in_parallel(10, {}, work), std::runtime_error);
  EXPECT_EQ(begun, 3U);
}

}  // namespace
}  // namespace sim
