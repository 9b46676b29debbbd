// The circuit breakers of one worker process: one for each operation of each credential. While one is open its calls
// are given up as `circuit_open`, and the worker delays the job: neither an attempt nor a re-queue is spent.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/breaker/circuit.h"
#include "core/limits/per_operation.h"
#include "core/retry/guard.h"
#include "core/retry/retry_environment.h"

namespace core {

/// The state of the breaker of one operation of one credential. The texts live until the breakers are used again.
struct KnownCircuit {
  std::string_view credential;
  std::string_view api;
  Circuit::State state = Circuit::State::Closed;
};

class Breakers {
 public:
  /// What is referred to outlives it. A service that asks for a wait beyond `ceiling` is not believed; see decide().
  Breakers(const RetryEnvironment& environment, const BreakerConfig& config, Duration ceiling)
      : environment_(environment), config_(config), ceiling_(ceiling) {}
  Breakers(const Breakers&) = delete;
  Breakers& operator=(const Breakers&) = delete;

  /// For how long some operation of that credential that `needs` is true for is not called; zero where all are.
  Duration open_for(std::string_view credential, const std::function<bool(std::string_view api)>& needs) const;

  /// Of all operations that were called, as it is now.
  std::vector<KnownCircuit> known() const;

  void describe_state(std::string& out, SteadyTime now) const { operations_.describe_state(out, now); }

 private:
  friend class BreakerGuard;

  struct Operation {
    explicit Operation(const BreakerConfig& config) : circuit(config) {}
    bool is_idle(SteadyTime now) const { return waiting.empty() && circuit.is_idle(now); }
    bool may_be_forgotten(SteadyTime now) const { return waiting.empty() && circuit.may_be_forgotten(now); }
    void describe_state(std::string& out, SteadyTime now) const;

    Circuit circuit;
    std::vector<Waiter*> waiting;  ///< For a probe, in the order in which they came.
  };

  Operation& operation(std::string_view credential, std::string_view api);
  void report(EventKind kind, std::string_view credential, const Attempt& attempt, std::optional<Duration> delay) const;

  const RetryEnvironment environment_;
  const BreakerConfig& config_;
  const Duration ceiling_;
  PerOperation<Operation> operations_;
};

/// Of the calls that one credential is used for.
class BreakerGuard final : public CallGuard {
 public:
  /// `breakers` may be null: then nobody is held back. It outlives the guard.
  BreakerGuard(Breakers* breakers, std::string_view credential) : breakers_(breakers), credential_(credential) {}

  bool is_on() const { return breakers_ != nullptr; }
  /// From now on it holds nobody back: its calls may outlive the breakers.
  void detach() { breakers_ = nullptr; }

  Admission admit(const Attempt& attempt, Waiter& waiter) override;
  std::optional<Refuse> would_refuse(const Attempt& attempt, SteadyTime then) const override;
  void ended(const Attempt& attempt, const Waiter& waiter, AttemptEnd end, const Failure* failure) override;
  /// Breakers describes it.
  void describe_state(std::string&, SteadyTime) const override {}

 private:
  std::optional<bool> is_well(const Attempt& attempt, AttemptEnd end, const Failure* failure) const;

  Breakers* breakers_;
  const std::string credential_;
};

}  // namespace core
