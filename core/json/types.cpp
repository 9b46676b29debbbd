#include "core/json/types.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/text/ascii.h"

namespace core::input {

namespace {

std::string decimal_text(std::uint64_t millionths) {
  std::string text = fmt::format("{}", millionths / 1'000'000);
  if (millionths % 1'000'000 != 0) {
    text += fmt::format(".{:06}", millionths % 1'000'000);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text;
}

/// A decimal as a JSON number: whole ones without a point. Millionths below 2^32 survive the way through a double.
Json decimal_json(std::uint32_t millionths) {
  if (millionths % 1'000'000 == 0) return millionths / 1'000'000;
  return millionths / 1e6;
}

bool is_host_character(char c) {
  return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_';
}

/// A bare number with the unit that was probably left out; empty where that makes none of the durations accepted.
std::string with_unit(std::string_view number, Duration low, Duration high) {
  const bool plain =
      number.size() < 10 && std::all_of(number.begin(), number.end(), [](char c) { return is_digit(c) || c == '.'; });
  std::string text = std::string(plain ? number : std::string_view()) + "s";
  const auto duration = parse_duration(text);
  return duration && low <= *duration && *duration <= high ? text : std::string();
}

}  // namespace

JsonObject string_schema(std::string_view pattern) {
  JsonObject schema{{"type", "string"}};
  if (!pattern.empty()) schema["pattern"] = json_text(pattern);
  return schema;
}

JsonObject names_schema(std::span<const std::string_view> names) {
  boost::json::array list;
  for (const std::string_view name : names) list.push_back(json_text(name));
  return {{"enum", std::move(list)}};
}

bool is_any_text(std::string_view) {
  return true;
}

bool is_not_empty(std::string_view text) {
  return text.find_first_not_of(kWhiteSpace) != std::string_view::npos;
}

bool has_no_control_characters(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; });
}

bool is_http_url(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme)) continue;
    std::string_view rest = text.substr(scheme.size());
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string_view path = rest.substr(slash);
    std::string_view host = rest.substr(0, slash);
    if (host.starts_with('[')) {  // An IPv6 address.
      const std::size_t close = host.find(']');
      if (close == std::string_view::npos) return false;
      const std::string_view address = host.substr(1, close - 1);
      if (address.empty() || address.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) {
        return false;
      }
      host = host.substr(close + 1);
    } else {
      const std::size_t colon = std::min(host.find(':'), host.size());
      if (colon == 0 ||
          !std::all_of(host.begin(), host.begin() + static_cast<std::ptrdiff_t>(colon), is_host_character))
        return false;
      host = host.substr(colon);
    }
    if (!host.empty()) {
      unsigned port = 0;
      const auto [end, error] = std::from_chars(host.data() + 1, host.data() + host.size(), port);
      if (host.front() != ':' || error != std::errc() || end != host.data() + host.size()) return false;
      if (port == 0 || port > 65535) return false;
    }
    return std::all_of(path.begin(), path.end(),
                       [](char c) { return c > 0x20 && c < 0x7f && c != '?' && c != '#' && c != '@'; });
  }
  return false;
}

bool Text::read(const At& at, std::string& value) const {
  if (!at.is(Kind::String) || !is_valid(at.node().text)) return at.expected(accepted);
  value = at.node().text;
  return true;
}

bool Secret::read(const At& at, std::string& value) const {
  if (!at.is(Kind::String) || !is_valid(at.node().text)) return at.expected_secret(accepted);
  value = at.node().text;
  return true;
}

bool Boolean::read(const At& at, bool& value) const {
  if (!at.is(Kind::Boolean)) return at.expected("true, false");
  value = at.node().boolean;
  return true;
}

std::optional<std::uint64_t> Integer::read_number(const At& at) const {
  const std::string_view text = at.node().text;
  std::uint64_t number = 0;
  if (at.is(Kind::Number)) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && number >= low && number <= high) return number;
  }
  at.expected(fmt::format("a whole number from {} to {}", low, high));
  return std::nullopt;
}

std::optional<std::uint64_t> millionths_of(std::string_view number) {
  if (number.starts_with('-')) return std::nullopt;
  std::string digits;
  std::int64_t exponent = 6;
  std::size_t i = 0;
  bool after_point = false;
  for (; i < number.size() && (is_digit(number[i]) || number[i] == '.'); ++i) {
    if (number[i] == '.') {
      after_point = true;
      continue;
    }
    if (!digits.empty() || number[i] != '0') digits += number[i];
    if (after_point) --exponent;
  }
  if (i < number.size()) {  // 'e' or 'E'.
    const bool negative = number[i + 1] == '-';
    std::int64_t written = 0;
    for (i += is_digit(number[i + 1]) ? 1 : 2; i < number.size(); ++i) {
      written = std::min<std::int64_t>(written * 10 + (number[i] - '0'), 1'000'000'000);
    }
    exponent += negative ? -written : written;
  }
  if (digits.empty()) return 0;
  const std::int64_t whole_digits = static_cast<std::int64_t>(digits.size()) + exponent;
  if (whole_digits > 18) return UINT64_MAX;
  if (whole_digits < 0) return 0;
  std::uint64_t value = 0;
  for (std::size_t k = 0; k < static_cast<std::size_t>(whole_digits); ++k) {
    value = value * 10 + (k < digits.size() ? static_cast<std::uint64_t>(digits[k] - '0') : 0);
  }
  const auto next = static_cast<std::size_t>(whole_digits);
  return value + (next < digits.size() && digits[next] >= '5' ? 1 : 0);
}

bool Decimal::read(const At& at, std::uint32_t& millionths) const {
  const auto value = at.is(Kind::Number) ? millionths_of(at.node().text) : std::nullopt;
  if (!value || *value < low_millionths || *value > high_millionths) {
    return at.expected(
        fmt::format("a number from {} to {}", decimal_text(low_millionths), decimal_text(high_millionths)));
  }
  millionths = static_cast<std::uint32_t>(*value);
  return true;
}

JsonObject Decimal::schema(std::uint32_t) const {
  return {{"type", "number"}, {"minimum", decimal_json(low_millionths)}, {"maximum", decimal_json(high_millionths)}};
}

Json Decimal::write(std::uint32_t millionths) const {
  return decimal_json(millionths);
}

bool DurationText::read(const At& at, Duration& value) const {
  const std::string_view text = at.node().text;
  if (at.is(Kind::Number)) {
    return at.expected("a duration as a string with its unit, such as \"250ms\" or \"1h30m\"",
                       with_unit(text, low, high));
  }
  const auto duration = at.is(Kind::String) ? parse_duration(text) : std::nullopt;
  if (!duration) {
    return at.expected(
        "a duration such as \"250ms\", \"1.5s\" or \"1h30m\" (units h, m, s, ms, us, ns; at most 2562047h)",
        at.is(Kind::String) ? with_unit(text, low, high) : std::string());
  }
  if (*duration < low || *duration > high) {
    const std::string upper = high == Duration::max() ? "" : " to " + format_duration(high);
    return at.expected(fmt::format("a duration from {}{}", format_duration(low), upper));
  }
  value = *duration;
  return true;
}

bool UtcText::read(const At& at, WallTime& value) const {
  const auto time = at.is(Kind::String) ? parse_utc(at.node().text) : std::nullopt;
  if (!time) return at.expected("a time in UTC such as \"2026-01-01T00:00:00Z\", from 1678 to 2261");
  value = *time;
  return true;
}

bool NameOf::read(const At& at, std::string& value) const {
  if (!at.is(Kind::String) || std::find(names.begin(), names.end(), at.node().text) == names.end()) {
    return at.expected_one_of(names);
  }
  value = at.node().text;
  return true;
}

}  // namespace core::input
