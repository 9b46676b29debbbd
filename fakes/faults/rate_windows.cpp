#include "fakes/faults/rate_windows.h"

#include <algorithm>

namespace fakes {

Quota RateWindows::take(std::size_t rule, const DoRateLimit& limit, std::string_view credential, core::SteadyTime now) {
  auto& [windows, bytes, sweep_at] = by_rule_[rule];
  auto found = windows.find(credential);
  if (found == windows.end()) {
    if (windows.size() >= sweep_at) {
      std::erase_if(windows, [now](const auto& entry) { return entry.second.ends <= now; });
      bytes = 0;
      for (const auto& [name, window] : windows) bytes += name.size();
      sweep_at = std::max(kFewCredentials, 2 * windows.size());
    }
    bytes += credential.size();
    if (bytes > kMostBytes) {
      windows.clear();
      bytes = 0;
    }
    found = windows.emplace(std::string(credential), Window{now}).first;
  }
  Window& window = found->second;
  if (window.ends <= now) window = {core::saturating_add(now, limit.per)};
  const bool exceeded = window.used >= limit.limit;
  if (!exceeded) ++window.used;
  return {limit.limit, window.used, window.ends - now, exceeded};
}

}  // namespace fakes
