#include "core/llm/pacer.h"

#include <algorithm>

namespace core {

boost::asio::awaitable<void> Pacer::enter() {
  if (min_interval_ == Duration::zero()) co_return;
  const SteadyTime slot = std::max(clock_.now(), next_free_);
  const Duration lateness_on_arrival = lateness_;
  next_free_ = saturating_add(slot, min_interval_);
  SteadyTime due = slot;
  while (clock_.now() < due) {
    co_await clock_.sleep_until(due);
    due = saturating_add(slot, lateness_ - lateness_on_arrival);
  }
  const Duration late = clock_.now() - due;
  lateness_ += late;
  next_free_ = saturating_add(next_free_, late);
}

}  // namespace core
