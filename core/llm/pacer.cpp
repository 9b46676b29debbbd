#include "core/llm/pacer.h"

#include <algorithm>

namespace core {

struct Pacer::Waiting {
  explicit Waiting(Pacer& its_pacer) : pacer(its_pacer) { ++pacer.waiting_; }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() { --pacer.waiting_; }
  Pacer& pacer;
};

boost::asio::awaitable<void> Pacer::enter() {
  if (min_interval_ == Duration::zero()) co_return;
  // In a process that was held up those whose slots have gone by go first: they are due already.
  if (waiting_ > 0 && clock_.now() >= next_free_) co_await clock_.sleep_until(clock_.now());
  const Waiting waiting(*this);
  const SteadyTime slot = std::max(clock_.now(), next_free_);
  const Duration lateness_on_arrival = lateness_;
  next_free_ = saturating_add(slot, min_interval_);
  SteadyTime due = std::max(slot, not_before_);
  while (clock_.now() < due) {
    co_await clock_.sleep_until(due);
    due = std::max(saturating_add(slot, lateness_ - lateness_on_arrival), not_before_);
  }
  const Duration late = clock_.now() - due;
  lateness_ += late;
  next_free_ = saturating_add(next_free_, late);
  not_before_ = saturating_add(clock_.now(), min_interval_);
}

}  // namespace core
