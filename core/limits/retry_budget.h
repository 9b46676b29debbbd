// How many repeated calls a service gets: so many in a while whatever happens, and a share of the other calls. A repeat
// that the budget does not cover waits until it does, so that an outage makes no more calls a second than that. Pure:
// it reads no clock.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "core/config/config.h"
#include "core/time/time.h"

namespace core {

/// Counts in time: each repeat costs the `minimum`-th part of the window, and at most a window is saved up.
class RetryBudget {
 public:
  /// `config` outlives it.
  explicit RetryBudget(const BudgetConfig& config) : config_(&config) {}

  /// When the budget covers a repeat, after `before` others; not after `now`: at once.
  SteadyTime next(SteadyTime now, std::uint64_t before = 0) const;
  void spend(SteadyTime now) { spent_until_ = saturating_add(from(now), cost()); }
  /// A repeat was not made after all.
  void take_back() { spent_until_ = std::max(spent_until_, SteadyTime::min() + cost()) - cost(); }
  /// A call that is no repeat brings its share.
  void add(SteadyTime now);

  bool is_full(SteadyTime now) const { return spent_until_ <= full(now); }
  void describe_state(std::string& out, SteadyTime now) const;

 private:
  Duration cost() const { return config_->window / config_->minimum; }
  /// Where all that can be saved up is there.
  SteadyTime full(SteadyTime now) const { return now - config_->window; }
  SteadyTime from(SteadyTime now) const { return std::max(spent_until_, full(now)); }

  const BudgetConfig* config_;
  SteadyTime spent_until_ = SteadyTime::min();  ///< What time has brought until then is spent.
};

}  // namespace core
