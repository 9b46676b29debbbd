#include "sim/lab/strategies.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace sim {

namespace {

using core::Config;
using core::JitterKind;

std::array<core::RetryPolicy*, 3> policies_of(Config& config) {
  return {&config.llm.retry, &config.github.token.retry, &config.github.tools.retry};
}

/// Of calls. Re-queues stay as documented: 1 s to 60 s without jitter.
template <JitterKind Kind>
void use_jitter(Config& config) {
  for (core::RetryPolicy* policy : policies_of(config)) policy->backoff.jitter.kind = Kind;
}

/// The shortest backoff that the configuration takes. A wait that the service asks for is kept to as documented.
void use_no_backoff(Config& config) {
  for (core::RetryPolicy* policy : policies_of(config)) {
    policy->retry_after_max = policy->longest_hint();
    policy->backoff.initial_delay = policy->backoff.max_delay = core::Duration(1);
    policy->backoff.jitter.kind = JitterKind::None;
  }
}

void keep_the_defaults(Config&) {}

void use_fleet(Config& config) {
  config.apply(core::Profile::Fleet);
}

void use_fleet_alone(Config& config) {
  use_fleet(config);
  config.limits.shared = false;
}

constexpr std::array<FleetStrategy, 9> kStrategies = {{
    {"none", "a refused call is repeated after a nanosecond, or when the service wants it", ClientIs::ASlot, false,
     use_no_backoff},
    {"exponential", "the documented backoff without jitter", ClientIs::ASlot, false, use_jitter<JitterKind::None>},
    {"full", "the documented backoff with full jitter", ClientIs::ASlot, false, use_jitter<JitterKind::Full>},
    {"equal", "the documented backoff with equal jitter", ClientIs::ASlot, false, use_jitter<JitterKind::Equal>},
    {"decorrelated", "the documented backoff with decorrelated jitter", ClientIs::ASlot, false,
     use_jitter<JitterKind::Decorrelated>},
    {"spread", "the profile documented as it is", ClientIs::ASlot, false, keep_the_defaults},
    {"adaptive", "the profile fleet, each client a process that learns for itself", ClientIs::ARunner, false,
     use_fleet_alone},
    {"adaptive-redis", "the profile fleet, each client a process that tells the others", ClientIs::ARunner, false,
     use_fleet},
    {"adaptive-shared", "the profile fleet, all clients in one process", ClientIs::ASlot, true, use_fleet},
}};

}  // namespace

std::span<const FleetStrategy> fleet_strategies() {
  return kStrategies;
}

const FleetStrategy* find_fleet_strategy(std::string_view name) {
  const auto* const found = std::ranges::find(kStrategies, name, &FleetStrategy::name);
  return found == kStrategies.end() ? nullptr : found;
}

}  // namespace sim
