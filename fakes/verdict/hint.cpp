#include "fakes/verdict/hint.h"

#include <algorithm>

#include "core/http/header_value.h"
#include "core/time/text.h"
#include "fakes/http_text.h"

namespace fakes {

namespace {
using namespace std::chrono_literals;

/// A plain decimal number in that unit; core's reader of durations knows all that can be wrong with one.
std::optional<core::Duration> decimal(std::string_view text, std::string_view unit) {
  if (text.empty() || text.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
  return core::parse_duration(std::string(text) + std::string(unit));
}

std::optional<core::SteadyTime> steady_time_of(core::WallTime date, const Now& now) {
  if (date <= now.wall) return std::nullopt;
  return core::saturating_add(now.steady, date - now.wall);
}

/// Of a header that is there once: of two, a client may have read either.
std::string_view value_of(const core::HttpResponse& response, std::string_view name) {
  const auto is_named = [name](const core::HttpHeader& header) { return core::equal_ignoring_case(header.name, name); };
  if (std::count_if(response.headers.begin(), response.headers.end(), is_named) != 1) return {};
  return core::trimmed(*core::find_header(response.headers, name));
}

}  // namespace

bool read_hint(const core::HttpResponse& response, const Now& now, std::optional<core::Duration>& wait,
               std::optional<core::SteadyTime>& until) {
  wait = decimal(value_of(response, "retry-after-ms"), "ms");
  if (wait) return true;
  const std::string_view retry_after = value_of(response, "retry-after");
  wait = decimal(retry_after, "s");
  if (wait) return true;
  if (const auto date = core::parse_http_date(retry_after)) until = steady_time_of(*date, now);
  const bool refused = response.status == 403 || response.status == 429;
  if (until || !refused || value_of(response, "x-ratelimit-remaining") != "0") return until.has_value();
  const auto reset = parse_positive(value_of(response, "x-ratelimit-reset"));
  constexpr std::uint64_t kLastSecond = 9'000'000'000;  // Of a time in nanoseconds.
  if (reset && *reset < kLastSecond) until = steady_time_of(core::WallTime(std::chrono::seconds(*reset)), now);
  return until.has_value();
}

}  // namespace fakes
