// Keeps the requests of one worker process to the model apart: from start to start at least the minimum interval, over
// all jobs that run at once and retries included; those that wait begin in order of arrival. A slot is taken on
// arrival, so one that is cancelled while it waits leaves its slot empty. A call that has no time to wait for its
// slot gives it back, as long as nobody has come after it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/retry/guard.h"
#include "core/time/clock.h"

namespace core {

class Pacer final : public CallGuard {
 public:
  /// With an interval of zero nobody ever waits. The clock outlives this.
  Pacer(const Clock& clock, Duration min_interval) : clock_(clock), min_interval_(min_interval) {}

  Admission admit(const Attempt& attempt, Waiter& waiter) override;
  void ended(const Attempt& attempt, const Waiter& waiter, AttemptEnd end, const Failure* failure) override;
  void describe_state(std::string& out, SteadyTime now) const override;

 private:
  struct Place {
    SteadyTime slot;
    Duration lateness_on_arrival;
    SteadyTime free_before;  ///< What next_free_ was on arrival.
  };
  SteadyTime due(const Place& place) const;
  bool is_last(const Place& place) const { return next_free_ == saturating_add(place.slot, min_interval_); }

  const Clock& clock_;
  Duration min_interval_;
  SteadyTime next_free_ = SteadyTime::min();
  /// How much later than their slots the starts so far were, in all: a process that was held up does not then start
  /// everything at once, but moves all later slots.
  Duration lateness_{};
  std::uint64_t arrivals_ = 0;
  std::map<std::uint64_t, Place> waiting_;  ///< Those that have a slot and have not begun, in order of arrival.
};

}  // namespace core
