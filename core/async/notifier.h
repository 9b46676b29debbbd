// Wakes coroutines that wait for something to have happened. It stands on the Clock seam alone, so that whoever owns
// time also knows these waiters. For one thread. A waiter that is cancelled, or whose coroutine is destroyed, takes
// itself off the list; the notifier outlives its waiters.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <list>
#include <memory>

#include "core/time/clock.h"

namespace core {

class Notifier {
 public:
  explicit Notifier(Clock& clock) : clock_(&clock) {}
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  /// Waits for the next notify_all(). What was waited for may have changed again by the time the waiter runs: ask in a
  /// loop. Cancelling the coroutine ends the wait with operation_aborted.
  boost::asio::awaitable<void> wait() { return wait_until(SteadyTime::max()); }
  /// No longer than until then.
  boost::asio::awaitable<void> wait_until(SteadyTime end) {
    const Place place(*this);
    (void)co_await place.timer().wait_until(end);
  }

  /// Wakes all that wait now, in the order in which they came. They run later, never inside this call.
  void notify_all() {
    for (const auto& timer : waiting_) timer->wake();
  }

  std::size_t waiting() const { return waiting_.size(); }

 private:
  using Timers = std::list<std::unique_ptr<Timer>>;

  /// A place on the list, kept for as long as the wait lasts.
  class Place {
   public:
    explicit Place(Notifier& notifier)
        : timers_(notifier.waiting_), at_(timers_.insert(timers_.end(), notifier.clock_->make_timer())) {}
    ~Place() { timers_.erase(at_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    Timer& timer() const { return **at_; }

   private:
    Timers& timers_;
    Timers::iterator at_;
  };

  Clock* clock_;
  Timers waiting_;
};

}  // namespace core
