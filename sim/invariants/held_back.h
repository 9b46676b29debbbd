// Which waits guards give, whose length their policies and the services' answers do not tell.
#pragma once

#include <string_view>

#include "core/config/config.h"
#include "core/events/event.h"

namespace sim {

/// Whether a guard is on that no invariant knows by name.
inline bool has_other_guards(const core::Config& config) {
  bool has = false;
  core::for_each_guard_section([&]<class Settings>(const core::GuardSection<Settings>& section) {
    const bool is_known = section.key == "limits" || section.key == "breaker" || section.key == "budget";
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

/// Whether that wait is.
inline bool is_held_back_by_guard(const core::Config& config, const core::Event& event) {
  if (event.source == core::DelaySource::Budget) return config.budget.enabled;
  return event.source == core::DelaySource::Guard && has_other_guards(config);
}

}  // namespace sim
