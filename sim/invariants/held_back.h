// Waits that guards ask for. Neither policies nor answers say how long they are.
#pragma once

#include <type_traits>

#include "core/config/config.h"
#include "core/events/event.h"

namespace sim {

/// Whether a guard is on that no invariant knows by name.
inline bool has_other_guards(const core::Config& config) {
  bool has = false;
  core::for_each_guard_section([&]<class Settings>(const core::GuardSection<Settings>& section) {
    constexpr bool is_known = std::is_same_v<Settings, core::LimitsConfig> ||
                              std::is_same_v<Settings, core::BreakerConfig> ||
                              std::is_same_v<Settings, core::BudgetConfig>;
    if constexpr (requires(Settings settings) { settings.enabled; }) {
      has = has || (!is_known && (config.*section.member).enabled);
    }
  });
  return has;
}

/// Whether some wait may be given by a guard that says so in the event's source.
inline bool has_guards_that_hold_back(const core::Config& config) {
  return config.budget.enabled || has_other_guards(config);
}

/// Whether such a guard asked for the wait that the event tells.
inline bool is_held_back_by_guard(const core::Config& config, const core::Event& event) {
  if (event.source == core::DelaySource::Budget) return config.budget.enabled;
  return event.source == core::DelaySource::Guard && has_other_guards(config);
}

}  // namespace sim
