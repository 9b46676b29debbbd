// The cost of virtual time: awaited sleeps through the clock seam and any_io_executor beside a bare heap that does the
// same work, and whole kernels made and destroyed.
#include <benchmark/benchmark.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <limits>
#include <queue>
#include <vector>

#include "sim/kernel/clock.h"
#include "sim/kernel/kernel.h"

namespace sim {
namespace {

/// Sleepers differ in their periods, so that the heap is kept busy.
core::Duration period_of(std::int64_t sleeper) {
  return core::Duration(1000 + sleeper * 7919 % 1009);
}

boost::asio::awaitable<void> sleep_forever(core::Clock& clock, core::Duration period, std::int64_t& sleeps) {
  for (;;) {
    co_await clock.sleep_until(clock.now() + period);
    ++sleeps;
  }
}

void awaited_sleeps(benchmark::State& state) {
  Kernel kernel;
  Process& process = kernel.create_process("sleeper");
  SimClock sim_clock(process);
  core::Clock& clock = sim_clock;
  const boost::asio::any_io_executor executor = process.executor();
  std::int64_t sleeps = 0;
  for (std::int64_t sleeper = 0; sleeper < state.range(0); ++sleeper) {
    boost::asio::co_spawn(executor, sleep_forever(clock, period_of(sleeper), sleeps), boost::asio::detached);
  }
  std::int64_t wanted = 0;
  for (auto _ : state) {
    wanted += 10'000;
    kernel.run([&sleeps, wanted] { return sleeps >= wanted; }, core::SteadyTime::max());
  }
  kernel.kill(process);
  state.SetItemsProcessed(sleeps);
}
BENCHMARK(awaited_sleeps)->Arg(1)->Arg(100)->Arg(10'000);

void bare_priority_queue(benchmark::State& state) {
  struct Entry {
    std::int64_t deadline;
    std::uint64_t sequence;
    std::int64_t sleeper;
    bool operator<(const Entry& other) const {
      return deadline != other.deadline ? deadline > other.deadline : sequence > other.sequence;
    }
  };
  std::priority_queue<Entry> queue;
  std::uint64_t sequence = 0;
  for (std::int64_t sleeper = 0; sleeper < state.range(0); ++sleeper) {
    queue.push({period_of(sleeper).count(), sequence++, sleeper});
  }
  std::int64_t sleeps = 0;
  for (auto _ : state) {
    for (int i = 0; i < 10'000; ++i, ++sleeps) {
      const Entry entry = queue.top();
      queue.pop();
      queue.push({entry.deadline + period_of(entry.sleeper).count(), sequence++, entry.sleeper});
    }
    benchmark::DoNotOptimize(queue.top().deadline);
  }
  state.SetItemsProcessed(sleeps);
}
BENCHMARK(bare_priority_queue)->Arg(1)->Arg(100)->Arg(10'000);

void wakes(benchmark::State& state) {
  Kernel kernel;
  kernel.set_step_budget(std::numeric_limits<std::uint64_t>::max());
  Process& process = kernel.create_process("sleeper");
  SimClock clock(process);
  const auto timer = clock.make_timer();
  std::int64_t woken = 0;
  struct Waiter {
    static boost::asio::awaitable<void> wait(core::Timer& timer, std::int64_t& woken) {
      for (;;) {
        co_await timer.wait_until(core::SteadyTime::max());
        ++woken;
      }
    }
  };
  boost::asio::co_spawn(process.executor(), Waiter::wait(*timer, woken), boost::asio::detached);
  const auto never = [] { return false; };
  kernel.run(never, core::SteadyTime::max());
  for (auto _ : state) {
    timer->wake();
    kernel.run(never, core::SteadyTime::max());
  }
  kernel.kill(process);
  state.SetItemsProcessed(woken);
}
BENCHMARK(wakes);

boost::asio::awaitable<void> sleep_once(core::Clock& clock) {
  co_await clock.sleep_until(clock.now() + core::Duration(1));
}

void kernel_with_two_processes(benchmark::State& state) {
  for (auto _ : state) {
    Kernel kernel;
    benchmark::DoNotOptimize(&kernel.create_process("redis"));
    benchmark::DoNotOptimize(&kernel.create_process("runner-1"));
  }
}
BENCHMARK(kernel_with_two_processes);

void kernel_with_two_processes_that_sleep_and_are_killed(benchmark::State& state) {
  for (auto _ : state) {
    Kernel kernel;
    Process& one = kernel.create_process("redis");
    Process& two = kernel.create_process("runner-1");
    SimClock clock_one(one);
    SimClock clock_two(two);
    boost::asio::co_spawn(one.executor(), sleep_once(clock_one), boost::asio::detached);
    boost::asio::co_spawn(two.executor(), sleep_once(clock_two), boost::asio::detached);
    kernel.run([] { return false; }, core::SteadyTime::max());
    kernel.kill(one);
    kernel.kill(two);
  }
}
BENCHMARK(kernel_with_two_processes_that_sleep_and_are_killed);

}  // namespace
}  // namespace sim
