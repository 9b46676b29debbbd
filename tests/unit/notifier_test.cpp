#include "core/async/notifier.h"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <string>
#include <vector>

#include "tests/support/fake_environment.h"

namespace core {
namespace {

boost::asio::awaitable<void> wait_and_log(Notifier& notifier, std::string name, std::vector<std::string>& log) {
  co_await notifier.wait();
  log.push_back(std::move(name));
}

struct NotifierTest : testing::Test {
  void start(std::string name) {
    boost::asio::co_spawn(*fake.context, wait_and_log(notifier, std::move(name), log), boost::asio::detached);
    fake.clock.settle();
  }
  std::vector<std::string> log;
  tests::FakeEnvironment fake;
  Notifier notifier{fake.clock};
  void TearDown() override { fake.context.reset(); }
};

TEST_F(NotifierTest, wakes_all_in_the_order_in_which_they_came) {
  for (const char* name : {"a", "b", "c"}) start(name);
  fake.clock.advance(std::chrono::hours(1));
  EXPECT_TRUE(log.empty());
  notifier.notify_all();
  EXPECT_TRUE(log.empty()) << "nobody runs inside the call";
  fake.clock.settle();
  EXPECT_EQ(log, (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(NotifierTest, wakes_only_those_who_waited_already) {
  notifier.notify_all();
  start("a");
  EXPECT_TRUE(log.empty());
  notifier.notify_all();
  notifier.notify_all();
  fake.clock.settle();
  EXPECT_EQ(log, (std::vector<std::string>{"a"}));
  EXPECT_EQ(fake.clock.waiting(), 0U);
}

TEST_F(NotifierTest, forgets_a_waiter_that_is_cancelled) {
  boost::asio::cancellation_signal cancellation;
  bool aborted = false;
  start("a");
  boost::asio::co_spawn(*fake.context, wait_and_log(notifier, "b", log),
                        boost::asio::bind_cancellation_slot(
                            cancellation.slot(), [&aborted](std::exception_ptr error) { aborted = error != nullptr; }));
  fake.clock.settle();
  start("c");
  cancellation.emit(boost::asio::cancellation_type::terminal);
  fake.clock.settle();
  EXPECT_TRUE(aborted);
  EXPECT_EQ(notifier.waiting(), 2U);
  notifier.notify_all();
  fake.clock.settle();
  EXPECT_EQ(log, (std::vector<std::string>{"a", "c"}));
}

TEST_F(NotifierTest, forgets_waiters_that_are_destroyed) {
  start("a");
  EXPECT_EQ(notifier.waiting(), 1U);
  fake.context.reset();
  EXPECT_EQ(notifier.waiting(), 0U);
  EXPECT_EQ(fake.clock.waiting(), 0U);
}

}  // namespace
}  // namespace core
