#include "core/production/time/asio_clock.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>

namespace core {
namespace {

using namespace std::chrono_literals;

/// For how long the machine slept.
Duration slept{};

Duration since_boot_with_sleep() {
  return since_boot() + slept;
}

boost::asio::awaitable<void> sleep_until(AsioClock& clock, SteadyTime deadline, bool& over) {
  co_await clock.sleep_until(deadline);
  over = true;
}

class AsioClockTest : public testing::Test {
 protected:
  ~AsioClockTest() override { slept = {}; }

  boost::asio::io_context context_;
  AsioClock clock_{context_.get_executor(), &since_boot_with_sleep};
};

TEST_F(AsioClockTest, goes_on_while_the_machine_sleeps) {
  EXPECT_LT(clock_.now(), SteadyTime(1min));
  slept = 1h;
  EXPECT_GE(clock_.now(), SteadyTime(1h));
}

TEST_F(AsioClockTest, what_was_due_meanwhile_is_not_waited_for) {
  const SteadyTime deadline = clock_.now() + 30min;
  slept = 1h;
  bool over = false;
  boost::asio::co_spawn(context_, sleep_until(clock_, deadline, over), boost::asio::detached);
  context_.run_for(10s);
  EXPECT_TRUE(over);
}

TEST_F(AsioClockTest, the_machine_may_sleep_for_longer_than_it_was_awake) {
  const SteadyTime deadline = clock_.now() + 30min;
  slept = since_boot() + 1h;
  bool over = false;
  boost::asio::co_spawn(context_, sleep_until(clock_, deadline, over), boost::asio::detached);
  context_.run_for(10s);
  EXPECT_TRUE(over);
}

TEST_F(AsioClockTest, timers_for_one_instant_are_for_one_instant) {
  const SteadyTime instant = clock_.now() + 1s;
  const auto machine_time = clock_.machine_time(instant);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(clock_.machine_time(instant), machine_time);
  EXPECT_EQ(clock_.machine_time(SteadyTime::max()), std::chrono::steady_clock::time_point::max());
}

}  // namespace
}  // namespace core
