// The retry budgets of one worker process: one for each operation of each credential. A repeat is an attempt after the
// first, or any attempt of a job that was re-queued. Repeats wait for their budget in the order in which they came.
// A repeat keeps its job's slot for as long as it waits: a job that the worker gave back would start again from its
// first question, and would need even more repeats.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/guards/shared_guard.h"
#include "core/limits/per_operation.h"
#include "core/limits/retry_budget.h"
#include "core/time/clock.h"

namespace core {

class Budgets final : public SharedGuard {
 public:
  /// What is referred to outlives it.
  Budgets(const Clock& clock, const BudgetConfig& config) : clock_(clock), config_(config) {}
  Budgets(const Budgets&) = delete;
  Budgets& operator=(const Budgets&) = delete;

  Admission admit(const Attempt& attempt, Waiter& waiter) override;
  void ended(const Attempt& attempt, const Waiter& waiter, AttemptEnd end, const Failure* failure) override;
  void describe_state(std::string& out, SteadyTime now) const override { operations_.describe_state(out, now); }

 private:
  struct Operation {
    explicit Operation(const BudgetConfig& config) : budget(config) {}
    bool is_idle(SteadyTime now) const { return waiting.empty() && budget.is_full(now); }
    bool may_be_forgotten(SteadyTime now) const { return is_idle(now); }
    void describe_state(std::string& out, SteadyTime now) const {
      budget.describe_state(out, now);
      append_state(out, waiting.size());
    }
    void wake_first() const {
      if (!waiting.empty()) waiting.begin()->second->wake();
    }

    RetryBudget budget;
    std::map<std::uint64_t, Waiter*> waiting;  ///< By ticket.
  };

  const Clock& clock_;
  const BudgetConfig& config_;
  PerOperation<Operation> operations_;
  std::uint64_t tickets_ = 0;
};

}  // namespace core
