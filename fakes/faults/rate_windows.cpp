#include "fakes/faults/rate_windows.h"

namespace fakes {

Quota RateWindows::take(std::size_t rule, const DoRateLimit& limit, std::string_view credential, core::SteadyTime now) {
  constexpr std::size_t kManyCredentials = 4096;
  Windows& windows = by_rule_[rule];
  auto found = windows.find(credential);
  if (found == windows.end()) {
    if (windows.size() >= kManyCredentials)
      std::erase_if(windows, [now](const auto& w) { return w.second.ends <= now; });
    found = windows.emplace(std::string(credential), Window{now}).first;
  }
  Window& window = found->second;
  if (window.ends <= now) window = {core::saturating_add(now, limit.per)};
  const bool exceeded = window.used >= limit.limit;
  if (!exceeded) ++window.used;
  return {limit.limit, window.used, window.ends - now, exceeded};
}

}  // namespace fakes
