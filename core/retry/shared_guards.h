// The guards that all calls of one credential share in a worker, in the order in which they are asked: first the one
// that refuses, then the one that delays repeats, last the one that gives out turns.
#pragma once

#include <string_view>

#include "core/breaker/breakers.h"
#include "core/limits/budgets.h"
#include "core/limits/limits.h"
#include "core/retry/client_options.h"

namespace core {

class SharedGuards {
 public:
  SharedGuards(const ClientOptions& options, std::string_view credential)
      : breaker_(options.breakers, credential),
        budget_(options.budgets, credential),
        limit_(options.limits, std::string(credential)) {}

  /// With two more, null or not: one that refuses or delays goes first, one that gives out turns or only listens last.
  Guards between(CallGuard* first, CallGuard* last) {
    return {first, breaker_.is_on() ? &breaker_ : nullptr, budget_.is_on() ? &budget_ : nullptr,
            limit_.waits_for_limits() ? &limit_ : nullptr, last};
  }

  bool wait_for_limits() const { return limit_.waits_for_limits(); }

  /// From now on they hold nobody back: their calls may outlive what is shared.
  void detach() {
    breaker_.detach();
    budget_.detach();
    limit_.detach();
  }

 private:
  BreakerGuard breaker_;
  BudgetGuard budget_;
  LimitGuard limit_;
};

}  // namespace core
