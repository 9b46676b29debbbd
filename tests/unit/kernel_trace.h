// What the kernel's tests share: one world whose happenings are lines of "<milliseconds> <what>".
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <string>
#include <vector>

#include "sim/kernel/clock.h"
#include "sim/kernel/kernel.h"
#include "sim/kernel/wait.h"

namespace sim {

using Trace = std::vector<std::string>;
using Coroutine = boost::asio::awaitable<void>;

inline core::SteadyTime at(std::int64_t milliseconds) {
  return core::SteadyTime(std::chrono::milliseconds(milliseconds));
}
inline constexpr core::SteadyTime kNever = core::SteadyTime::max();

class KernelTest : public testing::Test {
 public:
  void note(const std::string& what) {
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(kernel.now().time_since_epoch());
    trace.push_back(std::to_string(now.count()) + " " + what);
  }

  /// Notes its own end.
  class Guard {
   public:
    Guard(KernelTest& test, std::string name) : test_(test), name_(std::move(name)) {}
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() { test_.note("~" + name_); }

   private:
    KernelTest& test_;
    std::string name_;
  };

  void spawn(Process& as, Coroutine coroutine) {
    boost::asio::co_spawn(as.executor(), std::move(coroutine), boost::asio::detached);
  }

  RunOutcome run(core::SteadyTime limit = kNever) {
    return kernel.run([] { return false; }, limit).outcome;
  }

  Coroutine sleep(std::string name, core::SteadyTime deadline) {
    co_await clock.sleep_until(deadline);
    note(name);
  }

  Trace trace;
  Kernel kernel;
  Process& process = kernel.create_process("process");
  SimClock clock{process};
};

}  // namespace sim
