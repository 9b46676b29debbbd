#include "core/limits/budgets.h"

#include <algorithm>
#include <iterator>

#include "core/config/guard_settings.h"
#include "core/guards/all_guards.h"

namespace core {

namespace {

using namespace input;

bool is_repeat(const Attempt& attempt) {
  return attempt.number > 1 || attempt.is_of_a_rerun;
}

auto budget_type() {
  return object<BudgetConfig>([](auto& io, BudgetConfig& budget) {
    io.optional("enabled", budget.enabled, Boolean{}, "Whether repeated calls are bounded over all jobs.");
    io.optional("ratio", budget.ratio, Decimal{.low_millionths = 0, .high_millionths = 10'000'000},
                "So many repeats for each call that is none.");
    io.optional("minimum", budget.minimum, Integer{1, 1'000'000}, "And so many in each window.");
    io.optional("window", budget.window, DurationText{.low = std::chrono::milliseconds(1)},
                "The time in which the minimum comes together.");
  });
}

}  // namespace

Admission Budgets::admit(const Attempt& attempt, Waiter& waiter) {
  if (!is_repeat(attempt)) return Admit{};
  const SteadyTime now = clock_.now();
  Operation& operation = operations_.of(attempt.credential, attempt.api, now, config_);
  auto& waiting = operation.waiting;
  if (waiter.ticket == 0) {
    waiter.ticket = ++tickets_;
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

void Budgets::ended(const Attempt& attempt, const Waiter& waiter, AttemptEnd end, const Failure* failure) {
  const SteadyTime now = clock_.now();
  Operation& operation = operations_.of(attempt.credential, attempt.api, now, config_);
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

const SettingsType<BudgetConfig>& budget_settings() {
  static const SettingsTypeOf kType(budget_type());
  return kType;
}

std::unique_ptr<SharedGuard> guards::make_budgets(const RetryEnvironment& environment, const Config& config) {
  if (!config.budget.enabled) return nullptr;
  return std::make_unique<Budgets>(environment.clock, config.budget);
}

}  // namespace core
