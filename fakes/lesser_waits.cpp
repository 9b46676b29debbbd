#include "fakes/lesser_waits.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "fakes/http_text.h"
#include "fakes/waits_asked.h"

namespace fakes {

namespace {
using namespace std::chrono_literals;

constexpr std::uint32_t kHalf = 500'000;      // Of a million.
constexpr core::Duration kMargin = 2s;        // What is rounded up to whole seconds stays shorter.
constexpr core::Duration kShortest = 1ms;     // Of the shorter ones.
constexpr core::Duration kLongest = 24h * 7;  // Of the longer ones.

/// Shorter than what is meant, whichever way it is written; nothing where there is no room for it.
std::optional<core::Duration> shorter(core::Duration meant, const core::Random& random) {
  if (meant < kMargin + kShortest) return std::nullopt;
  return random.between(kShortest, std::min(meant - kMargin, kLongest), 0);
}

core::Duration longer(core::Duration meant, const core::Random& random) {
  return std::min(meant, kLongest) + random.between(kMargin, core::Duration(10min), 1);
}

bool is_after_header(const RetryAfterSpelling& spelling) {
  return std::holds_alternative<RetryAfterSeconds>(spelling) || std::holds_alternative<RetryAfterDate>(spelling) ||
         std::holds_alternative<RetryAfterMs>(spelling);
}

/// A second retry-after: any at all beside one in milliseconds, else a shorter one.
void add_retry_after(const AskedWait& wait, core::HttpResponse& response, const core::Random& random) {
  const bool is_beaten = std::holds_alternative<RetryAfterMs>(wait.spelling);
  const auto delay = is_beaten && random.chance(kHalf, 2) ? longer(wait.meant, random) : shorter(wait.meant, random);
  if (!delay) return;
  response.headers.insert(random.chance(kHalf, 3) ? response.headers.begin() : response.headers.end(),
                          {"retry-after", fmt::format("{}", *delay / 1s)});
}

/// One limit's own wait: shorter, or of a limit that is not used up.
void add_reset(RetryAfterReset::Of of, const AskedWait& wait, core::HttpResponse& response, const Now& now,
               const core::Random& random) {
  const auto as = static_cast<RetryAfterReset::As>(random.between(0, 3, 4));
  const auto short_one = shorter(wait.meant, random);
  const bool is_left = !short_one || random.chance(kHalf, 5);
  ask_to_wait(RetryAfterReset{is_left ? longer(wait.meant, random) : *short_one, of, as}, response, now);
  const std::string_view name =
      of == RetryAfterReset::Of::Requests ? "x-ratelimit-remaining-requests" : "x-ratelimit-remaining-tokens";
  if (is_left) set_header(response.headers, name, fmt::format("{}", random.between(1, 9000, 6)));
}

bool is_reset_of(const RetryAfterSpelling& spelling, RetryAfterReset::Of of) {
  const auto* reset = std::get_if<RetryAfterReset>(&spelling);
  return reset != nullptr && reset->of == of;
}

}  // namespace

void add_lesser_waits_of_model(const AskedWait& wait, core::HttpResponse& response, const Now& now,
                               const core::Random& random) {
  if (random.chance(kHalf, 7)) add_retry_after(wait, response, random.fork("retry-after"));
  for (const auto of : {RetryAfterReset::Of::Requests, RetryAfterReset::Of::Tokens}) {
    const core::Random branch = random.fork(static_cast<std::uint64_t>(of));
    if (!is_reset_of(wait.spelling, of) && branch.chance(kHalf, 7)) add_reset(of, wait, response, now, branch);
  }
  const core::Random body = random.fork("body");
  const auto delay = shorter(wait.meant, body);
  if (!wait.may_write_body || !delay || !body.chance(kHalf, 7)) return;
  ask_to_wait(RetryAfterBody{*delay, static_cast<RetryAfterBody::As>(body.between(0, 5, 8))}, response, now);
}

void add_lesser_waits_of_github(const AskedWait& wait, core::HttpResponse& response, const Now& now,
                                const core::Random& random) {
  const auto any = random.chance(kHalf, 2) ? std::optional(longer(wait.meant, random)) : shorter(wait.meant, random);
  if (std::holds_alternative<RetryAfterWords>(wait.spelling)) {
    // Some is left: it says nothing.
    if (!any || !random.chance(kHalf, 7)) return;
    ask_to_wait(RetryAfterReset{*any, RetryAfterReset::Of::GitHub}, response, now);
    set_header(response.headers, "x-ratelimit-remaining", fmt::format("{}", random.between(1, 4999, 6)));
    return;
  }
  if (is_after_header(wait.spelling)) {
    if (random.chance(kHalf, 7)) add_retry_after(wait, response, random.fork("retry-after"));
    if (any && random.chance(kHalf, 8)) ask_to_wait(RetryAfterReset{*any, RetryAfterReset::Of::GitHub}, response, now);
  }
  if (wait.may_write_body && (response.status == 403 || response.status == 429) && random.chance(kHalf, 9)) {
    ask_to_wait(RetryAfterWords{static_cast<RetryAfterWords::Words>(random.between(0, 2, 10))}, response, now);
  }
}

}  // namespace fakes
