#include "fakes/redis/text.h"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>

namespace fakes::redis {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// A whole number of this size is the same as an integer and as a double.
template <class Number>
bool is_exact(Number value) {
  constexpr std::int64_t kLimit = std::int64_t{1} << 53;
  return value > -static_cast<Number>(kLimit) && value < static_cast<Number>(kLimit);
}

/// Does `c` belong to the bracket expression whose text after '[' is at the head of `pattern`? Removes it.
bool matches_brackets(std::string_view& pattern, char c) {
  const bool negated = pattern.starts_with('^');
  if (negated) pattern.remove_prefix(1);
  bool found = false;
  while (!pattern.empty() && pattern.front() != ']') {
    if (pattern.front() == '\\' && pattern.size() >= 2) {
      found |= pattern[1] == c;
      pattern.remove_prefix(2);
    } else if (pattern.size() >= 3 && pattern[1] == '-') {
      const char low = std::min(pattern[0], pattern[2]), high = std::max(pattern[0], pattern[2]);
      found |= c >= low && c <= high;
      pattern.remove_prefix(3);
    } else {
      found |= pattern.front() == c;
      pattern.remove_prefix(1);
    }
  }
  if (!pattern.empty()) pattern.remove_prefix(1);
  return found != negated;
}

/// Matches one pattern element that is not '*' against `c` and removes it.
bool matches_one(std::string_view& pattern, char c) {
  const char head = pattern.front();
  pattern.remove_prefix(1);
  if (head == '?') return true;
  if (head == '[') return matches_brackets(pattern, c);
  if (head == '\\' && !pattern.empty()) {
    const char literal = pattern.front();
    pattern.remove_prefix(1);
    return literal == c;
  }
  return head == c;
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || (digits.front() == '0' && text.size() > 1)) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_double(const std::string& text) {
  // Nearly all scores are whole numbers, which need none of strtod's care.
  if (const auto integer = parse_integer(text); integer && is_exact(*integer)) return static_cast<double>(*integer);
  if (text.empty() || std::string_view(" \t\n\v\f\r").find(text.front()) != std::string_view::npos) return std::nullopt;
  char* end = nullptr;
  errno = 0;
  // lint-allow(locale): exact on every platform, and the program never sets a locale
  const double value = std::strtod(text.c_str(), &end);
  const bool overflows = errno == ERANGE && (value > 1 || value < -1);
  if (end != text.c_str() + text.size() || overflows || value != value) return std::nullopt;
  return value;
}

std::optional<long double> parse_long_double(const std::string& text) {
  if (text.empty() || std::string_view(" \t\n\v\f\r").find(text.front()) != std::string_view::npos) return std::nullopt;
  char* end = nullptr;
  errno = 0;
  // lint-allow(locale): as above
  const long double value = std::strtold(text.c_str(), &end);
  if (end != text.c_str() + text.size() || errno == ERANGE || value != value) return std::nullopt;
  return value;
}

std::string format_double(double value) {
  if (is_exact(value) && value != 0) {
    const auto integer = static_cast<std::int64_t>(value);
    if (static_cast<double>(integer) == value) return fmt::format_int(integer).str();
  }
  return fmt::format("{:.17g}", value);
}

std::string format_long_double(long double value) {
  std::string text(5000, '\0');
  text.resize(static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%.17Lf", value)));
  if (text.find('.') != std::string::npos) {
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

bool matches_pattern(std::string_view pattern, std::string_view text, PatternBudget& budget) {
  std::optional<std::string_view> after_star;  // The last star is enough to come back to.
  std::string_view star_text;
  while (!text.empty()) {
    if (!budget.spend(1)) return false;
    if (pattern.starts_with('*')) {
      pattern.remove_prefix(1);
      after_star = pattern;
      star_text = text;
      continue;
    }
    const std::size_t before = pattern.size();
    const bool matches = !pattern.empty() && matches_one(pattern, text.front());
    budget.spend(before - pattern.size());  // Brackets are gone through to their end.
    if (matches) {
      text.remove_prefix(1);
      continue;
    }
    if (!after_star) return false;
    star_text.remove_prefix(1);
    text = star_text;
    pattern = *after_star;
  }
  while (pattern.starts_with('*')) pattern.remove_prefix(1);
  return pattern.empty();
}

std::string to_lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = lower(c);
  return result;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

}  // namespace fakes::redis
