// The scalar types of files that people write: texts, numbers, durations, times and names out of a closed set. Each
// reads, describes itself as JSON Schema and writes. Numbers are read from their text, never through a double.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json/reader.h"
#include "core/retry/policy.h"
#include "core/time/text.h"
#include "core/time/time.h"

namespace core::input {

using Json = boost::json::value;
using JsonObject = boost::json::object;

inline Json json_text(std::string_view text) {
  return Json(boost::json::string_view(text.data(), text.size()));
}
JsonObject string_schema(std::string_view pattern);
JsonObject names_schema(std::span<const std::string_view> names);

// What texts are checked for.
bool is_any_text(std::string_view text);
bool is_not_empty(std::string_view text);
bool has_no_control_characters(std::string_view text);
bool is_http_url(std::string_view text);  ///< Scheme, host, optional port and path: no user, query or fragment.

/// A string that passes a check.
struct Text {
  std::string_view accepted = "a string";
  bool (*is_valid)(std::string_view) = is_any_text;
  std::string_view pattern = {};  ///< The check for editors, as far as a regular expression can say it.

  bool read(const At& at, std::string& value) const;
  JsonObject schema(const std::string&) const { return string_schema(pattern); }
  Json write(const std::string& value) const { return json_text(value); }
};

/// As Text, but neither shown in errors nor written.
struct Secret {
  static constexpr std::string_view kMask = "***";

  std::string_view accepted = "a string";
  bool (*is_valid)(std::string_view) = is_any_text;

  bool read(const At& at, std::string& value) const;
  JsonObject schema(const std::string&) const { return string_schema({}); }
  Json write(const std::string& value) const { return json_text(value.empty() ? std::string_view() : kMask); }
};

struct Boolean {
  bool read(const At& at, bool& value) const;
  JsonObject schema(bool) const { return {{"type", "boolean"}}; }
  Json write(bool value) const { return value; }
};

/// For keys that are either there and true, or not there.
struct True {
  template <class T>
  bool read(const At& at, T&) const {
    return (at.is(Kind::Boolean) && at.node().boolean) || at.expected("true");
  }
  template <class T>
  JsonObject schema(const T&) const {
    return {{"const", true}};
  }
  template <class T>
  Json write(const T&) const {
    return true;
  }
};

struct Integer {
  std::uint64_t low = 0;
  std::uint64_t high = UINT64_MAX;

  template <std::integral T>
  bool read(const At& at, T& value) const {
    const auto number = read_number(at);
    if (number) value = static_cast<T>(*number);
    return number.has_value();
  }
  template <std::integral T>
  JsonObject schema(T) const {
    return {{"type", "integer"}, {"minimum", low}, {"maximum", high}};
  }
  template <std::integral T>
  Json write(T value) const {
    return value;
  }

 private:
  std::optional<std::uint64_t> read_number(const At& at) const;
};

/// A number kept as millionths; further decimals are rounded, once, here.
struct Decimal {
  std::uint32_t low_millionths = 0;
  std::uint32_t high_millionths = 1'000'000;

  bool read(const At& at, std::uint32_t& millionths) const;
  bool read(const At& at, Ratio& value) const { return read(at, value.millionths); }
  JsonObject schema(std::uint32_t) const;
  JsonObject schema(Ratio) const { return schema(0); }
  Json write(std::uint32_t millionths) const;
  Json write(Ratio value) const { return write(value.millionths); }
};

/// "250ms". Reads into a Duration or, as the time since the start, a SteadyTime.
struct DurationText {
  Duration low = Duration::zero();
  Duration high = Duration::max();

  bool read(const At& at, Duration& value) const;
  bool read(const At& at, SteadyTime& value) const {
    Duration since_start{};
    const bool ok = read(at, since_start);
    if (ok) value = SteadyTime(since_start);
    return ok;
  }
  template <class T>
  JsonObject schema(const T&) const {
    return string_schema("^([0-9]+(\\.[0-9]+)?(h|m|s|ms|us|ns))+$");
  }
  Json write(Duration value) const { return json_text(format_duration(value)); }
  Json write(SteadyTime value) const { return write(value.time_since_epoch()); }
};
inline constexpr DurationText kPositiveDuration{.low = Duration(1)};

/// RFC 3339 in UTC.
struct UtcText {
  bool read(const At& at, WallTime& value) const;
  JsonObject schema(WallTime) const { return {{"type", "string"}, {"format", "date-time"}}; }
  Json write(WallTime value) const { return json_text(format_utc(value)); }
};

/// One of a closed set of names, kept as the name.
struct NameOf {
  std::vector<std::string_view> names;

  bool read(const At& at, std::string& value) const;
  JsonObject schema(const std::string&) const { return names_schema(names); }
  Json write(const std::string& value) const { return json_text(value); }
};

/// One of a closed set of names, kept as what it stands for.
template <class T>
struct OneOf {
  std::vector<std::pair<std::string_view, T>> names;

  std::vector<std::string_view> all_names() const {
    std::vector<std::string_view> result;
    result.reserve(names.size());
    for (const auto& [name, meaning] : names) result.push_back(name);
    return result;
  }
  bool read(const At& at, T& value) const {
    if (at.is(Kind::String)) {
      for (const auto& [name, meaning] : names) {
        if (name != at.node().text) continue;
        value = meaning;
        return true;
      }
    }
    return at.expected_one_of(all_names());
  }
  JsonObject schema(const T&) const { return names_schema(all_names()); }
  Json write(const T& value) const {
    for (const auto& [name, meaning] : names) {
      if (meaning == value) return json_text(name);
    }
    return nullptr;
  }
};

/// A JSON number's text as millionths, rounded half up; nothing if it is negative; UINT64_MAX if it is too large.
std::optional<std::uint64_t> millionths_of(std::string_view number);

}  // namespace core::input
