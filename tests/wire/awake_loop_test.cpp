// The loop of the served fakes: it ends when the library's own does, and comes out of its sleep as that does.
#include "fakes/wire/awake_loop.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <thread>

namespace tests {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

Clock::duration time_of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

TEST(AwakeLoop, ends_when_there_is_nothing_left_to_do) {
  boost::asio::io_context context(1);
  int done = 0;
  boost::asio::post(context, [&] {
    ++done;
    boost::asio::post(context, [&] { ++done; });
  });
  boost::asio::steady_timer timer(context, 5ms);
  timer.async_wait([&](const boost::system::error_code&) { ++done; });
  fakes::wire::run_awake(context);
  EXPECT_EQ(done, 3);
}

TEST(AwakeLoop, ends_when_a_handler_stops_it) {
  boost::asio::io_context context(1);
  const auto work = boost::asio::make_work_guard(context);
  bool is_late = false;
  boost::asio::post(context, [&] { context.stop(); });
  boost::asio::post(context, [&] { is_late = true; });
  fakes::wire::run_awake(context);
  EXPECT_FALSE(is_late);
}

TEST(AwakeLoop, stays_awake_in_a_burst_and_sleeps_when_it_is_over) {
  if (std::thread::hardware_concurrency() < 2) GTEST_SKIP() << "the one processor is the client's";
  constexpr int kItems = 2000;
  boost::asio::io_context context(1);
  auto work = std::make_optional(boost::asio::make_work_guard(context));
  int done = 0;
  rusage used{};
  std::thread loop([&] {
    fakes::wire::run_awake(context);
    ::getrusage(RUSAGE_THREAD, &used);
  });
  for (int i = 0; i < kItems; ++i) {
    boost::asio::post(context, [&] { ++done; });
    const auto next = Clock::now() + 30us;
    while (Clock::now() < next) {
    }
  }
  std::this_thread::sleep_for(500ms);
  work.reset();
  loop.join();
  EXPECT_EQ(done, kItems);
  EXPECT_LT(used.ru_nvcsw, kItems / 2) << "it slept between two of a burst";
  EXPECT_LT(time_of(used.ru_utime) + time_of(used.ru_stime), 300ms) << "it was awake when there was nothing to do";
}

}  // namespace
}  // namespace tests
