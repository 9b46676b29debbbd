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
  if (budgets_ == nullptr || !is_repeat(attempt)) return Admit{};
  const SteadyTime now = budgets_->clock_.now();
  Budgets::Operation& operation = budgets_->operations_.of(credential_, attempt.api, now, budgets_->config_);
  auto& waiting = operation.waiting;
  if (waiter.ticket == 0) {
    waiter.ticket = ++budgets_->tickets_;
    waiting.emplace(waiter.ticket, Budgets::Operation::Place{&waiter, now});
  }
  const auto place = waiting.find(waiter.ticket);
  if (place == waiting.end()) return Admit{};  // It is paid for, and had to wait for another guard.
  const auto before = static_cast<std::uint64_t>(std::distance(waiting.begin(), place));
  const SteadyTime turn = operation.budget.next(now, before);
  if (turn > now) {
    if (turn > saturating_add(place->second.since, budgets_->max_wait_)) return over_budget(turn - now);
    return Delay{turn - now, HeldBack{std::nullopt, DelaySource::Budget, turn - now}, true};
  }
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
  for (const auto& [ticket, place] : operation.waiting) place.waiter->wake();
}

}  // namespace core
