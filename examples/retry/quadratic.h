// A strategy of one's own. What chooses it by its name, such as a configuration, is read after it was registered.
#pragma once

#include <algorithm>

#include "core/retry/strategy.h"

/// initial_delay times 1, 4, 9, 16, ..., and up to a tenth more by chance. Waits beyond max_delay are cut by who asks.
inline core::Duration quadratic_delay(const core::RetryStep& step, const core::Random& random) {
  const int n = static_cast<int>(std::min(step.ordinal, 100U));
  const core::Duration wait = step.initial_delay * n * n;
  return wait + random.between(core::Duration::zero(), wait / 10);
}

/// What it promises, whatever is drawn: the invariants of a simulated run hold it to that.
inline core::DelayRange quadratic_range(const core::RetryStep& step) {
  const int n = static_cast<int>(std::min(step.ordinal, 100U));
  const core::Duration wait = step.initial_delay * n * n;
  return {.least = wait, .most = wait + wait / 10};
}

inline constexpr core::CustomStrategy kQuadratic{
    .name = "quadratic", .delay = quadratic_delay, .range = quadratic_range};
