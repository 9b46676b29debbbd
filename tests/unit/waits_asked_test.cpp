// What a rule means by its retry_after, and what the core reads from the answer, agree: the wait is never undercut, and
// no longer than the rounding of its spelling.
#include "fakes/waits_asked.h"

#include <gtest/gtest.h>

#include "core/retry/classify.h"
#include "core/time/text.h"
#include "fakes/http_text.h"

namespace fakes {
namespace {
using namespace std::chrono_literals;

using Of = RetryAfterReset::Of;

std::optional<core::RetryHint> read(const RetryAfterSpelling& spelling, const Now& now, core::Service service,
                                    int status) {
  core::HttpResponse response{status, {{"date", core::format_http_date(now.wall)}}, {}};
  ask_to_wait(spelling, response, now);
  return core::retry_hint(response, {.service = service, .now = now.wall + 3h});
}

void must_agree(const RetryAfterSpelling& spelling, core::Service service, int status, core::Duration rounding) {
  for (const core::Duration past : {0ns, 1ns, 250'000'000ns, 999'999'999ns}) {
    const Now now{core::SteadyTime(5s), core::parse_utc("2026-01-01T00:00:00Z").value() + past};
    const auto meant = meant_by(spelling, now);
    const auto hint = read(spelling, now, service, status);
    ASSERT_TRUE(meant && hint) << spelling.index();
    EXPECT_GE(hint->delay, *meant) << spelling.index();
    EXPECT_LE(hint->delay, *meant + rounding) << spelling.index();
  }
}

TEST(WaitsAsked, are_read_by_the_core_as_they_are_meant) {
  for (const core::Duration delay : {1500ms, 12'345ms, 61'000ms, 3'723'456ms, 720'000'000ms}) {
    must_agree(RetryAfterSeconds{delay}, core::Service::Llm, 429, 0ns);
    must_agree(RetryAfterMs{delay}, core::Service::Llm, 503, 0ns);
    must_agree(RetryAfterDate{delay}, core::Service::GitHub, 403, 2s);
    must_agree(RetryAfterReset{delay, Of::GitHub}, core::Service::GitHub, 403, 2s);
    for (const Of of : {Of::Requests, Of::Tokens}) {
      must_agree(RetryAfterReset{delay, of, RetryAfterReset::As::Duration}, core::Service::Llm, 429, 0ns);
      must_agree(RetryAfterReset{delay, of, RetryAfterReset::As::Seconds}, core::Service::Llm, 408, 0ns);
      must_agree(RetryAfterReset{delay, of, RetryAfterReset::As::EpochSeconds}, core::Service::Llm, 429, 2s);
      must_agree(RetryAfterReset{delay, of, RetryAfterReset::As::EpochMs}, core::Service::Llm, 429, 1s + 1ms);
    }
    for (const auto as :
         {RetryAfterBody::As::RetryInfo, RetryAfterBody::As::RetryAfter, RetryAfterBody::As::RetryAfterMs,
          RetryAfterBody::As::TryAgainIn, RetryAfterBody::As::SecondsAndNanos}) {
      must_agree(RetryAfterBody{delay, as}, core::Service::Llm, 429, 0ns);
    }
    must_agree(RetryAfterBody{delay, RetryAfterBody::As::RetryAfterWords}, core::Service::Llm, 429, 1s);
    must_agree(RetryAfterBody{delay, RetryAfterBody::As::TwoWaits}, core::Service::Llm, 429, 1s);
  }
  for (const auto words : {RetryAfterWords::Words::Primary, RetryAfterWords::Words::Secondary,
                           RetryAfterWords::Words::Abuse, RetryAfterWords::Words::TooQuickly}) {
    for (const int status : {403, 422, 429}) must_agree(RetryAfterWords{words}, core::Service::GitHub, status, 0ns);
  }
}

TEST(WaitsAsked, mean_nothing_where_they_are_no_time) {
  const Now now{core::SteadyTime(5s), core::WallTime(1s)};
  EXPECT_EQ(meant_by(RetryAfterRaw{"7"}, now), std::nullopt);
  EXPECT_EQ(meant_by(RetryAfterSeconds{0s}, now), std::nullopt);
}

TEST(WaitsAsked, write_durations_as_openai_does) {
  const std::pair<core::Duration, std::string_view> cases[] = {
      {12ms, "12ms"}, {1200ms, "1.2s"}, {6min, "6m0s"}, {1h, "1h0m0s"}, {3'723'500ms, "1h2m3.5s"}, {0ms, "0ms"}};
  for (const auto& [duration, text] : cases) EXPECT_EQ(duration_text(duration), text);
}

}  // namespace
}  // namespace fakes
