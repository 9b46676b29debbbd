#include "core/retry/strategy.h"

#include <algorithm>

#include "core/check.h"
#include "core/time/wide.h"

namespace core {

namespace {

constexpr std::uint64_t kOne = 1'000'000;
constexpr Duration kNoEnd = Duration::max();

/// min(max_delay, initial_delay * multiplier^(ordinal-1)).
Duration exponential(std::uint32_t ordinal, const BackoffPolicy& policy) {
  Duration delay = std::min(policy.initial_delay, policy.max_delay);
  // A multiplier of 1 would go on for as many rounds as there are retries.
  if (policy.multiplier.millionths <= kOne) return delay;
  for (std::uint32_t i = 1; i < ordinal && delay < policy.max_delay; ++i) {
    const Duration next = scaled(delay, policy.multiplier.millionths);
    if (next == delay) break;  // So small that the fraction is lost.
    delay = std::min(policy.max_delay, next);
  }
  return delay;
}

/// min(max_delay, initial_delay + increment * (ordinal-1)).
Duration linear(std::uint32_t ordinal, const BackoffPolicy& policy) {
  const Wide increment = policy.increment.value_or(policy.initial_delay).count();
  const Wide delay = policy.initial_delay.count() + increment * (std::max(ordinal, 1U) - 1);
  return Duration(static_cast<Duration::rep>(std::min<Wide>(delay, policy.max_delay.count())));
}

Duration listed(std::uint32_t ordinal, const BackoffPolicy& policy) {
  const std::vector<Duration>& delays = policy.strategy.delays;
  check(!delays.empty(), "a strategy of listed delays has at least one");
  const std::size_t last = delays.size() - 1;
  return std::min(delays[std::min<std::size_t>(std::max(ordinal, 1U) - 1, last)], policy.max_delay);
}

Duration fibonacci(const RetryStep& step, const Random&) {
  Duration before{};
  Duration delay = step.initial_delay;
  for (std::uint32_t i = 1; i < step.ordinal && delay < step.max_delay; ++i) {
    const Duration sum = delay + std::min(before, kNoEnd - delay);
    before = delay;
    delay = sum;
  }
  return delay;
}

/// The n-th Fibonacci number lies between the powers n-2 and n-1 of the golden ratio.
DelayRange fibonacci_range(const RetryStep& step) {
  DelayRange range{.least = step.initial_delay, .most = step.initial_delay};
  for (std::uint32_t n = 2; n <= step.ordinal && range.most < kNoEnd; ++n) {
    if (n > 2) range.least = scaled(range.least, 1'618'033);
    const Duration most = scaled(range.most, 1'618'035);
    range.most = most + std::min(Duration(1), kNoEnd - most);
  }
  return range;
}

std::vector<const CustomStrategy*>& registry() {
  static std::vector<const CustomStrategy*> strategies{&kFibonacci};
  return strategies;
}

}  // namespace

const CustomStrategy kFibonacci{.name = "fibonacci", .delay = fibonacci, .range = fibonacci_range};

bool register_strategy(const CustomStrategy& strategy) {
  check(!strategy.name.empty() && strategy.delay != nullptr && strategy.range != nullptr,
        "a registered strategy has a name and both of its functions");
  if (const CustomStrategy* known = find_strategy(strategy.name)) return known == &strategy;
  registry().push_back(&strategy);
  return true;
}

const CustomStrategy* find_strategy(std::string_view name) {
  const std::vector<const CustomStrategy*>& all = registry();
  const auto found = std::ranges::find(all, name, &CustomStrategy::name);
  return found == all.end() ? nullptr : *found;
}

std::vector<std::string_view> strategy_names() {
  std::vector<std::string_view> names;
  for (const CustomStrategy* each : registry()) names.push_back(each->name);
  return names;
}

Duration planned_delay(const RetryStep& step, const BackoffPolicy& policy, const Random& random) {
  switch (policy.strategy.kind) {
    case StrategyKind::Exponential:
      break;
    case StrategyKind::Constant:
      return std::min(policy.initial_delay, policy.max_delay);
    case StrategyKind::Linear:
      return linear(step.ordinal, policy);
    case StrategyKind::Delays:
      return listed(step.ordinal, policy);
    case StrategyKind::Custom: {
      check(policy.strategy.custom != nullptr, "a custom strategy is a registered one");
      // A branch for each wait: whatever it draws there, it draws anew before the next retry, and jitter draws
      // elsewhere.
      const Duration delay = policy.strategy.custom->delay(step, random.fork("strategy").fork(step.ordinal));
      return std::clamp(delay, Duration::zero(), std::max(policy.max_delay, Duration::zero()));
    }
  }
  return exponential(step.ordinal, policy);
}

Duration least_delay(const RetryStep& step, const BackoffPolicy& policy) {
  Duration least = policy.initial_delay;
  if (policy.strategy.kind == StrategyKind::Delays) least = std::ranges::min(policy.strategy.delays);
  if (policy.strategy.kind == StrategyKind::Custom) least = policy.strategy.custom->range(step).least;
  return std::min(least, policy.max_delay);
}

Duration scaled(Duration duration, std::uint64_t millionths) {
  const UnsignedWide product = static_cast<UnsignedWide>(duration.count()) * millionths / kOne;
  return product > static_cast<UnsignedWide>(kNoEnd.count()) ? kNoEnd : Duration(static_cast<Duration::rep>(product));
}

}  // namespace core
