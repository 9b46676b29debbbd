#include "fakes/verdict/hint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "core/http/header_value.h"
#include "core/time/text.h"
#include "fakes/http_text.h"

namespace fakes {

namespace {
using namespace std::chrono_literals;
namespace json = boost::json;

/// A plain decimal number in that unit; core's reader of durations knows all that can be wrong with one.
std::optional<core::Duration> decimal(std::string_view text, std::string_view unit) {
  if (text.empty() || text.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
  return core::parse_duration(std::string(text) + std::string(unit));
}

std::optional<core::SteadyTime> steady_time_of(core::WallTime date, const Now& now) {
  if (date <= now.wall) return std::nullopt;
  return core::saturating_add(now.steady, date - now.wall);
}

/// Of a header that is there once: of two, a client may have read either.
std::string_view value_of(const core::HttpResponse& response, std::string_view name) {
  const auto is_named = [name](const core::HttpHeader& header) { return core::equal_ignoring_case(header.name, name); };
  if (std::count_if(response.headers.begin(), response.headers.end(), is_named) != 1) return {};
  return core::trimmed(*core::find_header(response.headers, name));
}

/// The first text or whole number of that name anywhere in it.
std::optional<std::string> value_in(const json::value& value, std::string_view name) {
  if (const json::array* array = value.if_array()) {
    for (const json::value& item : *array) {
      if (auto found = value_in(item, name)) return found;
    }
  }
  const json::object* object = value.if_object();
  if (object == nullptr) return std::nullopt;
  for (const auto& [key, member] : *object) {
    if (key == name && member.is_string()) return std::string(member.get_string());
    if (key == name && member.is_int64()) return std::to_string(member.get_int64());
    if (auto found = value_in(member, name)) return found;
  }
  return std::nullopt;
}

/// What follows `words` in a sentence, up to the next space and without its full stop.
std::string_view word_after(std::string_view sentence, std::string_view words) {
  const std::size_t at = sentence.find(words);
  if (at == std::string_view::npos) return {};
  std::string_view word = sentence.substr(at + words.size());
  word = word.substr(0, word.find(' '));
  if (word.ends_with('.')) word.remove_suffix(1);
  return word;
}

/// A delay that an error's body asks for: Google's retryDelay, retry_after(_ms), and the sentences of OpenAI and Azure.
std::optional<core::Duration> asked_in_body(const std::string& body) {
  constexpr std::size_t kLongest = 64 * 1024;
  boost::system::error_code bad;
  const json::value error = body.size() > kLongest ? json::value() : json::parse(body, bad);
  if (bad) return std::nullopt;
  std::optional<core::Duration> longest;
  const auto take = [&longest](std::optional<core::Duration> wait) { longest = std::max(longest, wait); };
  if (const auto delay = value_in(error, "retryDelay")) take(core::parse_duration(*delay));
  if (const auto seconds = value_in(error, "retry_after")) take(decimal(*seconds, "s"));
  if (const auto milliseconds = value_in(error, "retry_after_ms")) take(decimal(*milliseconds, "ms"));
  if (const auto message = value_in(error, "message")) {
    take(core::parse_duration(word_after(*message, "try again in ")));
    if (message->find(" seconds") != std::string::npos) take(decimal(word_after(*message, "retry after "), "s"));
  }
  return longest;
}

/// The reset of a limit of a model's of which nothing remains. Whole durations and plain seconds: what else there is, a
/// client may read otherwise.
std::optional<core::Duration> reset_of(const core::HttpResponse& response, std::string_view limit) {
  if (value_of(response, fmt::format("x-ratelimit-remaining-{}", limit)) != "0") return std::nullopt;
  const std::string_view text = value_of(response, fmt::format("x-ratelimit-reset-{}", limit));
  constexpr core::Duration kEpoch = 1s * 1'000'000'000;
  const auto seconds = decimal(text, "s");
  if (seconds) return *seconds < kEpoch ? seconds : std::nullopt;
  return core::parse_duration(text);
}

}  // namespace

bool names_github_limit(const core::HttpResponse& response) {
  constexpr std::array<std::string_view, 3> kWords = {"rate limit", "abuse detection", "submitted too quickly"};
  const std::string_view body = std::string_view(response.body).substr(0, 64 * 1024);
  return std::any_of(kWords.begin(), kWords.end(),
                     [body](std::string_view words) { return body.find(words) != std::string_view::npos; });
}

bool read_hint(const core::HttpResponse& response, bool of_github, const Now& now, std::optional<core::Duration>& wait,
               std::optional<core::SteadyTime>& until) {
  wait = decimal(value_of(response, "retry-after-ms"), "ms");
  const std::string_view retry_after = value_of(response, "retry-after");
  if (!wait) wait = decimal(retry_after, "s");
  if (const auto date = wait ? std::nullopt : core::parse_http_date(retry_after)) until = steady_time_of(*date, now);
  if (!of_github) {
    wait = std::max({wait, reset_of(response, "requests"), reset_of(response, "tokens")});
    if (response.status >= 400) wait = std::max(wait, asked_in_body(response.body));
  }
  if (wait || until) return true;
  const bool refused = response.status == 403 || response.status == 429;
  const auto reset = parse_positive(value_of(response, "x-ratelimit-reset"));
  constexpr std::uint64_t kLastSecond = 9'000'000'000;  // Of a time in nanoseconds.
  const bool used_up = refused && value_of(response, "x-ratelimit-remaining") == "0";
  if (used_up && reset && *reset < kLastSecond) {
    until = steady_time_of(core::WallTime(std::chrono::seconds(*reset)), now);
  }
  const bool may_be_limited = refused || response.status == 422;
  if (!until && of_github && may_be_limited && names_github_limit(response)) wait = 1min;
  return wait.has_value() || until.has_value();
}

}  // namespace fakes
