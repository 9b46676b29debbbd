// A clock that stands still until a test moves it, on an executor that runs only then. It can also be moved as a
// process that was held up sees time: all at once, with every timer late.
// lint-allow-file(real-sleep): an Asio timer that never fires of its own is what a test wakes
#pragma once

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <functional>
#include <map>
#include <memory>

#include "core/time/clock.h"

namespace tests {

class JumpingClock : public core::Clock {
 public:
  core::SteadyTime now() const override { return now_; }
  core::WallTime wall_now() const override { return core::WallTime(now_.time_since_epoch()); }

  boost::asio::awaitable<void> sleep_until(core::SteadyTime deadline) override {
    // It never expires: cancelling is what wakes it, and `due` tells whether that was the clock.
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor,
                                    boost::asio::steady_timer::time_point::max());
    Sleeper sleeper{timer};
    const auto entry = sleepers_.emplace(deadline, &sleeper);
    boost::system::error_code error;
    co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
    if (sleeper.due) co_return;
    sleepers_.erase(entry);
    throw boost::system::system_error(boost::asio::error::operation_aborted);
  }

  std::unique_ptr<core::Timer> make_timer() override { return nullptr; }  // Nothing under test makes one.

  boost::asio::io_context& context() { return context_; }

  /// Runs all that is ready.
  void settle() {
    context_.restart();
    context_.poll();
  }

  /// Moves to each deadline on the way in its turn.
  void advance(core::Duration duration) {
    const core::SteadyTime end = now_ + duration;
    settle();
    while (!sleepers_.empty() && sleepers_.begin()->first <= end) {
      now_ = std::max(now_, sleepers_.begin()->first);
      wake_first();
      settle();
    }
    now_ = end;
  }

  /// Moves at once; what was due on the way wakes late, earliest first. `first` is done before any of it.
  void jump(core::Duration duration, const std::function<void()>& first = {}) {
    settle();
    now_ += duration;
    if (first) first();
    while (!sleepers_.empty() && sleepers_.begin()->first <= now_) wake_first();
    settle();
  }

  bool anybody_sleeps() const { return !sleepers_.empty(); }

 private:
  struct Sleeper {
    boost::asio::steady_timer& timer;
    bool due = false;
  };

  void wake_first() {
    Sleeper& sleeper = *sleepers_.begin()->second;
    sleepers_.erase(sleepers_.begin());
    sleeper.due = true;
    sleeper.timer.cancel();
  }

  boost::asio::io_context context_;
  core::SteadyTime now_{};
  std::multimap<core::SteadyTime, Sleeper*> sleepers_;  ///< Equal deadlines in order of arrival.
};

}  // namespace tests
