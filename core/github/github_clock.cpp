#include "core/github/github_clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/http/answer_date.h"
#include "core/time/clock_difference.h"
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
  const auto date = date_of(answer);
  // Differences of times after 1970 can be represented.
  const WallTime own = clock_.wall_now();
  const WallTime assumed = saturating_add(own, ahead_then);
  if (!date || !is_believable(*date, own) || std::min({*date, own, assumed}) < WallTime{}) return false;
  const Duration difference = *date - assumed;
  if (difference >= -kNoticeable && difference <= kNoticeable) return false;
  ahead_ = *date - own;
  return true;
}

std::string GitHubClock::disbelief(const HttpResponse& answer) const {
  const auto date = date_of(answer);
  if (answer.status != 401 || !date || is_believable(*date, clock_.wall_now())) return {};
  return fmt::format("its Date, {}, is more than {} from this machine's clock, which is not corrected by that",
                     format_utc(*date), format_duration(kMostClockDifference));
}

}  // namespace core
