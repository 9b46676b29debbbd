#include "fakes/waits_asked.h"

#include <fmt/format.h>

#include "core/json/escape.h"
#include "core/time/text.h"
#include "fakes/http_text.h"

namespace fakes {

namespace {
using namespace std::chrono_literals;

constexpr core::Duration kMinute = 1min;  ///< What GitHub asks for where it says no time.

core::Duration within_second(core::WallTime now) {
  return now.time_since_epoch() - std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
}

/// Counted from the second that the answer's own Date names, which is what clients subtract from it.
core::WallTime moment_of(core::Duration ahead, core::WallTime now) {
  return core::saturating_add(now - within_second(now), ahead);
}

std::string_view github_words(RetryAfterWords::Words words) {
  switch (words) {
    case RetryAfterWords::Words::Primary:
      return "API rate limit exceeded for installation ID 1.";
    case RetryAfterWords::Words::Secondary:
      return "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    case RetryAfterWords::Words::Abuse:
      return "You have triggered an abuse detection mechanism. Please wait a few minutes before you try again.";
    case RetryAfterWords::Words::TooQuickly:
      return "was submitted too quickly";
  }
  return {};
}

std::string github_body(RetryAfterWords::Words words) {
  std::string message;
  core::append_json_string(message, github_words(words));
  if (words != RetryAfterWords::Words::TooQuickly) {
    return fmt::format(R"({{"message":{},"documentation_url":"https://docs.github.com/rest"}})", message);
  }
  return fmt::format(
      R"({{"message":"Validation Failed","errors":[{{"resource":"IssueComment","code":"unprocessable","field":"data",)"
      R"("message":{}}}],"documentation_url":"https://docs.github.com/rest"}})",
      message);
}

std::string model_body(const RetryAfterBody& hint, int status) {
  constexpr std::string_view kLimit = "Rate limit reached for this model on tokens per min (TPM).";
  const auto with_message = [&](const std::string& sentence) {
    return fmt::format(R"({{"error":{{"message":"{} {}","type":"tokens","param":null,"code":"rate_limit_exceeded"}}}})",
                       kLimit, sentence);
  };
  switch (hint.as) {
    case RetryAfterBody::As::RetryInfo:
      return fmt::format(
          R"([{{"error":{{"code":{},"message":"{}","status":"RESOURCE_EXHAUSTED","details":[{{"@type":)"
          R"("type.googleapis.com/google.rpc.Help"}},{{"@type":"type.googleapis.com/google.rpc.RetryInfo",)"
          R"("retryDelay":"{}s"}}]}}}}])",
          status, kLimit, decimal_of(hint.delay, 1s));
    case RetryAfterBody::As::RetryAfter:
      return fmt::format(R"({{"error":{{"message":"{}","code":{},"retry_after":{}}}}})", kLimit, status,
                         decimal_of(hint.delay, 1s));
    case RetryAfterBody::As::RetryAfterMs:
      return fmt::format(R"({{"error":{{"message":"{}"}},"retry_after_ms":{}}})", kLimit, decimal_of(hint.delay, 1ms));
    case RetryAfterBody::As::TryAgainIn:
      return with_message(
          fmt::format("Please try again in {}. Visit the dashboard to learn more.", duration_text(hint.delay)));
    case RetryAfterBody::As::RetryAfterWords:
      return with_message(fmt::format("Please retry after {} seconds.", whole_up(hint.delay, 1s)));
    case RetryAfterBody::As::SecondsAndNanos:
      return fmt::format(
          R"({{"error":{{"code":{},"message":"{}","details":[{{"retry_delay":{{"seconds":{},"nanos":{}}}}}]}}}})",
          status, kLimit, hint.delay / 1s, (hint.delay % 1s).count());
    case RetryAfterBody::As::TwoWaits: {
      const auto seconds = whole_up(hint.delay, 1s);
      return with_message(fmt::format(
          "For requests please retry after 1 second; for tokens please wait for {} minute{} and {} seconds.",
          seconds / 60, seconds / 60 == 1 ? "" : "s", seconds % 60));
    }
  }
  return {};
}

std::string reset_text(const RetryAfterReset& hint, core::WallTime now) {
  const core::Duration since_epoch = moment_of(hint.delay, now).time_since_epoch();
  switch (hint.of == RetryAfterReset::Of::GitHub ? RetryAfterReset::As::EpochSeconds : hint.as) {
    case RetryAfterReset::As::Duration:
      return duration_text(hint.delay);
    case RetryAfterReset::As::Seconds:
      return decimal_of(hint.delay, 1s);
    case RetryAfterReset::As::EpochSeconds:
      return fmt::format("{}", whole_up(since_epoch, 1s));
    case RetryAfterReset::As::EpochMs:
      return fmt::format("{}", whole_up(since_epoch, 1ms));
  }
  return {};
}

void add_reset(core::HttpHeaders& headers, const RetryAfterReset& hint, core::WallTime now) {
  const std::string_view of = hint.of == RetryAfterReset::Of::Requests ? "-requests"
                              : hint.of == RetryAfterReset::Of::Tokens ? "-tokens"
                                                                       : "";
  // In place of the service's own, which tell of a limit that is not reached.
  set_header(headers, fmt::format("x-ratelimit-remaining{}", of), "0");
  set_header(headers, fmt::format("x-ratelimit-reset{}", of), reset_text(hint, now));
}

struct AskToWait {
  core::HttpResponse& response;
  core::WallTime now;

  void operator()(const RetryAfterSeconds& hint) const {
    response.headers.push_back({"retry-after", decimal_of(hint.delay, 1s)});
  }
  void operator()(const RetryAfterMs& hint) const {
    response.headers.push_back({"retry-after-ms", decimal_of(hint.delay, 1ms)});
  }
  void operator()(const RetryAfterRaw& hint) const { response.headers.push_back({"retry-after", hint.text}); }
  void operator()(const RetryAfterDate& hint) const {
    const core::WallTime up = core::saturating_add(moment_of(hint.ahead, now), core::Duration(1s) - 1ns);
    response.headers.push_back({"retry-after", core::format_http_date(up)});
  }
  void operator()(const RetryAfterReset& hint) const { add_reset(response.headers, hint, now); }
  void operator()(const RetryAfterBody& hint) const {
    response.body = model_body(hint, response.status);
    // As where a proxy adds its own wish.
    if (hint.as == RetryAfterBody::As::TwoWaits) response.headers.push_back({"retry-after", "1"});
  }
  void operator()(const RetryAfterWords& hint) const { response.body = github_body(hint.words); }
};

struct MeantBy {
  core::WallTime now;

  std::optional<core::Duration> operator()(const RetryAfterSeconds& hint) const { return hint.delay; }
  std::optional<core::Duration> operator()(const RetryAfterMs& hint) const { return hint.delay; }
  std::optional<core::Duration> operator()(const RetryAfterRaw&) const { return std::nullopt; }
  std::optional<core::Duration> operator()(const RetryAfterDate& hint) const { return hint.ahead - within_second(now); }
  std::optional<core::Duration> operator()(const RetryAfterReset& hint) const {
    const bool from_now = hint.as == RetryAfterReset::As::Duration || hint.as == RetryAfterReset::As::Seconds;
    return from_now && hint.of != RetryAfterReset::Of::GitHub ? hint.delay : hint.delay - within_second(now);
  }
  std::optional<core::Duration> operator()(const RetryAfterBody& hint) const { return hint.delay; }
  std::optional<core::Duration> operator()(const RetryAfterWords&) const { return kMinute; }
};

}  // namespace

void ask_to_wait(const RetryAfterSpelling& spelling, core::HttpResponse& response, const Now& now) {
  std::visit(AskToWait{response, now.wall}, spelling);
}

std::optional<core::Duration> meant_by(const RetryAfterSpelling& spelling, const Now& now) {
  const auto wait = std::visit(MeantBy{now.wall}, spelling);
  return wait && *wait > core::Duration::zero() ? wait : std::nullopt;
}

bool is_in_the_body(const RetryAfterSpelling& spelling) {
  return std::holds_alternative<RetryAfterBody>(spelling) || std::holds_alternative<RetryAfterWords>(spelling);
}

std::string duration_text(core::Duration duration) {
  if (duration < 1s) return decimal_of(duration, 1ms) + "ms";
  const std::string seconds = decimal_of(duration % 1min, 1s);
  if (duration < 1min) return seconds + "s";
  if (duration < 1h) return fmt::format("{}m{}s", duration / 1min, seconds);
  return fmt::format("{}h{}m{}s", duration / 1h, duration % 1h / 1min, seconds);
}

}  // namespace fakes
