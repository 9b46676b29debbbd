// The parts of HTTP texts that the fakes read and write: URLs, percent-encoding, credentials, header lists and dates.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/http/http.h"
#include "core/time/time.h"

namespace fakes {

/// Views into an absolute URL: "https://host:1" + "/path" + "?" + "query".
struct Url {
  std::string_view base, path, query;
};
Url split_url(std::string_view url);

/// "%2F" becomes "/"; what is not a percent sign with two hexadecimal digits stays as it is.
std::string percent_decode(std::string_view text);

/// The first value of `name` in a query.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);

/// An `Authorization` header: the scheme (in any case) and what follows it. Both are empty without one.
struct Credential {
  std::string_view scheme, value;
};
Credential credential_of(const core::HttpHeaders& headers);

/// True for `application/json`, with or without parameters.
bool is_json(const core::HttpHeaders& headers);

/// A number of decimal digits without a leading zero, at least 1.
std::optional<std::uint64_t> parse_positive(std::string_view text);

/// Sets a header in place of all of that name.
void set_header(core::HttpHeaders& headers, std::string_view name, std::string value);

/// `duration` in `unit`s, with the decimals it needs: "1.5".
std::string decimal_of(core::Duration duration, core::Duration unit);

/// Whole `unit`s, rounded up; negative durations are 0.
std::int64_t whole_up(core::Duration duration, core::Duration unit);

/// The HTTP-date of a time, made once per second.
class HttpDate {
 public:
  const std::string& at(core::WallTime time);

 private:
  std::optional<std::chrono::seconds> second_;
  std::string text_;
};

}  // namespace fakes
