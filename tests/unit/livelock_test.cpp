// An instant that goes on for ever is told from one that merely has much to do: the same work repeats, or new work is
// done.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>
#include <vector>

#include "core/async/notifier.h"
#include "sim/scenario/load.h"
#include "sim/world/new_work.h"
#include "sim/world/world.h"
#include "tests/unit/kernel_trace.h"

namespace sim {
namespace {
using boost::asio::use_awaitable;

class Livelock : public KernelTest {
 public:
  static constexpr std::uint64_t kBudget = 1'000;

  Livelock() { kernel.set_step_budget(kBudget); }

  static Coroutine wake(core::Notifier& other, core::Notifier& own) {
    for (;;) {
      other.notify_all();
      co_await own.wait();
    }
  }

  static Coroutine grow(Process& as, std::vector<int>& state) {
    for (int i = 0;; ++i) {
      state.push_back(i);
      co_await boost::asio::post(as.executor(), use_awaitable);
    }
  }

  /// Does so many things, each after `steps` steps.
  static Coroutine do_new_things(Process& as, std::uint64_t things, std::uint64_t steps) {
    for (std::uint64_t thing = 0; thing < things; ++thing) {
      for (std::uint64_t i = 0; i < steps; ++i) co_await boost::asio::post(as.executor(), use_awaitable);
      as.kernel().note_progress();
    }
  }

  /// A call that is made again and again, each time with a higher number.
  static Coroutine call_again(Process& as, NewWork& work) {
    core::Event event{.kind = core::EventKind::CallStarted, .runner = "runner-1", .job = "a", .api = "llm.chat"};
    for (event.attempt = 1;; ++*event.attempt) {
      if (work.is_new(event)) as.kernel().note_progress();
      co_await boost::asio::post(as.executor(), use_awaitable);
    }
  }

  RunResult go() {
    return kernel.run([this] { return kernel.steps_at_instant() > 100 * kBudget; }, kNever);
  }
};

TEST_F(Livelock, is_two_tasks_that_wake_each_other) {
  core::Notifier one(clock), two(clock);
  spawn(process, wake(one, two));
  spawn(process, wake(two, one));
  EXPECT_EQ(go().outcome, RunOutcome::Livelock);
  EXPECT_EQ(kernel.steps_at_instant(), kBudget);
  kernel.kill(process);
}

TEST_F(Livelock, is_a_loop_whose_state_grows) {
  std::vector<int> state;
  spawn(process, grow(process, state));
  EXPECT_EQ(go().outcome, RunOutcome::Livelock);
  EXPECT_GT(state.size(), 100U);
  kernel.kill(process);
}

TEST_F(Livelock, is_a_call_that_is_made_more_often_than_a_job_may) {
  NewWork work{core::Config()};
  spawn(process, call_again(process, work));
  const RunResult result = go();
  EXPECT_EQ(result.outcome, RunOutcome::Livelock);
  // In each of 10 turns of 5 attempts of 6 runs of 4 recoveries, and as often again.
  EXPECT_LE(result.steps_at_instant, 2 * (10U * 5 * 6 * 4 + 5));
  kernel.kill(process);
}

TEST_F(Livelock, is_no_instant_in_which_new_things_are_done_however_many) {
  spawn(process, do_new_things(process, 50, kBudget - 10));
  EXPECT_EQ(go().outcome, RunOutcome::Deadlock);
  EXPECT_GT(kernel.steps_at_instant(), 40 * kBudget);
}

TEST_F(Livelock, begins_when_as_much_was_done_again_with_nothing_new) {
  spawn(process, do_new_things(process, 9, kBudget / 2 - 10));
  std::vector<int> state;
  spawn(process, grow(process, state));
  const RunResult result = go();
  EXPECT_EQ(result.outcome, RunOutcome::Livelock);
  // Two take turns, so that the last new thing was done after some nine budgets.
  EXPECT_GE(result.steps_at_instant, 17 * kBudget);
  EXPECT_LE(result.steps_at_instant, 18 * kBudget);
  kernel.kill(process);
}

TEST_F(Livelock, counts_progress_at_one_instant_only) {
  spawn(process, do_new_things(process, 9, kBudget - 10));
  go();
  kernel.schedule_at(at(1), [] {});
  std::vector<int> state;
  kernel.run([this] { return kernel.now() == at(1); }, kNever);
  spawn(process, grow(process, state));
  EXPECT_LE(go().steps_at_instant, kBudget + 1);
  kernel.kill(process);
}

TEST(NewWork, is_what_a_job_has_not_done_as_often_as_it_may) {
  core::Config config;
  config.llm.max_turns = 2;
  config.llm.retry.attempts = 3;
  config.github.tools.retry.attempts = 1;
  config.jobs.retry.requeues = 1;
  config.jobs.recoveries = 0;
  NewWork work(config);
  core::Event event{.kind = core::EventKind::CallStarted, .runner = "runner-1", .job = "a", .api = "llm.chat"};
  for (std::uint32_t i = 1; i <= 12; ++i) {
    event.attempt = event.run = i;
    EXPECT_TRUE(work.is_new(event)) << i;
  }
  event.attempt = event.run = 13;
  EXPECT_FALSE(work.is_new(event)) << "numbers that grow are nothing new";
  for (const auto member : {&core::Event::job, &core::Event::runner, &core::Event::api, &core::Event::tool}) {
    core::Event other = event;
    other.*member = "another";
    EXPECT_TRUE(work.is_new(other));
  }
  event.at += core::Duration(1);
  EXPECT_TRUE(work.is_new(event)) << "at another instant";
}

RunResult run_world(const std::string& more, std::uint64_t budget) {
  LoadedScenario loaded = parse_scenario("t.json", R"({"title": "t", "why": "w", )" + more + "}");
  EXPECT_TRUE(loaded.scenario.has_value()) << (loaded.errors.empty() ? "" : core::to_text(loaded.errors[0]));
  Recorder nobody(KeepEvents::No);
  return run_scenario(*loaded.scenario, nobody, {.step_budget = budget}).outcome.result;
}

TEST(LivelockOfAWorld, is_no_fleet_that_has_much_to_do_at_one_instant) {
  const std::string fleet = R"("runners": 20, "jobs": [{"id": "job-{n}", "count": 2000}],
      "config": {"llm": {"min_interval": "0s"}}, "limit": "1s")";
  const RunResult result = run_world(fleet, 1'000);
  EXPECT_EQ(result.outcome, RunOutcome::Finished);
  EXPECT_GT(result.steps_at_instant, 40'000U);
}

}  // namespace
}  // namespace sim
