#include "core/limits/retry_budget.h"

#include "core/state.h"
#include "core/time/wide.h"

namespace core {

SteadyTime RetryBudget::next(SteadyTime now, std::uint64_t before) const {
  const UnsignedWide wait = UnsignedWide{before + 1} * static_cast<UnsignedWide>(cost().count());
  const UnsignedWide most = static_cast<UnsignedWide>(Duration::max().count());
  return saturating_add(from(now), Duration(static_cast<Duration::rep>(std::min(wait, most))));
}

void RetryBudget::add(SteadyTime now) {
  const UnsignedWide share = UnsignedWide{config_->ratio.millionths} * static_cast<UnsignedWide>(cost().count());
  spent_until_ = std::max(from(now) - Duration(static_cast<Duration::rep>(share / 1'000'000)), full(now));
}

void RetryBudget::describe_state(std::string& out, SteadyTime now) const {
  append_state(out, from(now) - full(now));
}

}  // namespace core
