#include "core/llm/pacer.h"

#include <algorithm>

namespace core {

struct Pacer::Waiting {
  explicit Waiting(Pacer& its_pacer)
      : pacer(its_pacer), place(pacer.waiting_.insert(pacer.waiting_.end(), pacer.arrivals_++)) {}
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() { pacer.waiting_.erase(place); }
  bool is_first() const { return place == pacer.waiting_.begin(); }
  Pacer& pacer;
  std::set<std::uint64_t>::iterator place;
};

boost::asio::awaitable<void> Pacer::enter() {
  if (min_interval_ == Duration::zero()) co_return;
  // In a process that was held up those whose slots have gone by go first: they are due already.
  if (!waiting_.empty() && clock_.now() >= next_free_) co_await clock_.sleep_until(clock_.now());
  const Waiting waiting(*this);
  const SteadyTime slot = std::max(clock_.now(), next_free_);
  const Duration lateness_on_arrival = lateness_;
  next_free_ = saturating_add(slot, min_interval_);
  SteadyTime due = slot;
  // After a hold-up one that arrived before may be due as well, and wake later: it begins first, and moves this slot.
  while (clock_.now() < due || !waiting.is_first()) {
    co_await clock_.sleep_until(std::max(due, clock_.now()));
    due = saturating_add(slot, lateness_ - lateness_on_arrival);
  }
  const Duration late = clock_.now() - due;
  lateness_ += late;
  next_free_ = saturating_add(next_free_, late);
}

}  // namespace core
