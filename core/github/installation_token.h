// An installation's token, and for how long after its making a refusal says nothing: GitHub's servers learn of a new
// token one after another, and one that has not heard of it yet answers 401 or 403 (reading 21 in docs/readings.md).
#pragma once

#include <optional>
#include <string>

#include "core/time/time.h"

namespace core {

struct InstallationToken {
  std::string value;  ///< A secret.
  SteadyTime since;   ///< When the answer that brought it arrived.
};

/// For how much longer GitHub may not know it everywhere; nothing once it is ten seconds old.
inline std::optional<Duration> settling_for(const InstallationToken& token, SteadyTime now) {
  constexpr Duration kSettles = std::chrono::seconds(10);
  const Duration left = saturating_add(token.since, kSettles) - now;
  return left > Duration::zero() ? std::optional(left) : std::nullopt;
}

}  // namespace core
