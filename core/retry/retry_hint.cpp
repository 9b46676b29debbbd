#include <algorithm>
#include <array>

#include "core/http/answer_date.h"
#include "core/http/header_value.h"
#include "core/retry/answer_time.h"
#include "core/retry/classify.h"
#include "core/retry/rate_limit.h"
#include "core/retry/wait_text.h"
#include "core/time/text.h"

namespace core {

namespace {

using namespace std::chrono_literals;
/// What GitHub's documentation asks for where its answer says no time.
constexpr Duration kGitHubLimitWait = 1min;

/// The longest that `read` makes of the headers of that name; zero where it makes nothing of any.
template <class Read>
Duration longest_of(const HttpHeaders& headers, std::string_view name, Read read) {
  Duration longest = Duration::zero();
  for (const HttpHeader& header : headers) {
    if (!equal_ignoring_case(header.name, name)) continue;
    longest = std::max(longest, read(trimmed(header.value)).value_or(Duration::zero()));
  }
  return longest;
}

/// Zero where there is none that can be read.
Duration retry_after(const HttpHeaders& headers, const AnswerTime& now) {
  const Duration milliseconds =
      longest_of(headers, "retry-after-ms", [](std::string_view text) { return read_amount(text, 1ms); });
  if (milliseconds > Duration::zero()) return milliseconds;
  return longest_of(headers, "retry-after", [&now](std::string_view text) {
    const auto seconds = read_amount(text, 1s);
    return seconds ? seconds : read_date(text, now);
  });
}

/// Whether one of the headers of that name says zero.
bool is_used_up(const HttpHeaders& headers, std::string_view name) {
  return std::ranges::any_of(headers, [name](const HttpHeader& header) {
    const std::string_view value = trimmed(header.value);
    return equal_ignoring_case(header.name, name) && !value.empty() &&
           value.find_first_not_of('0') == std::string_view::npos;
  });
}

bool is_github_used_up(const HttpHeaders& headers) {
  return is_used_up(headers, "x-ratelimit-remaining");
}

Duration github_reset(const HttpHeaders& headers, const AnswerTime& now) {
  return longest_of(headers, "x-ratelimit-reset", [&now](std::string_view text) -> std::optional<Duration> {
    const auto since_epoch = read_amount(text, 1s);
    if (!since_epoch || *since_epoch == kTooLong) return since_epoch;
    return time_until(WallTime(*since_epoch), now);
  });
}

/// Of the limits that are used up, whatever they are called: "-requests" and "-tokens" at OpenAI, "-tokens-minute" at
/// Cerebras, "-tokens-per-day" at DigitalOcean, nothing at OpenRouter.
Duration model_reset(const HttpHeaders& headers, const AnswerTime& now) {
  constexpr std::string_view kReset = "x-ratelimit-reset";
  Duration longest = Duration::zero();
  for (const HttpHeader& header : headers) {
    const std::string_view name = header.name;
    if (!equal_ignoring_case(name.substr(0, kReset.size()), kReset)) continue;
    const std::string remaining = "x-ratelimit-remaining" + std::string(name.substr(kReset.size()));
    if (!is_used_up(headers, remaining)) continue;
    longest = std::max(longest, read_reset(trimmed(header.value), now).value_or(Duration::zero()));
  }
  return longest;
}

std::optional<RetryHint> hint(Duration delay, DelaySource source) {
  return delay > Duration::zero() ? std::optional(RetryHint{delay, source}) : std::nullopt;
}

/// The first of these that there is.
std::optional<RetryHint> github_hint(const HttpResponse& response, const ErrorBody& body,
                                     const ClassifyContext& context, const AnswerTime& now) {
  if (const auto after = hint(retry_after(response.headers, now), DelaySource::RetryAfter)) return after;
  if (!detail::is_rate_limit(response, body, context)) return std::nullopt;
  if (is_github_used_up(response.headers)) {
    if (const auto reset = hint(github_reset(response.headers, now), DelaySource::RateLimitReset)) return reset;
  }
  return body.names_github_limit() ? hint(kGitHubLimitWait, DelaySource::RateLimitReset) : std::nullopt;
}

/// The longest of them, since each of them has to be over.
std::optional<RetryHint> model_hint(const HttpHeaders& headers, const ErrorBody& body, const AnswerTime& now) {
  const HttpHeaders within = body.headers_within();
  const Duration after =
      std::max({retry_after(headers, now), retry_after(within, now), body.wait(now).value_or(Duration::zero())});
  const Duration reset = std::max(model_reset(headers, now), model_reset(within, now));
  return after >= reset ? hint(after, DelaySource::RetryAfter) : hint(reset, DelaySource::RateLimitReset);
}

}  // namespace

namespace detail {

bool is_rate_limit(const HttpResponse& response, const ErrorBody& body, const ClassifyContext& context) {
  if (response.status == 429) return true;
  if (context.service != Service::GitHub) return false;
  if (response.status == 422) return body.names_github_limit();
  if (response.status != 403 || context.rate_limited_403 == RateLimited403::Fail) return false;
  return find_header(response.headers, "retry-after") || find_header(response.headers, "retry-after-ms") ||
         is_github_used_up(response.headers) || body.names_github_limit();
}

std::optional<RetryHint> retry_hint(const HttpResponse& response, const ErrorBody& body,
                                    const ClassifyContext& context) {
  const AnswerTime now(context.now, date_of(response));
  return context.service == Service::GitHub ? github_hint(response, body, context, now)
                                            : model_hint(response.headers, body, now);
}

std::optional<RetryHint> hint_in_stream(const HttpResponse& response, const ErrorBody& body, WallTime own) {
  return model_hint({}, body, AnswerTime(own, date_of(response)));
}

}  // namespace detail

std::optional<RetryHint> retry_hint(const HttpResponse& response, const ClassifyContext& context) {
  return detail::retry_hint(response, ErrorBody(response.body), context);
}

}  // namespace core
