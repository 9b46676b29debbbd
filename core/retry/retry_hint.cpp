#include <algorithm>

#include "core/http/header_value.h"
#include "core/retry/classify.h"
#include "core/retry/rate_limit.h"
#include "core/time/text.h"

namespace core {

namespace {

__extension__ using Wide = unsigned __int128;
constexpr Duration kTooLong = Duration::max();
constexpr Duration kSecondaryLimitWait = std::chrono::minutes(1);

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// "5", "1.5" or "inf" of a unit. What is finer than a nanosecond is rounded up, so that no wait is undercut. Nothing
/// for what is negative or no such number; "1e3" is none.
std::optional<Duration> parse_amount(std::string_view text, Duration unit) {
  for (const std::string_view infinity : {"inf", "+inf", "infinity", "+infinity"}) {
    if (equal_ignoring_case(text, infinity)) return kTooLong;
  }
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view decimals = text.substr(std::min(point + 1, text.size()));
  if (whole.empty() || (point < text.size() && decimals.empty())) return std::nullopt;
  if (!std::ranges::all_of(whole, is_digit) || !std::ranges::all_of(decimals, is_digit)) return std::nullopt;

  const auto longest = static_cast<Wide>(kTooLong.count());
  Wide total = 0;
  for (const char c : whole) total = std::min(longest, total * 10 + static_cast<Wide>(c - '0'));
  total *= static_cast<Wide>(unit.count());
  Wide scale = static_cast<Wide>(unit.count());
  bool finer = false;
  for (const char c : decimals) {
    scale /= 10;
    total += scale * static_cast<Wide>(c - '0');
    finer = finer || (scale == 0 && c != '0');
  }
  if (finer) ++total;
  return Duration(static_cast<Duration::rep>(std::min(longest, total)));
}

/// Zero when `target` is not later than `now`. Dates reach over more years than a Duration can hold.
Duration time_until(WallTime target, WallTime now) {
  if (target <= now) return Duration::zero();
  const auto difference = static_cast<std::uint64_t>(target.time_since_epoch().count()) -
                          static_cast<std::uint64_t>(now.time_since_epoch().count());
  return Duration(
      static_cast<Duration::rep>(std::min<std::uint64_t>(difference, static_cast<std::uint64_t>(kTooLong.count()))));
}

/// Whether this is a well-formed HTTP-date of a year past those that WallTime holds: "Fri, 31 Dec 9999 23:59:59 GMT" is
/// how some servers say "never", which must not be read as "at once". The calendar repeats itself every 400 years.
bool is_date_beyond_wall_time(std::string_view text) {
  constexpr std::size_t kYearAt = 12;  // In the IMF-fixdate, the one form that servers may send (RFC 9110 5.6.7).
  constexpr int kLastYear = 2261;
  if (text.size() != 29 || !std::ranges::all_of(text.substr(kYearAt, 4), is_digit)) return false;
  int year = 0;
  for (const char c : text.substr(kYearAt, 4)) year = year * 10 + (c - '0');
  if (year <= kLastYear) return false;
  while (year > kLastYear) year -= 400;
  std::string within(text);
  for (std::size_t i = 4; i > 0; --i, year /= 10) within[kYearAt + i - 1] = static_cast<char>('0' + year % 10);
  return parse_http_date(within).has_value();
}

/// The longest that `read` makes of the headers of that name; nothing where it makes nothing positive of any.
template <class Read>
std::optional<Duration> longest_of(const HttpHeaders& headers, std::string_view name, Read read) {
  Duration longest = Duration::zero();
  for (const HttpHeader& header : headers) {
    if (!equal_ignoring_case(header.name, name)) continue;
    longest = std::max(longest, read(trimmed(header.value)).value_or(Duration::zero()));
  }
  return longest > Duration::zero() ? std::optional(longest) : std::nullopt;
}

/// The moment that dates in the answer are meant against.
WallTime answered_at(const HttpResponse& response, const ClassifyContext& context) {
  const auto date = find_header(response.headers, "date");
  return date ? parse_http_date(trimmed(*date)).value_or(context.now) : context.now;
}

std::optional<Duration> retry_after(const HttpHeaders& headers, WallTime now) {
  const auto milliseconds = longest_of(headers, "retry-after-ms", [](std::string_view text) {
    return parse_amount(text, std::chrono::milliseconds(1));
  });
  if (milliseconds) return milliseconds;
  return longest_of(headers, "retry-after", [now](std::string_view text) -> std::optional<Duration> {
    if (const auto seconds = parse_amount(text, std::chrono::seconds(1))) return seconds;
    if (const auto date = parse_http_date(text)) return time_until(*date, now);
    return is_date_beyond_wall_time(text) ? std::optional(kTooLong) : std::nullopt;
  });
}

bool is_exhausted(const HttpHeaders& headers) {
  return std::ranges::any_of(headers, [](const HttpHeader& header) {
    const std::string_view value = trimmed(header.value);
    return equal_ignoring_case(header.name, "x-ratelimit-remaining") && !value.empty() &&
           value.find_first_not_of('0') == std::string_view::npos;
  });
}

bool names_secondary_limit(std::string_view body) {
  constexpr std::string_view kName = "secondary rate limit";
  const std::string_view start = body.substr(0, 64 * 1024);
  return !std::ranges::search(start, kName, [](char a, char b) {
            return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b;
          }).empty();
}

}  // namespace

bool is_rate_limit(const HttpResponse& response, const ClassifyContext& context) {
  if (response.status == 429) return true;
  if (response.status != 403 || context.service != Service::GitHub) return false;
  if (context.rate_limited_403 == RateLimited403::Fail) return false;
  const bool hinted = find_header(response.headers, "retry-after") || find_header(response.headers, "retry-after-ms");
  return hinted || is_exhausted(response.headers) || names_secondary_limit(response.body);
}

std::optional<RetryHint> retry_hint(const HttpResponse& response, const ClassifyContext& context) {
  const WallTime now = answered_at(response, context);
  if (const auto delay = retry_after(response.headers, now)) return RetryHint{*delay, DelaySource::RetryAfter};
  if (context.service != Service::GitHub || !is_rate_limit(response, context)) return std::nullopt;
  if (is_exhausted(response.headers)) {
    const auto until_reset =
        longest_of(response.headers, "x-ratelimit-reset", [now](std::string_view text) -> std::optional<Duration> {
          const auto since_epoch = parse_amount(text, std::chrono::seconds(1));
          if (!since_epoch || *since_epoch == kTooLong) return since_epoch;
          return time_until(WallTime(*since_epoch), now);
        });
    if (until_reset) return RetryHint{*until_reset, DelaySource::RateLimitReset};
  }
  if (names_secondary_limit(response.body)) return RetryHint{kSecondaryLimitWait, DelaySource::RateLimitReset};
  return std::nullopt;
}

}  // namespace core
