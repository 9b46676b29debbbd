#include "sim/invariants/bounds.h"

#include <algorithm>

#include "core/retry/strategy.h"
#include "core/time/wide.h"

namespace sim {

namespace {

constexpr core::Wide kOne = 1'000'000;  // A ratio is in millionths.
constexpr core::Wide kLongest = core::Duration::max().count();

core::Duration duration(core::Wide nanoseconds) {
  return core::Duration(static_cast<std::int64_t>(std::clamp<core::Wide>(nanoseconds, 0, kLongest)));
}

core::Wide r_of(const core::Jitter& jitter) {
  return jitter.kind == core::JitterKind::Spread ? core::Wide{jitter.ratio.millionths} : kOne / 4;
}

/// A wait before jitter, in nanoseconds.
struct Planned {
  core::Wide least;
  core::Wide most;
  core::Wide floor;  ///< No wait of this strategy is shorter.
};

Planned exactly(core::Wide delay, core::Wide floor) {
  return {.least = delay, .most = delay, .floor = floor};
}

Planned exponential(const core::BackoffPolicy& policy, std::uint32_t ordinal) {
  const core::Wide initial = policy.initial_delay.count();
  const core::Wide most = policy.max_delay.count();
  const core::Wide multiplier = policy.multiplier.millionths;
  // In thousandths of a nanosecond, so that no rounding of a step is carried on; sixty doublings are more than 2^59 ns.
  core::Wide fine = initial * 1000;
  // What rounding down to a nanosecond at each step may have cost, grown by the steps after it.
  core::Wide loss = 0;
  for (std::uint32_t i = 1; i < ordinal && i < 10'000 && fine < most * 1000; ++i) {
    fine = fine * multiplier / kOne;
    if (multiplier % kOne != 0) loss = loss * multiplier / kOne + 2;
  }
  const core::Wide v = std::min(most, fine / 1000);
  return {.least = std::max<core::Wide>(v - loss - 2, 0), .most = v + loss / 1000 + 2, .floor = initial};
}

/// What the strategy itself has declared: nobody here knows better.
Planned declared(const core::BackoffPolicy& policy, std::uint32_t ordinal, core::Duration previous) {
  const core::DelayRange range = policy.strategy.custom->range({.ordinal = ordinal,
                                                                .previous_delay = previous,
                                                                .initial_delay = policy.initial_delay,
                                                                .max_delay = policy.max_delay});
  const core::Wide least = std::max<core::Wide>(range.least.count(), 0);
  return {.least = least, .most = std::max<core::Wide>(range.most.count(), 0), .floor = least};
}

Planned planned(const core::BackoffPolicy& policy, std::uint32_t ordinal, core::Duration previous) {
  const core::Wide initial = policy.initial_delay.count();
  const std::vector<core::Duration>& delays = policy.strategy.delays;
  switch (policy.strategy.kind) {
    case core::StrategyKind::Exponential:
      break;
    case core::StrategyKind::Constant:
      return exactly(initial, initial);
    case core::StrategyKind::Linear: {
      const core::Wide step = policy.increment ? core::Wide{policy.increment->count()} : initial;
      return exactly(initial + step * ordinal - step, initial);
    }
    case core::StrategyKind::Delays: {
      const core::Duration delay = ordinal <= delays.size() ? delays[ordinal - 1] : delays.back();
      return exactly(delay.count(), std::min_element(delays.begin(), delays.end())->count());
    }
    case core::StrategyKind::Custom:
      return declared(policy, ordinal, previous);
  }
  return exponential(policy, ordinal);
}

}  // namespace

Bounds backoff_bounds(const core::BackoffPolicy& policy, std::uint32_t ordinal, core::Duration previous) {
  const core::Wide cap = policy.max_delay.count();
  Planned plan = planned(policy, ordinal, previous);
  for (core::Wide* each : {&plan.least, &plan.most, &plan.floor}) *each = std::min(*each, cap);
  switch (policy.jitter.kind) {
    case core::JitterKind::None:
      return {duration(plan.least), duration(plan.most)};
    case core::JitterKind::Spread: {
      const core::Wide r = r_of(policy.jitter);
      const core::Wide lowest_upper = std::min(cap, plan.least * (kOne + r) / kOne);
      const core::Wide upper = std::min(cap, plan.most * (kOne + r) / kOne);
      const core::Wide lower = std::max(plan.floor, lowest_upper * kOne / (kOne + r));
      return {duration(std::min(lower, lowest_upper)), duration(upper)};
    }
    case core::JitterKind::Full:
      return {core::Duration::zero(), duration(plan.most)};
    case core::JitterKind::Equal:
      return {duration(plan.least / 2), duration(plan.most)};
    case core::JitterKind::Decorrelated: {
      const core::Wide initial = policy.initial_delay.count();
      const core::Wide before = std::max<core::Wide>(previous.count(), initial);
      return {duration(std::min(initial, cap)), duration(std::min(cap, 3 * before))};
    }
  }
  return {};
}

Bounds hint_bounds(const core::Jitter& jitter, core::Duration hint) {
  if (jitter.kind == core::JitterKind::None) return {hint, hint};
  const core::Wide longest = core::Wide{hint.count()} * (kOne + r_of(jitter)) / kOne;
  return {hint, duration(longest + 1)};
}

}  // namespace sim
