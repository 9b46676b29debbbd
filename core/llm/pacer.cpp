#include "core/llm/pacer.h"

#include <algorithm>

#include "core/state.h"

namespace core {

Admission Pacer::admit(const Attempt&, Waiter& waiter) {
  if (min_interval_ == Duration::zero()) return Admit{};
  const SteadyTime now = clock_.now();
  if (waiter.ticket == 0) {
    // In a process that was held up those whose slots have gone by go first: they are due already.
    if (!waiting_.empty() && now >= next_free_) return Delay{};
    waiter.ticket = ++arrivals_;
    const SteadyTime slot = std::max(now, next_free_);
    waiting_.emplace(waiter.ticket, Place{slot, lateness_, next_free_});
    next_free_ = saturating_add(slot, min_interval_);
  }
  const auto place = waiting_.find(waiter.ticket);
  if (place == waiting_.end()) return Admit{};
  // After a hold-up one that arrived before may be due as well, and wake later: it begins first, and moves this slot.
  const SteadyTime begins = due(place->second);
  if (now < begins || place != waiting_.begin()) return Delay{std::max(begins - now, Duration::zero())};
  waiting_.erase(place);
  const Duration late = now - begins;
  lateness_ += late;
  next_free_ = saturating_add(next_free_, late);
  return Admit{};
}

void Pacer::ended(const Attempt& attempt, const Waiter& waiter, AttemptEnd, const Failure*) {
  const auto place = waiting_.find(waiter.ticket);
  if (place == waiting_.end()) return;
  const bool has_no_time = due(place->second) >= attempt.deadline;
  if (has_no_time && is_last(place->second)) next_free_ = place->second.free_before;
  waiting_.erase(place);
}

SteadyTime Pacer::due(const Place& place) const {
  return saturating_add(place.slot, lateness_ - place.lateness_on_arrival);
}

void Pacer::describe_state(std::string& out, SteadyTime now) const {
  // Who is late moves the slots of those that come later, also where they have gone by.
  append_state(out, waiting_.empty() ? std::max(next_free_, now) - now : next_free_ - now);
  append_state(out, waiting_.size());
  for (const auto& [ticket, place] : waiting_) {
    append_state(out, due(place) - now);
    append_state(out, is_last(place) ? std::max(place.free_before, now) - now : Duration::max());
  }
}

}  // namespace core
