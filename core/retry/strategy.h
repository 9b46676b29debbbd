// The strategies of backoff: how long a wait is before jitter. Those of the core are in StrategyKind; a program adds
// its own by registering it under a name, by which configurations choose it: "strategy": {"custom": "fibonacci"}.
// Nothing here sleeps or reads a clock; what is left to chance comes from a branch that is passed in.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/random/random.h"
#include "core/retry/policy.h"

namespace core {

/// What a wait is planned from.
struct RetryStep {
  std::uint32_t ordinal = 1;  ///< Of the retry that the wait is before, from 1.
  Duration previous_delay{};  ///< The wait before it; zero for the first retry, and for every re-queue of a job.
  Duration initial_delay{};   ///< The policy's.
  Duration max_delay{};       ///< The policy's. What is planned beyond it is cut.
};

struct DelayRange {
  Duration least;
  Duration most;
};

/// A strategy of a program's own. Both functions are pure: the same step gives the same answer, and two runs of one
/// seed draw the same chances.
struct CustomStrategy {
  std::string_view name;
  /// The wait before jitter. `random` is a branch of this one wait. Negative waits count as zero.
  Duration (*delay)(const RetryStep& step, const Random& random);
  /// What delay() promises for that step, whatever is drawn. The invariant `backoff` holds every wait against it.
  DelayRange (*range)(const RetryStep& step);
};

/// initial_delay times the Fibonacci numbers 1, 1, 2, 3, 5, 8, ... Registered from the start.
extern const CustomStrategy kFibonacci;

/// Makes a strategy known to the configurations that are read afterwards. It must live as long as the program: what is
/// read refers to it. False when another one has that name. Call it before there are threads.
bool register_strategy(const CustomStrategy& strategy);

/// Null when none is registered under that name.
const CustomStrategy* find_strategy(std::string_view name);

/// Of all that are registered, in the order of registration.
std::vector<std::string_view> strategy_names();

constexpr RetryStep step_of(std::uint32_t ordinal, Duration previous_delay, const BackoffPolicy& policy) {
  return {ordinal, previous_delay, policy.initial_delay, policy.max_delay};
}

/// The wait before jitter, from zero to max_delay. `random` is the branch of the call.
Duration planned_delay(const RetryStep& step, const BackoffPolicy& policy, const Random& random);

/// The least that the strategy ever plans (of Custom: for that step), max_delay at most. Spread jitter stays above it.
Duration least_delay(const RetryStep& step, const BackoffPolicy& policy);

/// duration * (millionths / 1'000'000), rounded down, no further than Duration::max().
Duration scaled(Duration duration, std::uint64_t millionths);

}  // namespace core
