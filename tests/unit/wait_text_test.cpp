#include "core/retry/wait_text.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/time/text.h"

namespace core {
namespace {
using namespace std::chrono_literals;

const WallTime kNow = parse_utc("2026-01-01T00:00:00Z").value();

TEST(WaitText, reads_durations_as_services_write_them) {
  const std::pair<std::string_view, Duration> cases[] = {{"6m0s", 6min},
                                                         {"1.2s", 1200ms},
                                                         {"12ms", 12ms},
                                                         {"1h2m3.5s", 1h + 2min + 3500ms},
                                                         {"2m59.56s", 2min + 59'560ms},
                                                         {"10h17m5.723541104s", 10h + 17min + 5'723'541'104ns},
                                                         {"1d2h", 26h},
                                                         {"1w", 168h},
                                                         {"0s", 0ns},
                                                         {"20\xC2\xB5s", 20us},
                                                         {"20\xCE\xBCs", 20us},
                                                         {"7us", 7us},
                                                         {"1ns", 1ns},
                                                         {"3s1m", 63s}};
  for (const auto& [text, duration] : cases) EXPECT_EQ(read_duration(text), duration) << text;
  for (const std::string_view text : {"", "5", "s", "-1s", "+1s", "1 s", "1s ", "1.s", ".5s", "1S", "1M0s", "soon",
                                      "1e3s", "6m0", "1x", "inf", "\xff", "1s\n"}) {
    EXPECT_FALSE(read_duration(text)) << text;
  }
}

TEST(WaitText, never_undercuts_and_takes_what_overflows_for_too_long) {
  EXPECT_EQ(read_duration("0.0000000001s"), 1ns);
  EXPECT_EQ(read_duration("1.0000000001s"), 1s + 1ns);
  EXPECT_EQ(read_duration("0.5ns"), 1ns);
  EXPECT_EQ(read_duration("1.00000000000000000000000000000000000000000000001h"), 1h + 1ns);
  EXPECT_EQ(read_duration("9223372036.854775807s"), Duration::max());
  for (const std::string& text :
       {std::string("9999999999s"), std::string("99999999999999999999999999999999999999h"), std::string("2562047h48m"),
        fmt::format("{:9>5000}w", 9), std::string("200000000d")}) {
    EXPECT_EQ(read_duration(text), kTooLong) << text.substr(0, 50);
  }
}

TEST(WaitText, tells_seconds_from_moments_in_a_reset) {
  const std::pair<std::string_view, std::optional<Duration>> cases[] = {
      {"7", 7s},
      {"7.5", 7500ms},
      {"999999999", 999'999'999s},
      {"1767225607", 7s},  // 10^9 and more: seconds since 1970.
      {"1767225607.25", 7250ms},
      {"1767225607250", 7250ms},  // 10^11 and more: milliseconds.
      {"1000000000", 0s},         // Both of these have passed.
      {"100000000000", 0s},
      {"99999999999", kTooLong},  // The year 5138.
      {"99999999999999999999", kTooLong},
      {"inf", kTooLong},
      {"6m0s", 6min},
      {"Thu, 01 Jan 2026 00:00:20 GMT", 20s},
      {"Fri, 31 Dec 9999 23:59:59 GMT", kTooLong},
      {"2026-01-01T00:00:20Z", 20s},
      {"2026-01-01T00:00:20+00:00", 20s},
      {"2025-12-31T23:59:59Z", 0s},
      {"-5", std::nullopt},
      {"soon", std::nullopt},
      {"", std::nullopt},
      {"1e9", std::nullopt}};
  for (const auto& [text, wait] : cases) EXPECT_EQ(read_reset(text, kNow), wait) << text;
}

TEST(WaitText, finds_the_longest_wait_in_a_sentence) {
  const std::pair<std::string_view, std::optional<Duration>> cases[] = {
      {"Rate limit reached. Please try again in 6m0s. Visit https://x to learn more.", 6min},
      {"Please try again in 1.242s.", 1242ms},
      {"Please try again in 20ms.", 20ms},
      {"PLEASE TRY AGAIN IN 20s", 20s},
      {"Please retry after 60 seconds. Please go here", 60s},
      {"Try again in 86400 seconds.", 24h},
      {"Please retry in 10h17m5.723541104s.", 10h + 17min + 5'723'541'104ns},
      {"Please wait 1 minute before you try again", 1min},
      {"Please wait for 2 hours and 30 minutes.", 150min},
      {"You must wait for at least 5 Minutes, please", 5min},
      {"try again in 5s, or try again in 9s", 9s},
      {"retry after 3 days", 72h},
      {"retry after 500 milliseconds", 500ms},
      {"try again in 99999999999999999999 hours", kTooLong},
      {"Please wait a few minutes before you try again.", std::nullopt},
      {"Please try again in a moment", std::nullopt},
      {"Please try again in 60", std::nullopt},
      {"try again in -5s", std::nullopt},
      {"try again in 5 bananas", std::nullopt},
      {"Limit 30000, Used 30000, Requested 500.", std::nullopt},
      {"try again in", std::nullopt},
      {"", std::nullopt}};
  for (const auto& [sentence, wait] : cases) EXPECT_EQ(wait_in_words(sentence), wait) << sentence;
}

}  // namespace
}  // namespace core
