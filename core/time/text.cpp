#include "core/time/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/text/ascii.h"
#include "core/time/wide.h"

namespace core {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};
constexpr std::array<Unit, 6> kUnits = {{{"h", 3'600'000'000'000},
                                         {"m", 60'000'000'000},
                                         {"s", 1'000'000'000},
                                         {"ms", 1'000'000},
                                         {"us", 1'000},
                                         {"ns", 1}}};

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

constexpr std::size_t kHttpDateBytes = std::string_view("Sun, 06 Nov 1994 08:49:37 GMT").size();
constexpr std::size_t kUtcBytes = std::string_view("1994-11-06T08:49:37.123456789Z").size();

/// Takes a text apart from its front; the first thing that does not fit makes all that follows fail.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && rest_.empty(); }

  Scanner& literal(std::string_view expected) {
    if (ok_ && rest_.starts_with(expected)) {
      rest_.remove_prefix(expected.size());
    } else {
      ok_ = false;
    }
    return *this;
  }

  Scanner& digits(std::size_t least, std::size_t most, int& value) {
    std::size_t count = 0;
    int number = 0;
    while (count < most && count < rest_.size() && is_digit(rest_[count]))
      number = number * 10 + (rest_[count++] - '0');
    if (count < least) ok_ = false;
    if (ok_) {
      rest_.remove_prefix(count);
      value = number;
    }
    return *this;
  }

  template <std::size_t N>
  Scanner& one_of(const std::array<std::string_view, N>& names, int& index) {
    for (std::size_t i = 0; ok_ && i < N; ++i) {
      if (rest_.starts_with(names[i])) {
        rest_.remove_prefix(names[i].size());
        index = static_cast<int>(i);
        return *this;
      }
    }
    ok_ = false;
    return *this;
  }

  /// ".123" as nanoseconds; nothing is zero.
  Scanner& fraction(std::int64_t& nanoseconds) {
    nanoseconds = 0;
    if (!ok_ || !rest_.starts_with('.')) return *this;
    rest_.remove_prefix(1);
    std::int64_t scale = 100'000'000;
    std::size_t count = 0;
    for (; count < rest_.size() && is_digit(rest_[count]); ++count, scale /= 10) {
      nanoseconds += (rest_[count] - '0') * scale;
    }
    if (count == 0 || count > 9) ok_ = false;
    rest_.remove_prefix(count);
    return *this;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

struct Civil {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  std::int64_t nanoseconds = 0;
};

std::optional<WallTime> wall_time(const Civil& civil) {
  const std::chrono::year_month_day date{std::chrono::year(civil.year),
                                         std::chrono::month(static_cast<unsigned>(civil.month)),
                                         std::chrono::day(static_cast<unsigned>(civil.day))};
  if (!date.ok() || civil.hour > 23 || civil.minute > 59 || civil.second > 60) return std::nullopt;
  // Nanoseconds in 64 bits reach from 1678 to 2262.
  if (civil.year < 1678 || civil.year > 2261) return std::nullopt;
  // A leap second at their end is as good as the nanosecond before it.
  constexpr Duration kLast =
      std::chrono::sys_days(std::chrono::January / 1 / 2262).time_since_epoch() - std::chrono::nanoseconds(1);
  const Duration since_epoch = std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(civil.hour) +
                               std::chrono::minutes(civil.minute) + std::chrono::seconds(civil.second) +
                               Duration(civil.nanoseconds);
  return WallTime(std::min(since_epoch, kLast));
}

struct Split {
  Civil civil;
  int weekday;  ///< 0 is Sunday.
};

Split split(WallTime time) {
  const auto days = std::chrono::floor<std::chrono::days>(time.time_since_epoch());
  const std::chrono::year_month_day date{std::chrono::sys_days(days)};
  const auto weekday = std::chrono::weekday(std::chrono::sys_days(days)).c_encoding();
  // The first day that nanoseconds reach into began before the first of them.
  constexpr std::int64_t kDay = Duration(std::chrono::days(1)).count();
  const std::int64_t of_day = (time.time_since_epoch().count() % kDay + kDay) % kDay;
  const auto seconds = static_cast<int>(of_day / 1'000'000'000);
  return {{static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
           static_cast<int>(static_cast<unsigned>(date.day())), seconds / 3600, seconds / 60 % 60, seconds % 60,
           of_day % 1'000'000'000},
          static_cast<int>(weekday)};
}

/// In decimal, with leading zeros. Precondition: not negative, and no longer than `width` digits.
void append_padded(std::string& out, std::int64_t number, std::size_t width) {
  out.append(width, '0');
  for (std::size_t place = out.size(); number > 0; number /= 10) out[--place] = static_cast<char>('0' + number % 10);
}

/// "12:34:56"
void append_time_of_day(std::string& out, const Civil& civil) {
  append_padded(out, civil.hour, 2);
  out += ':';
  append_padded(out, civil.minute, 2);
  out += ':';
  append_padded(out, civil.second, 2);
}

/// ".123", or nothing.
void append_fraction(std::string& out, std::int64_t numerator, std::size_t digits) {
  if (numerator == 0) return;
  out += '.';
  append_padded(out, numerator, digits);
  out.erase(out.find_last_not_of('0') + 1);
}

/// Whole units and decimals of one "1.5s"; the digits are consumed.
struct Amount {
  std::uint64_t whole = 0;
  std::uint64_t decimals = 0;       ///< Digits after the point, as a number...
  std::uint64_t decimal_scale = 1;  ///< ...out of this many.
};

std::optional<Amount> take_amount(std::string_view& text) {
  Amount amount;
  const auto take = [&text](std::uint64_t& value, std::uint64_t* scale) {
    std::size_t count = 0;
    for (; count < text.size() && is_digit(text[count]); ++count) {
      if (count == 18) return false;  // Longer than any duration; and so that nothing overflows here.
      value = value * 10 + static_cast<std::uint64_t>(text[count] - '0');
      if (scale != nullptr) *scale *= 10;
    }
    text.remove_prefix(count);
    return count > 0;
  };
  if (!take(amount.whole, nullptr)) return std::nullopt;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!take(amount.decimals, &amount.decimal_scale)) return std::nullopt;
  }
  return amount;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  UnsignedWide total = 0;
  std::size_t next_unit = 0;
  do {
    const auto amount = take_amount(text);
    if (!amount) return std::nullopt;
    std::size_t letters = 0;
    while (letters < text.size() && text[letters] >= 'a' && text[letters] <= 'z') ++letters;
    const std::string_view name = text.substr(0, letters);
    while (next_unit < kUnits.size() && kUnits[next_unit].name != name) ++next_unit;
    if (next_unit == kUnits.size()) return std::nullopt;
    const auto unit = static_cast<UnsignedWide>(kUnits[next_unit++].nanoseconds);
    const UnsignedWide decimals = unit * amount->decimals;
    if (decimals % amount->decimal_scale != 0) return std::nullopt;
    total += unit * amount->whole + decimals / amount->decimal_scale;
    text.remove_prefix(letters);
  } while (!text.empty());
  if (total > static_cast<UnsignedWide>(Duration::max().count())) return std::nullopt;
  return Duration(static_cast<Duration::rep>(total));
}

std::string format_duration(Duration duration) {
  const std::int64_t count = duration.count();
  if (count == 0) return "0s";
  const std::uint64_t size = count < 0 ? -static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  const Unit& unit = kUnits[size >= 1'000'000'000 ? 2 : size >= 1'000'000 ? 3 : size >= 1'000 ? 4 : 5];
  const auto per_unit = static_cast<std::uint64_t>(unit.nanoseconds);
  std::string text(count < 0 ? "-" : "");
  text += fmt::format_int(size / per_unit).c_str();
  append_fraction(text, static_cast<std::int64_t>(size % per_unit),
                  per_unit == 1'000'000'000 ? 9
                  : per_unit == 1'000'000   ? 6
                                            : 3);
  text += unit.name;
  return text;
}

std::optional<WallTime> parse_http_date(std::string_view text) {
  Civil civil;
  int weekday = 0;
  const auto clock_time = [&civil](Scanner& scanner) -> Scanner& {
    return scanner.digits(2, 2, civil.hour)
        .literal(":")
        .digits(2, 2, civil.minute)
        .literal(":")
        .digits(2, 2, civil.second);
  };
  Scanner imf(text);
  imf.one_of(kDays, weekday).literal(", ").digits(2, 2, civil.day).literal(" ").one_of(kMonths, civil.month);
  imf.literal(" ").digits(4, 4, civil.year).literal(" ");
  if (clock_time(imf).literal(" GMT").at_end()) {
    ++civil.month;
    return wall_time(civil);
  }
  Scanner rfc850(text);
  rfc850.one_of(kLongDays, weekday).literal(", ").digits(2, 2, civil.day).literal("-").one_of(kMonths, civil.month);
  rfc850.literal("-").digits(2, 2, civil.year).literal(" ");
  if (clock_time(rfc850).literal(" GMT").at_end()) {
    ++civil.month;
    civil.year += civil.year < 70 ? 2000 : 1900;
    return wall_time(civil);
  }
  Scanner asctime(text);
  asctime.one_of(kDays, weekday).literal(" ").one_of(kMonths, civil.month).literal(" ");
  Scanner padded = asctime;
  if (padded.literal(" ").ok()) asctime = padded;
  asctime.digits(1, 2, civil.day).literal(" ");
  if (clock_time(asctime).literal(" ").digits(4, 4, civil.year).at_end()) {
    ++civil.month;
    return wall_time(civil);
  }
  return std::nullopt;
}

std::string format_http_date(WallTime time) {
  const auto [civil, weekday] = split(time);
  std::string text;
  text.reserve(kHttpDateBytes);
  text.append(kDays[static_cast<std::size_t>(weekday)]).append(", ");
  append_padded(text, civil.day, 2);
  text.append(" ").append(kMonths[static_cast<std::size_t>(civil.month - 1)]).append(" ");
  append_padded(text, civil.year, 4);
  text += ' ';
  append_time_of_day(text, civil);
  text += " GMT";
  return text;
}

std::optional<WallTime> parse_utc(std::string_view text) {
  Civil civil;
  Scanner scanner(text);
  scanner.digits(4, 4, civil.year).literal("-").digits(2, 2, civil.month).literal("-").digits(2, 2, civil.day);
  scanner.literal("T").digits(2, 2, civil.hour).literal(":").digits(2, 2, civil.minute).literal(":");
  scanner.digits(2, 2, civil.second).fraction(civil.nanoseconds).literal("Z");
  if (!scanner.at_end()) return std::nullopt;
  return wall_time(civil);
}

std::string format_utc(WallTime time) {
  const auto [civil, weekday] = split(time);
  std::string text;
  text.reserve(kUtcBytes);
  append_padded(text, civil.year, 4);
  text += '-';
  append_padded(text, civil.month, 2);
  text += '-';
  append_padded(text, civil.day, 2);
  text += 'T';
  append_time_of_day(text, civil);
  append_fraction(text, civil.nanoseconds, 9);
  text += 'Z';
  return text;
}

}  // namespace core
