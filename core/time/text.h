// Times and durations as text: the durations of configuration and scenario files, HTTP-dates (RFC 9110) and the UTC
// form of RFC 3339. Nothing here depends on a locale or a time zone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time/time.h"

namespace core {

/// "250ms", "1.5s", "1h30m": numbers with units h, m, s, ms, us, ns, each unit at most once and in falling order.
/// Nothing for anything else, for what is finer than a nanosecond and for what is longer than Duration can hold.
std::optional<Duration> parse_duration(std::string_view text);

/// The shortest text in one unit that parse_duration reads back as the same: "1.5s", "250ms", "90s", "0s".
std::string format_duration(Duration duration);

/// "Thu, 01 Jan 2026 00:00:00 GMT"; the obsolete RFC 850 and asctime forms are read as well, as RFC 9110 5.6.7 asks.
std::optional<WallTime> parse_http_date(std::string_view text);
/// Rounded down to the second.
std::string format_http_date(WallTime time);

/// "2026-01-01T00:00:00Z", with up to nine decimals of a second. UTC only.
std::optional<WallTime> parse_utc(std::string_view text);
/// With the decimals that are needed, if any.
std::string format_utc(WallTime time);

}  // namespace core
