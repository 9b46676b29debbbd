#include "core/github/github_clock.h"

#include <algorithm>

#include "core/http/header_value.h"
#include "core/time/text.h"

namespace core {

namespace {

/// A JWT is made a minute old and lives for nine more. Date counts whole seconds and has travelled; less than half of
/// that minute is no reason to be refused.
constexpr Duration kNoticeable = std::chrono::seconds(30);

}  // namespace

WallTime GitHubClock::now() const {
  return saturating_add(clock_.wall_now(), ahead_);
}

bool GitHubClock::learn(const HttpResponse& answer, Duration ahead_then) {
  if (answer.status != 401) return false;
  const auto header = find_header(answer.headers, "date");
  const auto date = header ? parse_http_date(trimmed(*header)) : std::nullopt;
  // Differences of times after 1970 can be represented.
  const WallTime own = clock_.wall_now();
  const WallTime assumed = saturating_add(own, ahead_then);
  if (!date || std::min({*date, own, assumed}) < WallTime{}) return false;
  const Duration difference = *date - assumed;
  if (difference >= -kNoticeable && difference <= kNoticeable) return false;
  ahead_ = *date - own;
  return true;
}

}  // namespace core
