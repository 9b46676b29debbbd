#include "core/retry/guard.h"

#include <algorithm>
#include <utility>

#include "core/check.h"

namespace core {

Guards::Guards(std::initializer_list<CallGuard*> guards) {
  for (CallGuard* guard : guards) add(guard);
}

void Guards::add(CallGuard* guard) {
  if (guard == nullptr) return;
  check(size_ < kMost, "a call has no more guards than there is room for");
  guards_[size_++] = guard;
}

bool Guards::wait_for_limits() const {
  return std::any_of(guards_.begin(), guards_.begin() + size(), [](auto* guard) { return guard->waits_for_limits(); });
}

std::optional<Refuse> Guards::would_refuse(const Attempt& attempt, SteadyTime then) const {
  for (std::size_t i = 0; i < size(); ++i) {
    if (auto refuse = guards_[i]->would_refuse(attempt, then)) return refuse;
  }
  return std::nullopt;
}

namespace detail {

Admission GuardedAttempt::admit() {
  for (std::size_t i = 0; i < guards_.size(); ++i) {
    asked_ = std::max(asked_, i + 1);
    Admission admission = guards_[i].admit(attempt_, waiters_[i]);
    if (std::holds_alternative<Admit>(admission)) continue;
    withdraw_from(i + 1);
    return admission;
  }
  return Admit{};
}

void GuardedAttempt::withdraw_from(std::size_t first) {
  for (asked_ = std::min(asked_, guards_.size()); asked_ > first; --asked_) {
    guards_[asked_ - 1].ended(attempt_, waiters_[asked_ - 1], AttemptEnd::NotBegun, nullptr);
    waiters_[asked_ - 1].ticket = 0;
  }
}

void GuardedAttempt::end(AttemptEnd end, const Failure* failure) {
  const std::size_t asked = std::min(std::exchange(asked_, 0), guards_.size());
  for (std::size_t i = 0; i < asked; ++i) guards_[i].ended(attempt_, waiters_[i], end, failure);
}

Timer& GuardedAttempt::timer(Clock& clock) {
  if (!timer_) timer_ = clock.make_timer();
  for (Waiter& waiter : waiters_) waiter.timer = timer_.get();
  return *timer_;
}

}  // namespace detail
}  // namespace core
