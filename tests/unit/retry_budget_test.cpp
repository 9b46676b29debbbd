// The retry budget alone, in a time that the test makes.
#include "core/limits/retry_budget.h"

#include <gtest/gtest.h>

namespace core {
namespace {

using namespace std::chrono_literals;

class RetryBudgetTest : public testing::Test {
 protected:
  static SteadyTime at(Duration time) { return SteadyTime(1h + time); }
  /// How many repeats the budget covers at that time.
  int spend_all(Duration time) {
    int spent = 0;
    for (; budget_.next(at(time)) <= at(time); ++spent) budget_.spend(at(time));
    return spent;
  }

  BudgetConfig config_{.enabled = true, .ratio = {200'000}, .minimum = 10, .window = 10s};
  RetryBudget budget_{config_};
};

TEST_F(RetryBudgetTest, covers_the_minimum_and_then_one_after_the_other) {
  EXPECT_EQ(spend_all(0s), 10);
  EXPECT_EQ(budget_.next(at(0s)), at(1s));
  EXPECT_EQ(budget_.next(at(0s), 4), at(5s)) << "for who has four before it";
  EXPECT_EQ(spend_all(999'999'999ns), 0);
  EXPECT_EQ(spend_all(1s), 1);
  EXPECT_EQ(spend_all(4500ms), 3);
}

TEST_F(RetryBudgetTest, saves_up_no_more_than_the_minimum) {
  EXPECT_EQ(spend_all(0s), 10);
  EXPECT_EQ(spend_all(1h), 10);
  for (int i = 0; i < 1000; ++i) budget_.add(at(2h));
  EXPECT_EQ(spend_all(2h), 10);
}

TEST_F(RetryBudgetTest, covers_a_share_of_the_other_calls) {
  spend_all(0s);
  for (int i = 0; i < 4; ++i) budget_.add(at(0s));
  EXPECT_EQ(spend_all(0s), 0) << "four fifths of one";
  budget_.add(at(0s));
  EXPECT_EQ(spend_all(0s), 1);
  for (int i = 0; i < 20; ++i) budget_.add(at(0s));
  EXPECT_EQ(spend_all(0s), 4);
}

TEST_F(RetryBudgetTest, gets_back_what_was_not_used) {
  spend_all(0s);
  budget_.take_back();
  EXPECT_EQ(spend_all(0s), 1);
}

TEST_F(RetryBudgetTest, is_full_when_nothing_was_spent_of_late) {
  EXPECT_TRUE(budget_.is_full(at(0s)));
  budget_.spend(at(0s));
  EXPECT_FALSE(budget_.is_full(at(999ms)));
  EXPECT_TRUE(budget_.is_full(at(1s)));
}

TEST_F(RetryBudgetTest, does_not_overflow) {
  config_.window = Duration::max() / 2;
  config_.minimum = 1;
  budget_.spend(at(0s));
  EXPECT_GT(budget_.next(at(0s), UINT64_MAX - 1), at(0s));
}

}  // namespace
}  // namespace core
