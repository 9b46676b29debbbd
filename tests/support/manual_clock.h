// A clock that a test moves by hand, on an io_context that it runs dry between moves: what is due fires in the order of
// (deadline, start of the wait). The wall clock can be set apart from the steady one.
// lint-allow-file(real-sleep): an Asio timer that never fires of its own is what a test wakes
#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "core/time/clock.h"

namespace tests {

class ManualClock final : public core::Clock {
 public:
  explicit ManualClock(boost::asio::io_context& context, core::WallTime start = core::WallTime(std::chrono::hours(24)))
      : context_(&context), wall_offset_(start.time_since_epoch()) {}

  core::SteadyTime now() const override { return now_; }
  core::WallTime wall_now() const override { return core::WallTime(now_.time_since_epoch() + wall_offset_); }
  void shift_wall_clock(core::Duration by) { wall_offset_ += by; }

  boost::asio::awaitable<void> sleep_until(core::SteadyTime deadline) override {
    ManualTimer timer(*this);
    (void)co_await timer.wait_until(deadline);
  }
  std::unique_ptr<core::Timer> make_timer() override { return std::make_unique<ManualTimer>(*this); }

  /// Runs what is ready.
  void settle() {
    context_->restart();
    context_->poll();
  }

  /// Lets that much time pass, stopping at each deadline on the way.
  void advance(core::Duration by) {
    const core::SteadyTime target = now_ + by;
    settle();
    while (!waits_.empty() && waits_.begin()->first.first <= target) {
      now_ = std::max(now_, waits_.begin()->first.first);
      waits_.begin()->second->end(false);
      settle();
    }
    now_ = target;
  }

  std::size_t waiting() const { return waits_.size(); }

 private:
  using Key = std::pair<core::SteadyTime, std::uint64_t>;

  /// The awaiting itself is left to an Asio timer that never fires of its own: cancelling it is what ends the wait.
  class ManualTimer final : public core::Timer {
   public:
    explicit ManualTimer(ManualClock& clock) : clock_(clock), asio_(*clock.context_) {}
    ~ManualTimer() override { leave(); }

    boost::asio::awaitable<bool> wait_until(core::SteadyTime deadline) override {
      leave();
      key_ = {deadline, clock_.next_++};
      clock_.waits_.emplace(key_, this);
      waiting_ = true;
      ended_ = false;
      woken_ = false;
      asio_.expires_at(boost::asio::steady_timer::time_point::max());
      try {
        co_await asio_.async_wait(boost::asio::use_awaitable);
      } catch (const boost::system::system_error&) {
        if (!ended_) {  // By the coroutine's own cancellation.
          leave();
          throw;
        }
      }
      co_return !woken_;
    }

    void wake() override {
      if (waiting_) end(true);
    }

    void end(bool woken) {
      leave();
      ended_ = true;
      woken_ = woken;
      asio_.cancel();
    }

   private:
    void leave() {
      if (waiting_) clock_.waits_.erase(key_);
      waiting_ = false;
    }

    ManualClock& clock_;
    boost::asio::steady_timer asio_;
    Key key_;
    bool waiting_ = false;
    bool ended_ = false;
    bool woken_ = false;
  };

  boost::asio::io_context* context_;
  core::SteadyTime now_{};
  core::Duration wall_offset_;
  std::map<Key, ManualTimer*> waits_;
  std::uint64_t next_ = 0;
};

}  // namespace tests
