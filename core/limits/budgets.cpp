#include "core/limits/budgets.h"

#include <algorithm>
#include <iterator>

namespace core {

namespace {

bool is_repeat(const Attempt& attempt) {
  return attempt.number > 1 || attempt.is_of_a_rerun;
}

Refuse over_budget(Duration wait) {
  return {GiveUpReason::Limited,
          Failure{.kind = FailureKind::Unavailable,
                  .hint = RetryHint{std::max(wait, Duration(1)), DelaySource::Budget},
                  .code = "ERR_RETRY_BUDGET",
                  .message = "the retry budget does not cover another attempt for longer than a run waits"}};
}

}  // namespace

Admission BudgetGuard::admit(const Attempt& attempt, Waiter& waiter) {
  if (budgets_ == nullptr) return Admit{};
  const SteadyTime now = budgets_->clock_.now();
  Budgets::Operation& operation = budgets_->operations_.of(credential_, attempt.api, now, budgets_->config_);
  if (is_repeat(attempt)) return admit_repeat(operation, attempt, waiter);
  if (waiter.ticket != 0) return Admit{};
  waiter.ticket = ++budgets_->tickets_;
  operation.budget.add(now);
  if (!operation.waiting.empty()) operation.waiting.begin()->second->wake();
  return Admit{};
}

Admission BudgetGuard::admit_repeat(Budgets::Operation& operation, const Attempt& attempt, Waiter& waiter) {
  const SteadyTime now = budgets_->clock_.now();
  auto& waiting = operation.waiting;
  if (waiter.ticket == 0) {
    waiter.ticket = ++budgets_->tickets_;
    waiting.emplace(waiter.ticket, &waiter);
  }
  const auto place = waiting.find(waiter.ticket);
  if (place == waiting.end()) return Admit{};  // It is paid for, and had to wait for another guard.
  const auto before = static_cast<std::uint64_t>(std::distance(waiting.begin(), place));
  const SteadyTime turn = operation.budget.next(now, before);
  if (turn > now) {
    if (turn > saturating_add(attempt.call_since, budgets_->max_wait_)) return over_budget(turn - now);
    return Delay{turn - now, HeldBack{std::nullopt, DelaySource::Budget, turn - now}, true};
  }
  waiting.erase(place);
  operation.budget.spend(now);
  return Admit{};
}

void BudgetGuard::ended(const Attempt& attempt, const Waiter& waiter, AttemptEnd end, const Failure*) {
  if (budgets_ == nullptr || waiter.ticket == 0) return;
  const SteadyTime now = budgets_->clock_.now();
  Budgets::Operation& operation = budgets_->operations_.of(credential_, attempt.api, now, budgets_->config_);
  const bool has_waited_in_vain = operation.waiting.erase(waiter.ticket) > 0;
  if (end == AttemptEnd::NotBegun && is_repeat(attempt) && !has_waited_in_vain) operation.budget.take_back();
  // Those behind it come one place forward.
  if (end == AttemptEnd::NotBegun) {
    for (const auto& [ticket, each] : operation.waiting) each->wake();
  }
}

}  // namespace core
