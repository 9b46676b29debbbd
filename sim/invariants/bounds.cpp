#include "sim/invariants/bounds.h"

#include <algorithm>

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

}  // namespace

Bounds backoff_bounds(const core::BackoffPolicy& policy, std::uint32_t ordinal, core::Duration previous) {
  const core::Wide initial = policy.initial_delay.count();
  const core::Wide most = policy.max_delay.count();
  // In thousandths of a nanosecond, so that no rounding of a step is carried on; sixty doublings are more than 2^59 ns.
  core::Wide fine = initial * 1000;
  for (std::uint32_t i = 1; i < ordinal && i < 10'000 && fine < most * 1000; ++i) {
    fine = fine * policy.multiplier.millionths / kOne;
  }
  // Rounding down at each step may have cost a nanosecond each, grown by the steps after it.
  const core::Wide v = std::min(most, fine / 1000);
  const core::Wide slack = 2 + v / 1'000'000'000;
  switch (policy.jitter.kind) {
    case core::JitterKind::None:
      return {duration(v - slack), duration(std::min(most, v + slack))};
    case core::JitterKind::Spread: {
      const core::Wide r = r_of(policy.jitter);
      const core::Wide upper = std::min(most, v * (kOne + r) / kOne);
      const core::Wide lower = std::max(std::min(initial, most), upper * kOne / (kOne + r));
      return {duration(std::min(lower, upper) - slack), duration(std::min(most, upper + slack))};
    }
    case core::JitterKind::Full:
      return {core::Duration::zero(), duration(v + slack)};
    case core::JitterKind::Equal:
      return {duration(v / 2 - slack), duration(std::min(most, v + slack))};
    case core::JitterKind::Decorrelated: {
      const core::Wide before = std::max<core::Wide>(previous.count(), initial);
      return {duration(std::min(initial, most)), duration(std::min(most, 3 * before))};
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
