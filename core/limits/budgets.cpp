#include "core/limits/budgets.h"

#include <algorithm>
#include <iterator>

namespace core {

namespace {

bool is_repeat(const Attempt& attempt) {
  return attempt.number > 1 || attempt.is_of_a_rerun;
}

}  // namespace

Admission BudgetGuard::admit(const Attempt& attempt, Waiter& waiter) {
  if (budgets_ == nullptr || !is_repeat(attempt)) return Admit{};
  const SteadyTime now = budgets_->clock_.now();
  Budgets::Operation& operation = budgets_->operations_.of(credential_, attempt.api, now, budgets_->config_);
  auto& waiting = operation.waiting;
  if (waiter.ticket == 0) {
    waiter.ticket = ++budgets_->tickets_;
    waiting.emplace(waiter.ticket, &waiter);
  }
  const auto place = waiting.find(waiter.ticket);
  if (place == waiting.end()) return Admit{};  // It is paid for, and had to wait for another guard.
  const auto before = static_cast<std::uint64_t>(std::distance(waiting.begin(), place));
  const SteadyTime turn = operation.budget.next(now, before);
  if (turn > now) return Delay{turn - now, HeldBack{std::nullopt, DelaySource::Budget, turn - now}, true};
  waiting.erase(place);
  operation.budget.spend(now);
  // Its turn may have come earlier than it was told.
  operation.wake_first();
  return Admit{};
}

void BudgetGuard::ended(const Attempt& attempt, const Waiter& waiter, AttemptEnd end, const Failure* failure) {
  if (budgets_ == nullptr) return;
  const SteadyTime now = budgets_->clock_.now();
  Budgets::Operation& operation = budgets_->operations_.of(credential_, attempt.api, now, budgets_->config_);
  if (!is_repeat(attempt)) {
    // One that a limit refused is made again, and is one call all the same.
    const bool is_limited = failure != nullptr && failure->kind == FailureKind::RateLimited;
    if ((end != AttemptEnd::Succeeded && end != AttemptEnd::Failed) || is_limited) return;
    operation.budget.add(now);
    return operation.wake_first();
  }
  const bool has_waited_in_vain = operation.waiting.erase(waiter.ticket) > 0;
  if (end != AttemptEnd::NotBegun) return;
  if (waiter.ticket != 0 && !has_waited_in_vain) operation.budget.take_back();
  // Those behind it come one place forward.
  for (const auto& [ticket, each] : operation.waiting) each->wake();
}

}  // namespace core
