#include "fakes/http_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/time/text.h"

namespace fakes {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Url split_url(std::string_view url) {
  url = url.substr(0, url.find('#'));
  const std::size_t scheme_end = url.find("://");
  const std::size_t authority = scheme_end == std::string_view::npos ? 0 : scheme_end + 3;
  const std::size_t path_begin = std::min({url.find('/', authority), url.find('?', authority), url.size()});
  const std::size_t path_end = std::min(url.find('?', path_begin), url.size());
  const std::size_t query_begin = std::min(path_end + 1, url.size());
  return {url.substr(0, path_begin), url.substr(path_begin, path_end - path_begin), url.substr(query_begin)};
}

std::string percent_decode(std::string_view text) {
  if (text.find('%') == std::string_view::npos) return std::string(text);
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      decoded += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) == name) return percent_decode(pair.substr(std::min(equals + 1, pair.size())));
  }
  return std::nullopt;
}

Credential credential_of(const core::HttpHeaders& headers) {
  const std::string_view value = core::find_header(headers, "authorization").value_or("");
  const std::size_t space = value.find(' ');
  if (space == std::string_view::npos) return {{}, value};
  const std::size_t begin = std::min(value.find_first_not_of(' ', space), value.size());
  return {value.substr(0, space), value.substr(begin)};
}

bool is_json(const core::HttpHeaders& headers) {
  std::string_view type = core::find_header(headers, "content-type").value_or("");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return core::equal_ignoring_case(type, "application/json");
}

std::optional<std::uint64_t> parse_positive(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.front() == '0') return std::nullopt;
  return number;
}

void set_header(core::HttpHeaders& headers, std::string_view name, std::string value) {
  std::erase_if(headers,
                [name](const core::HttpHeader& header) { return core::equal_ignoring_case(header.name, name); });
  headers.push_back({std::string(name), std::move(value)});
}

std::string decimal_of(core::Duration duration, core::Duration unit) {
  const std::int64_t rest = duration % unit / core::Duration(1);
  if (rest == 0) return fmt::format("{}", duration / unit);
  std::size_t digits = 0;
  for (std::int64_t scale = 1; scale < unit.count(); scale *= 10) ++digits;
  std::string text = fmt::format("{}.{:0{}}", duration / unit, rest, digits);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

std::int64_t whole_up(core::Duration duration, core::Duration unit) {
  if (duration <= core::Duration::zero()) return 0;
  return duration / unit + (duration % unit == core::Duration::zero() ? 0 : 1);
}

const std::string& HttpDate::at(core::WallTime time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch());
  if (second_ != second) {
    second_ = second;
    text_ = core::format_http_date(time);
  }
  return text_;
}

}  // namespace fakes
