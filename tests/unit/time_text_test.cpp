#include <gtest/gtest.h>

#include "core/time/text.h"

namespace core {
namespace {
using namespace std::chrono_literals;

TEST(DurationText, reads_what_scenario_files_may_hold) {
  const std::pair<std::string_view, Duration> cases[] = {{"0s", 0s},
                                                         {"250ms", 250ms},
                                                         {"1.5s", 1500ms},
                                                         {"2m", 2min},
                                                         {"1h30m", 90min},
                                                         {"1ns", 1ns},
                                                         {"0.000000001s", 1ns},
                                                         {"1us", 1us},
                                                         {"1h1m1s1ms1us1ns", 1h + 1min + 1s + 1ms + 1us + 1ns},
                                                         {"9223372036.854775807s", Duration::max()}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(parse_duration(text), expected) << text;
}

TEST(DurationText, refuses_everything_else) {
  for (const std::string_view text :
       {"", "1", "s", "-1s", "+1s", "1 s", "1s ", ".5s", "1.s", "1S", "1d", "1m1h", "1s1s", "0.5ns", "1e3s", "1,5s",
        "9223372036.854775808s", "99999999999999999999s", "2562048h"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(DurationText, is_written_so_that_it_reads_back) {
  const std::pair<Duration, std::string_view> cases[] = {{0s, "0s"},         {1500ms, "1.5s"}, {250ms, "250ms"},
                                                         {1ns, "1ns"},       {90s, "90s"},     {1500us, "1.5ms"},
                                                         {1001ns, "1.001us"}};
  for (const auto& [duration, text] : cases) {
    EXPECT_EQ(format_duration(duration), text);
    EXPECT_EQ(parse_duration(text), duration);
  }
  EXPECT_EQ(format_duration(-1500ms), "-1.5s");
}

TEST(HttpDate, is_read_in_its_three_forms_and_written_in_the_one) {
  const auto expected = parse_utc("1994-11-06T08:49:37Z");
  ASSERT_TRUE(expected);
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), expected);
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), expected);
  EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), expected);
  EXPECT_EQ(format_http_date(*expected), "Sun, 06 Nov 1994 08:49:37 GMT");
  for (const std::string_view text : {"", "soon", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
                                      "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 9999 08:49:37 GMT"}) {
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
  }
}

TEST(UtcText, writes_every_time_that_there_is) {
  EXPECT_EQ(format_utc(WallTime::min()), "1677-09-21T00:12:43.145224192Z");
  EXPECT_EQ(format_http_date(WallTime::min()), "Tue, 21 Sep 1677 00:12:43 GMT");
  EXPECT_EQ(format_utc(WallTime::max()), "2262-04-11T23:47:16.854775807Z");
  EXPECT_EQ(format_utc(WallTime(-1ns)), "1969-12-31T23:59:59.999999999Z");
}

TEST(UtcText, reads_a_leap_second_at_the_end_of_all_times) {
  const auto time = parse_utc("2261-12-31T23:59:60Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(format_utc(*time), "2261-12-31T23:59:59.999999999Z");
}

TEST(UtcText, keeps_the_nanoseconds) {
  const auto time = parse_utc("2026-01-01T00:00:00.000000001Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(format_utc(*time), "2026-01-01T00:00:00.000000001Z");
  EXPECT_EQ(time->time_since_epoch().count(), 1'767'225'600'000'000'001);
  for (const std::string_view text :
       {"2026-01-01", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00+01:00", "2026-01-01T00:00:00"}) {
    EXPECT_EQ(parse_utc(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace core
