// Clients that contend for one record: the article's result, and its own simulator's numbers.
#include "sim/lab/contention.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace sim {
namespace {

using namespace std::chrono_literals;

ContentionRow row_of(std::string_view strategy, std::uint32_t clients, std::uint64_t runs = 20) {
  const auto all = contention_strategies();
  return measure_contention({&*std::ranges::find(all, strategy, &ContentionStrategy::name), clients}, {.runs = runs});
}

TEST(Contention, adds_up) {
  for (const ContentionStrategy& strategy : contention_strategies()) {
    const ContentionRow row = measure_contention({&strategy, 12}, {.runs = 3});
    EXPECT_EQ(row.successes, 36U) << strategy.name;
    EXPECT_EQ(row.calls, row.successes + row.conflicts) << strategy.name;
    EXPECT_GT(row.conflicts, 0U) << strategy.name;
  }
}

TEST(Contention, of_one_client_is_none) {
  const ContentionRow row = row_of("full", 1);
  EXPECT_EQ(row.conflicts, 0U);
  // Four messages of 10 ms in the mean.
  EXPECT_NEAR(static_cast<double>((row.time / row.runs).count()), 40e6, 2e6);
}

TEST(Contention, has_other_chances_with_another_seed) {
  const ContentionCell cell{&contention_strategies()[2], 20};
  EXPECT_EQ(measure_contention(cell, {.seed = 4}).time, measure_contention(cell, {.seed = 4}).time);
  EXPECT_NE(measure_contention(cell, {.seed = 4}).time, measure_contention(cell, {.seed = 5}).time);
}

/// What src/backoff_simulator.py of the article makes of 100 and of 200 clients, in the mean of 20 runs.
TEST(Contention, has_the_numbers_of_the_articles_own_simulator) {
  struct Row {
    std::string_view strategy;
    std::uint32_t clients;
    double calls, seconds;
  };
  const Row rows[] = {{"none", 100, 2433, 2.02},          {"exponential", 100, 1863, 64.12}, {"full", 100, 797, 4.87},
                      {"equal", 100, 814, 6.83},          {"decorrelated", 100, 997, 4.69},  {"none", 200, 8805, 3.70},
                      {"exponential", 200, 5616, 105.74}, {"full", 200, 1894, 7.72},         {"equal", 200, 1873, 9.80},
                      {"decorrelated", 200, 2613, 8.19}};
  for (const auto& [strategy, clients, calls, seconds] : rows) {
    const ContentionRow row = row_of(strategy, clients);
    const double mean_calls = static_cast<double>(row.calls) / static_cast<double>(row.runs);
    const double mean_seconds = std::chrono::duration<double>(row.time).count() / static_cast<double>(row.runs);
    EXPECT_NEAR(mean_calls / calls, 1, 0.05) << strategy << ", clients: " << clients;
    EXPECT_NEAR(mean_seconds / seconds, 1, 0.10) << strategy << ", clients: " << clients;
  }
}

}  // namespace
}  // namespace sim
