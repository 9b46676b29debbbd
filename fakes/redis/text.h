// Redis' readings of arguments and its spellings of numbers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fakes::redis {

/// As Redis reads integers: no sign but '-', no leading zeros, no spaces, 64 bits.
std::optional<std::int64_t> parse_integer(std::string_view text);

/// Decimal, hexadecimal and infinities; not a NaN and nothing that overflows.
std::optional<double> parse_double(const std::string& text);
std::optional<long double> parse_long_double(const std::string& text);

/// Up to 17 digits, as Redis 7.0 writes scores.
std::string format_double(double value);
/// Without an exponent, as INCRBYFLOAT stores it.
std::string format_long_double(long double value);

/// The steps that one command may take in matching patterns: enough for a second, where a long pattern on a long text
/// would take hours.
class PatternBudget {
 public:
  bool spend(std::size_t steps) {
    left_ -= std::min(steps, left_);
    return left_ > 0;
  }
  bool is_spent() const { return left_ == 0; }

 private:
  std::size_t left_ = 500'000'000;
};

/// Redis' glob patterns: * ? [a-z] [^a] and a backslash before a literal. False, too, when the budget is spent.
bool matches_pattern(std::string_view pattern, std::string_view text, PatternBudget& budget);

/// ASCII only.
std::string to_lower(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace fakes::redis
