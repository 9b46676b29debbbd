#include "core/retry/wait_text.h"

#include <algorithm>
#include <array>
#include <string>

#include "core/http/http.h"
#include "core/text/ascii.h"
#include "core/time/text.h"
#include "core/time/wide.h"

namespace core {

namespace {

using namespace std::chrono_literals;
constexpr auto kLongest = static_cast<UnsignedWide>(kTooLong.count());

struct HintUnit {
  std::string_view name;
  Duration length;
};
/// Of durations: they are told apart by their case, as "m" and "M" are.
constexpr std::array<HintUnit, 10> kHintUnits = {{{"w", 168h},
                                                  {"d", 24h},
                                                  {"h", 1h},
                                                  {"m", 1min},
                                                  {"s", 1s},
                                                  {"ms", 1ms},
                                                  {"us", 1us},
                                                  {"\xC2\xB5s", 1us},  // The micro sign, and the letter mu.
                                                  {"\xCE\xBCs", 1us},
                                                  {"ns", 1ns}}};
/// Of sentences, besides those of durations; in any case, with or without a plural's s.
constexpr std::array<HintUnit, 10> kUnitWords = {{{"week", 168h},
                                                  {"day", 24h},
                                                  {"hour", 1h},
                                                  {"hr", 1h},
                                                  {"minute", 1min},
                                                  {"min", 1min},
                                                  {"second", 1s},
                                                  {"sec", 1s},
                                                  {"millisecond", 1ms},
                                                  {"msec", 1ms}}};

/// Takes "12" or "1.5" off the front of `text`: that many of `unit`, or kTooLong. Nothing for another beginning.
class HintAmount {
 public:
  explicit HintAmount(std::string_view& text) {
    const auto take_digits = [&text] {
      std::size_t count = 0;
      while (count < text.size() && is_digit(text[count])) ++count;
      const std::string_view digits = text.substr(0, count);
      text.remove_prefix(count);
      return digits;
    };
    whole_ = take_digits();
    // A point with no digit after it ends a sentence.
    if (whole_.empty() || text.size() < 2 || text[0] != '.' || !is_digit(text[1])) return;
    text.remove_prefix(1);
    decimals_ = take_digits();
  }

  bool ok() const { return !whole_.empty(); }

  Duration of(Duration unit) const {
    UnsignedWide total = 0;
    for (const char c : whole_) total = std::min(kLongest, total * 10 + static_cast<UnsignedWide>(c - '0'));
    total *= static_cast<UnsignedWide>(unit.count());
    // Exact for as long as a unit of a week can be divided by ten; what is left over is rounded up.
    UnsignedWide scale = static_cast<UnsignedWide>(unit.count()) * kFine;
    UnsignedWide fraction = 0;
    bool finer = false;
    for (const char c : decimals_) {
      scale /= 10;
      fraction += scale * static_cast<UnsignedWide>(c - '0');
      finer = finer || (scale == 0 && c != '0');
    }
    total += fraction / kFine + (finer || fraction % kFine != 0 ? 1 : 0);
    return Duration(static_cast<Duration::rep>(std::min(kLongest, total)));
  }

 private:
  static constexpr UnsignedWide kFine = 1'000'000'000'000;  ///< Of a nanosecond.

  std::string_view whole_, decimals_;
};

bool is_infinity(std::string_view text) {
  return std::ranges::any_of(std::array<std::string_view, 4>{"inf", "+inf", "infinity", "+infinity"},
                             [text](std::string_view name) { return equal_ignoring_case(text, name); });
}

std::optional<Duration> unit_named(std::string_view name) {
  for (const HintUnit& unit : kHintUnits) {
    if (unit.name == name) return unit.length;
  }
  return std::nullopt;
}

std::optional<Duration> unit_in_words(std::string_view name) {
  if (const auto unit = unit_named(name)) return unit;
  for (const HintUnit& unit : kUnitWords) {
    const bool plural = name.size() == unit.name.size() + 1 && (name.back() == 's' || name.back() == 'S');
    if (equal_ignoring_case(name.substr(0, name.size() - (plural ? 1 : 0)), unit.name)) return unit.length;
  }
  return std::nullopt;
}

std::string_view take_unit(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && (is_letter(text[count]) || (text[count] & 0x80) != 0)) ++count;
  const std::string_view unit = text.substr(0, count);
  text.remove_prefix(count);
  return unit;
}

void skip_spaces(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kWhiteSpace), text.size()));
}

bool starts_with_words(std::string_view text, std::string_view words) {
  return text.size() >= words.size() && equal_ignoring_case(text.substr(0, words.size()), words);
}

/// Whether `text` is a well-formed HTTP-date of a year past those that WallTime holds: "Fri, 31 Dec 9999 23:59:59 GMT"
/// is how some servers say "never", which must not be read as "at once". The calendar repeats itself every 400 years.
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

Duration sum(Duration a, Duration b) {
  return a > kTooLong - b ? kTooLong : a + b;
}

/// RFC 3339, as Anthropic writes its resets; an offset of zero is as good as Z.
std::optional<Duration> until_utc(std::string_view text, const AnswerTime& now) {
  std::string utc(text.substr(0, 64));
  if (utc.ends_with("+00:00")) utc.replace(utc.size() - 6, 6, "Z");
  const auto moment = parse_utc(utc);
  return moment ? std::optional(time_until(*moment, now)) : std::nullopt;
}

/// The wait that `text` begins with: "6m0s", "60 seconds", "1 minute and 30 seconds".
std::optional<Duration> leading_wait(std::string_view text) {
  std::optional<Duration> total;
  for (;;) {
    skip_spaces(text);
    if (total && starts_with_words(text, "and ")) text.remove_prefix(4);
    skip_spaces(text);
    const HintAmount amount(text);
    if (!amount.ok()) return total;
    skip_spaces(text);
    const auto unit = unit_in_words(take_unit(text));
    if (!unit) return total;
    total = sum(total.value_or(Duration::zero()), amount.of(*unit));
  }
}

}  // namespace

std::optional<Duration> read_amount(std::string_view text, Duration unit) {
  if (is_infinity(text)) return kTooLong;
  const HintAmount amount(text);
  return amount.ok() && text.empty() ? std::optional(amount.of(unit)) : std::nullopt;
}

std::optional<Duration> read_duration(std::string_view text) {
  std::optional<Duration> total;
  while (!text.empty()) {
    const HintAmount amount(text);
    const auto unit = amount.ok() ? unit_named(take_unit(text)) : std::nullopt;
    if (!unit) return std::nullopt;
    total = sum(total.value_or(Duration::zero()), amount.of(*unit));
  }
  return total;
}

std::optional<Duration> read_date(std::string_view text, const AnswerTime& now) {
  if (const auto date = parse_http_date(text)) return time_until(*date, now);
  return is_date_beyond_wall_time(text) ? std::optional(kTooLong) : std::nullopt;
}

std::optional<Duration> read_wait(std::string_view text, Duration unit, const AnswerTime& now) {
  if (const auto amount = read_amount(text, unit)) return amount;
  if (const auto duration = read_duration(text)) return duration;
  if (const auto until = read_date(text, now)) return until;
  return until_utc(text, now);
}

std::optional<Duration> read_reset(std::string_view text, const AnswerTime& now) {
  const auto milliseconds = read_amount(text, 1ms);
  if (!milliseconds || *milliseconds == kTooLong) return milliseconds ? milliseconds : read_wait(text, 1s, now);
  if (*milliseconds < 1ms * 1'000'000'000) return read_amount(text, 1s);
  const Duration since_epoch =
      *milliseconds < 1ms * 100'000'000'000 ? read_amount(text, 1s).value_or(kTooLong) : *milliseconds;
  return since_epoch == kTooLong ? kTooLong : time_until(WallTime(since_epoch), now);
}

std::optional<Duration> wait_in_words(std::string_view sentence) {
  constexpr std::array<std::string_view, 12> kPhrases = {
      "try again in", "try again after", "retry in",  "retry after", "retry again in", "retry again after",
      "please wait",  "wait for",        "resets in", "reset in",    "resets after",   "reset after"};
  constexpr std::array<std::string_view, 4> kFillers = {"for ", "at least ", "about ", "approximately "};
  std::optional<Duration> longest;
  for (std::size_t at = 0; (at = sentence.find_first_of("tTrRpPwW", at)) != std::string_view::npos; ++at) {
    for (const std::string_view phrase : kPhrases) {
      std::string_view rest = sentence.substr(at);
      if (!starts_with_words(rest, phrase)) continue;
      rest.remove_prefix(phrase.size());
      skip_spaces(rest);
      for (const std::string_view filler : kFillers) {
        if (starts_with_words(rest, filler)) rest.remove_prefix(filler.size());
      }
      if (const auto wait = leading_wait(rest)) longest = std::max(longest.value_or(Duration::zero()), *wait);
    }
  }
  return longest;
}

Duration time_until(WallTime target, const AnswerTime& now) {
  const WallTime from = now.before(target);
  if (target <= from) return Duration::zero();
  const auto difference = static_cast<std::uint64_t>(target.time_since_epoch().count()) -
                          static_cast<std::uint64_t>(from.time_since_epoch().count());
  return Duration(
      static_cast<Duration::rep>(std::min<std::uint64_t>(difference, static_cast<std::uint64_t>(kTooLong.count()))));
}

}  // namespace core
