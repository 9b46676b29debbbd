// The circuit breakers of one worker process: one for each operation of each credential. While one is open its calls
// are given up as `circuit_open`, and the worker delays the job: neither an attempt nor a re-queue is spent.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/config/config.h"
#include "core/guards/shared_guard.h"
#include "core/limits/per_operation.h"
#include "core/retry/retry_environment.h"

namespace core {

class Breakers final : public SharedGuard {
 public:
  /// What is referred to outlives it. A service that asks for a wait beyond `ceiling` is not believed; see decide().
  Breakers(const RetryEnvironment& environment, const BreakerConfig& config, Duration ceiling)
      : environment_(environment), config_(config), ceiling_(ceiling) {}
  Breakers(const Breakers&) = delete;
  Breakers& operator=(const Breakers&) = delete;

  Admission admit(const Attempt& attempt, Waiter& waiter) override;
  std::optional<Refuse> would_refuse(const Attempt& attempt, SteadyTime then) const override;
  void ended(const Attempt& attempt, const Waiter& waiter, AttemptEnd end, const Failure* failure) override;

  /// Until the operation is called again.
  std::optional<LongWait> wait_of_one_more(std::string_view credential, const Needs& needs) const override;
  /// Of all operations that were called, as it is now.
  void tell(KnownToGuards& known) const override;
  void describe_state(std::string& out, SteadyTime now) const override { operations_.describe_state(out, now); }

 private:
  struct Operation {
    explicit Operation(const BreakerConfig& config) : circuit(config) {}
    bool is_idle(SteadyTime now) const { return waiting.empty() && circuit.is_idle(now); }
    bool may_be_forgotten(SteadyTime now) const { return waiting.empty() && circuit.may_be_forgotten(now); }
    void describe_state(std::string& out, SteadyTime now) const;

    Circuit circuit;
    std::vector<Waiter*> waiting;  ///< For a probe, in the order in which they came.
  };

  Operation& operation(const Attempt& attempt);
  std::optional<bool> is_well(const Attempt& attempt, AttemptEnd end, const Failure* failure) const;
  void report(EventKind kind, const Attempt& attempt, std::optional<Duration> delay) const;

  const RetryEnvironment environment_;
  const BreakerConfig& config_;
  const Duration ceiling_;
  PerOperation<Operation> operations_;
};

}  // namespace core
