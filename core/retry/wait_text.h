// How services write down a wait: amounts of a unit, durations such as "6m0s", moments, and sentences. Whatever is read
// is never shorter than what was written: what is finer than a nanosecond is rounded up, and what no Duration holds is
// kTooLong.
#pragma once

#include <optional>
#include <string_view>

#include "core/retry/answer_time.h"
#include "core/time/time.h"

namespace core {

/// Stands for every wait that is too long to be represented.
inline constexpr Duration kTooLong = Duration::max();

/// "5", "1.5" or "inf" of a unit. Nothing for what is negative or no such number; "1e3" is none.
std::optional<Duration> read_amount(std::string_view text, Duration unit);

/// "6m0s", "1.2s", "12ms", "1h2m3.5s": amounts with units w, d, h, m, s, ms, us (also with a Greek mu), ns in any
/// order, as the clients and servers written in Go format durations.
std::optional<Duration> read_duration(std::string_view text);

/// The time from `now` until an HTTP-date; zero where that has passed, kTooLong where no WallTime holds its year.
std::optional<Duration> read_date(std::string_view text, const AnswerTime& now);

/// An amount of `unit`, a duration, or the time from `now` until a moment: an HTTP-date, or RFC 3339 in UTC.
std::optional<Duration> read_wait(std::string_view text, Duration unit, const AnswerTime& now);

/// The value of a header that tells when a limit resets. A bare number is seconds from now below 10^9, seconds since
/// 1970 below 10^11, and otherwise milliseconds since 1970; all else as in read_wait().
std::optional<Duration> read_reset(std::string_view text, const AnswerTime& now);

/// The longest wait that a sentence asks for: "Please try again in 6m0s.", "in 1.242s", "Please retry after 60
/// seconds", "wait for 1 minute and 30 seconds". Letters in any case; an amount needs its unit.
std::optional<Duration> wait_in_words(std::string_view sentence);

/// Zero when `target` is not later than `now`. Moments reach over more years than a Duration can hold.
Duration time_until(WallTime target, const AnswerTime& now);

}  // namespace core
