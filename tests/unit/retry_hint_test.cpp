#include <gtest/gtest.h>

#include "core/retry/classify.h"
#include "core/retry/decide.h"
#include "core/time/text.h"

namespace core {
namespace {
using namespace std::chrono_literals;

constexpr Duration kTooLong = Duration::max();
/// What the client believes the time to be; answers that carry a Date are read against theirs.
const WallTime kNow = parse_utc("2026-01-01T12:00:00.25Z").value();
constexpr std::string_view kDate = "Thu, 01 Jan 2026 00:00:00 GMT";

struct HintCase {
  std::string_view why;
  HttpHeaders headers;
  std::optional<Duration> delay;
};

std::optional<RetryHint> hint_of(HttpHeaders headers, Service service = Service::Llm, int status = 429,
                                 std::string body = {}) {
  return retry_hint({status, std::move(headers), std::move(body)}, {.service = service, .now = kNow});
}

HttpHeader after(std::string_view value) {
  return {"retry-after", std::string(value)};
}
HttpHeader after_ms(std::string_view value) {
  return {"retry-after-ms", std::string(value)};
}
HttpHeader date(std::string_view value = kDate) {
  return {"date", std::string(value)};
}

TEST(RetryHint, reads_every_form_that_servers_send) {
  const HintCase cases[] = {
      {"seconds", {after("5")}, 5s},
      {"the name in any case", {{"Retry-AFTER", "5"}}, 5s},
      {"leading zeros", {after("005")}, 5s},
      {"a fraction", {after("1.5")}, 1500ms},
      {"a fraction that no double holds", {after("0.3")}, 300ms},
      {"a nanosecond", {after("0.000000001")}, 1ns},
      {"finer than a nanosecond is never undercut", {after("1.0000000001")}, 1s + 1ns},
      {"a long run of zeros", {after("1." + std::string(1000, '0'))}, 1s},
      {"milliseconds", {after_ms("1500")}, 1500ms},
      {"a fraction of milliseconds", {after_ms("0.5")}, 500us},
      {"milliseconds beat seconds, though shorter", {after("5"), after_ms("200")}, 200ms},
      {"milliseconds beat seconds, though longer", {after_ms("7000"), after("5")}, 7s},
      {"unreadable milliseconds leave the seconds", {after_ms("soon"), after("5")}, 5s},
      {"zero milliseconds leave the seconds", {after_ms("0"), after("5")}, 5s},
      {"spaces", {after("  5\t")}, 5s},
      {"a day", {after("86400")}, 24h},
      {"three days", {after("277403")}, 277'403s},
      {"two headers, the longer first", {after("9"), after("5")}, 9s},
      {"two headers, the longer second", {after("5"), after("9")}, 9s},
      {"two headers, one unreadable", {after("soon"), after("9")}, 9s},
      {"two headers, one zero", {after("9"), after("0")}, 9s},
      {"a number against a date", {after("9"), after("Thu, 01 Jan 2026 00:00:20 GMT"), date()}, 20s},
      {"two headers of milliseconds", {after_ms("5"), after_ms("9")}, 9ms},
      {"the longest that can be held", {after("9223372036.854775807")}, kTooLong},
  };
  for (const auto& [why, headers, delay] : cases) {
    const auto hint = hint_of(headers);
    ASSERT_TRUE(hint) << why;
    EXPECT_EQ(hint->delay, delay) << why;
    EXPECT_EQ(hint->source, DelaySource::RetryAfter) << why;
  }
}

TEST(RetryHint, takes_infinity_and_overflow_for_too_long) {
  for (const std::string_view text : {"inf", "Infinity", "+inf", "+INFINITY", "9223372036.854775808", "9223372037",
                                      "99999999999999999999999999999999", "18446744073709551616",
                                      "18446744073709551617.5", "340282366920938463463374607431768211456"}) {
    ASSERT_TRUE(hint_of({after(text)})) << text;
    EXPECT_EQ(hint_of({after(text)})->delay, kTooLong) << text;
    EXPECT_EQ(hint_of({after(text)})->source, DelaySource::RetryAfter) << text;
  }
  EXPECT_EQ(hint_of({after(std::string(60'000, '9'))})->delay, kTooLong);
  EXPECT_EQ(hint_of({after_ms("inf")})->delay, kTooLong);
  EXPECT_EQ(hint_of({after_ms("9223372037")})->delay, 9'223'372'037ms) << "in milliseconds it is not";
  EXPECT_EQ(hint_of({after_ms("9223372036854.775808")})->delay, kTooLong);
  EXPECT_EQ(hint_of({after("5"), after("inf")})->delay, kTooLong);
}

TEST(RetryHint, is_none_where_it_is_zero_negative_or_unreadable) {
  for (const std::string_view text : {"",
                                      " ",
                                      "0",
                                      "0.0",
                                      "0.",
                                      "000",
                                      "-0",
                                      "-1",
                                      "-0.5",
                                      "-inf",
                                      "nan",
                                      "NaN",
                                      "soon",
                                      "1e3",
                                      "1e999",
                                      "0x10",
                                      "5s",
                                      "5 s",
                                      "1 2",
                                      "1,5",
                                      "5,10",
                                      "5, 10",
                                      ".5",
                                      "5.",
                                      ".",
                                      "+5",
                                      "--5",
                                      "5-",
                                      "\x01",
                                      "5\n",
                                      "1.5.5",
                                      "\xff",
                                      "\xd9\xa5",
                                      "1_000",
                                      "Thu",
                                      "Thu, 32 Jan 2026 00:00:20 GMT",
                                      "Thu, 01 Jan 2026 00:00:20 CET",
                                      "2026-01-02T00:00:00Z",
                                      "Thu, 01 Jan 9999 00:00:00",
                                      "Xxx, 01 Jan 9999 00:00:00 GMT",
                                      "Thu, 32 Jan 9999 00:00:00 GMT"}) {
    EXPECT_FALSE(hint_of({after(text), date()})) << text;
    EXPECT_FALSE(hint_of({after_ms(text), date()})) << text;
  }
  EXPECT_FALSE(hint_of({}));
}

TEST(RetryHint, reads_dates_against_the_answers_own_date) {
  const HintCase cases[] = {
      {"in the future", {after("Thu, 01 Jan 2026 00:00:20 GMT"), date()}, 20s},
      {"spaces around both", {after(" Thu, 01 Jan 2026 00:00:20 GMT "), date(" Thu, 01 Jan 2026 00:00:00 GMT ")}, 20s},
      {"the RFC 850 form", {after("Thursday, 01-Jan-26 00:00:20 GMT"), date()}, 20s},
      {"the asctime form", {after("Thu Jan  1 00:00:20 2026"), date()}, 20s},
      {"at that very second", {after(kDate), date()}, std::nullopt},
      {"in the past", {after("Wed, 31 Dec 2025 23:59:59 GMT"), date()}, std::nullopt},
      {"in the client's past, in the server's future", {after("Thu, 01 Jan 2026 00:00:01 GMT"), date()}, 1s},
      {"in the client's future, in the server's past",
       {after("Thu, 01 Jan 2026 13:00:00 GMT"), date("Thu, 01 Jan 2026 14:00:00 GMT")},
       std::nullopt},
      {"without a Date", {after("Thu, 01 Jan 2026 12:00:01 GMT")}, 750ms},
      {"with an unreadable Date", {after("Thu, 01 Jan 2026 12:00:01 GMT"), date("now")}, 750ms},
      {"without a Date, in the past", {after("Thu, 01 Jan 2026 12:00:00 GMT")}, std::nullopt},
      {"with a Date of another century",
       {after("Thu, 01 Jan 2026 12:00:01 GMT"), date("Fri, 01 Jan 1700 00:00:00 GMT")},
       750ms},
      {"a year past all that can be held", {after("Fri, 31 Dec 9999 23:59:59 GMT"), date()}, kTooLong},
      {"the last of February in such a year", {after("Tue, 29 Feb 2400 00:00:00 GMT"), date()}, kTooLong},
      {"no such day in such a year", {after("Sun, 29 Feb 2500 00:00:00 GMT"), date()}, std::nullopt},
  };
  for (const auto& [why, headers, delay] : cases) {
    const auto hint = hint_of(headers);
    EXPECT_EQ(hint ? std::optional(hint->delay) : std::nullopt, delay) << why;
  }
}

struct GitHubCase {
  std::string_view why;
  int status;
  HttpHeaders headers;
  std::string body;
  std::optional<RetryHint> hint;
};

TEST(RetryHint, of_github_falls_back_to_the_reset_and_then_to_a_minute) {
  const auto reset = [](std::string_view value) { return HttpHeader{"x-ratelimit-reset", std::string(value)}; };
  const HttpHeader none_left{"x-ratelimit-remaining", "0"};
  const HttpHeader some_left{"x-ratelimit-remaining", "12"};
  const std::string secondary = R"({"message":"You have exceeded a secondary rate limit."})";
  constexpr auto kReset = DelaySource::RateLimitReset;
  constexpr auto kAfter = DelaySource::RetryAfter;
  constexpr std::string_view kIn40 = "1767225640";  // 40 s after kDate.
  const GitHubCase cases[] = {
      {"reset on a 429", 429, {none_left, reset(kIn40), date()}, "", RetryHint{40s, kReset}},
      {"reset on a 403", 403, {none_left, reset(kIn40), date()}, "", RetryHint{40s, kReset}},
      {"two resets", 403, {none_left, reset(kIn40), reset("1767225650"), date()}, "", RetryHint{50s, kReset}},
      {"reset without a Date", 403, {none_left, reset("1767268801")}, "", RetryHint{750ms, kReset}},
      {"retry-after comes first", 403, {none_left, reset(kIn40), date(), after("5")}, "", RetryHint{5s, kAfter}},
      {"unreadable retry-after leaves the reset",
       403,
       {none_left, reset(kIn40), date(), after("x")},
       "",
       RetryHint{40s, kReset}},
      {"a reset in the past", 429, {none_left, reset("1767225600"), date()}, "", std::nullopt},
      {"an unreadable reset", 429, {none_left, reset("soon"), date()}, "", std::nullopt},
      {"a negative reset", 429, {none_left, reset("-5"), date()}, "", std::nullopt},
      {"a reset in milliseconds is too long",
       429,
       {none_left, reset("1767225640000"), date()},
       "",
       RetryHint{kTooLong, kReset}},
      {"an infinite reset", 429, {none_left, reset("inf"), date()}, "", RetryHint{kTooLong, kReset}},
      {"some are left", 429, {some_left, reset(kIn40), date()}, "", std::nullopt},
      {"a secondary limit on a 403", 403, {some_left, reset(kIn40), date()}, secondary, RetryHint{60s, kReset}},
      {"a secondary limit on a 429", 429, {}, secondary, RetryHint{60s, kReset}},
      {"a secondary limit with retry-after", 403, {after("7")}, secondary, RetryHint{7s, kAfter}},
      {"a secondary limit and none left", 403, {none_left, reset(kIn40), date()}, secondary, RetryHint{40s, kReset}},
      {"a secondary limit and a past reset", 403, {none_left, reset("1"), date()}, secondary, RetryHint{60s, kReset}},
      {"a secondary limit and zero", 403, {after("0")}, secondary, RetryHint{60s, kReset}},
      {"no rate limit but unavailable", 503, {none_left, reset(kIn40), date()}, secondary, std::nullopt},
      {"unavailable with retry-after", 503, {after("7")}, "", RetryHint{7s, kAfter}},
      {"a server error with retry-after", 502, {after("7")}, "", RetryHint{7s, kAfter}},
  };
  for (const auto& [why, status, headers, body, hint] : cases) {
    EXPECT_EQ(hint_of(headers, Service::GitHub, status, body), hint) << why;
    EXPECT_EQ(classify({status, headers, body}, {.service = Service::GitHub, .now = kNow})->hint, hint) << why;
  }
  EXPECT_FALSE(hint_of({some_left}, Service::Llm, 429, secondary)) << "GitHub's words are no model's";
}

TEST(RetryHint, of_models_is_the_longest_of_all_that_is_told) {
  const auto remaining = [](std::string_view of, std::string_view value) {
    return HttpHeader{"x-ratelimit-remaining-" + std::string(of), std::string(value)};
  };
  const auto reset = [](std::string_view of, std::string_view value) {
    return HttpHeader{"x-ratelimit-reset-" + std::string(of), std::string(value)};
  };
  constexpr auto kReset = DelaySource::RateLimitReset;
  constexpr auto kAfter = DelaySource::RetryAfter;
  const std::string in_7s = R"({"error":{"message":"Please try again in 7s."}})";
  const GitHubCase cases[] = {
      {"tokens", 429, {remaining("tokens", "0"), reset("tokens", "6m0s")}, "", RetryHint{6min, kReset}},
      {"requests", 429, {remaining("requests", "0"), reset("requests", "12ms")}, "", RetryHint{12ms, kReset}},
      {"tokens of a minute",
       429,
       {remaining("tokens-minute", "0"), reset("tokens-minute", "11.5"), remaining("requests-day", "9"),
        reset("requests-day", "33011.4")},
       "",
       RetryHint{11500ms, kReset}},
      {"a limit without a name",
       429,
       {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1767225640000"}, date()},
       "",
       RetryHint{40s, kReset}},
      {"headers that the body tells of",
       429,
       {date()},
       R"({"error":{"metadata":{"headers":{"X-RateLimit-Remaining":"0","X-RateLimit-Reset":"1767225640000"}}}})",
       RetryHint{40s, kReset}},
      {"an error within an error",
       429,
       {},
       R"x({"error":{"message":"Failed: {\"error\":{\"retryDelay\":\"5s\"}} (429)"}})x",
       RetryHint{5s, kAfter}},
      {"what is no error within an error", 429, {}, R"({"error":{"message":"{retryDelay: 5s} {"}})", std::nullopt},
      {"words of a reset", 429, {}, R"({"error":"Your quota will reset after 8h44m7s."})", RetryHint{31447s, kAfter}},
      {"seconds until a reset", 429, {}, R"({"error":{"resets_in_seconds":13872}})", RetryHint{13872s, kAfter}},
      {"some are left", 429, {remaining("tokens", "1"), reset("tokens", "6m0s")}, "", std::nullopt},
      {"of the other", 429, {remaining("tokens", "0"), reset("requests", "6m0s")}, "", std::nullopt},
      {"nothing is said of what is left", 429, {reset("tokens", "6m0s")}, "", std::nullopt},
      {"both",
       429,
       {remaining("tokens", "0"), reset("tokens", "1s"), remaining("requests", "0"), reset("requests", "2s")},
       "",
       RetryHint{2s, kReset}},
      {"a longer retry-after",
       429,
       {after("9"), remaining("tokens", "0"), reset("tokens", "1s")},
       "",
       RetryHint{9s, kAfter}},
      {"a shorter one",
       429,
       {after("9"), remaining("tokens", "0"), reset("tokens", "10s")},
       "",
       RetryHint{10s, kReset}},
      {"equal ones", 429, {after("9"), remaining("tokens", "0"), reset("tokens", "9s")}, "", RetryHint{9s, kAfter}},
      {"milliseconds beat seconds before", 429, {after("9"), after_ms("200")}, in_7s, RetryHint{7s, kAfter}},
      {"the body alone", 429, {}, in_7s, RetryHint{7s, kAfter}},
      {"the body on a 503", 503, {}, in_7s, RetryHint{7s, kAfter}},
      {"a longer reset than the body's",
       429,
       {remaining("tokens", "0"), reset("tokens", "8s")},
       in_7s,
       RetryHint{8s, kReset}},
      {"an epoch against the answer's own date",
       429,
       {remaining("tokens", "0"), reset("tokens", "1767225640"), date()},
       "",
       RetryHint{40s, kReset}},
      {"an endless one", 429, {remaining("tokens", "0"), reset("tokens", "inf")}, "", RetryHint{kTooLong, kReset}},
      {"zero", 429, {remaining("tokens", "0"), reset("tokens", "0s")}, "", std::nullopt},
  };
  for (const auto& [why, status, headers, body, hint] : cases) {
    EXPECT_EQ(hint_of(headers, Service::Llm, status, body), hint) << why;
    EXPECT_FALSE(hint_of({remaining("tokens", "0"), reset("tokens", "6m0s")}, Service::GitHub, 429)) << why;
  }
  EXPECT_FALSE(hint_of({}, Service::GitHub, 429, in_7s)) << "reading 5's order alone";
}

TEST(RetryHint, is_dropped_where_nothing_is_retried) {
  for (const int status : {400, 401, 402, 404, 409, 422}) {
    EXPECT_FALSE(classify({status, {after("5")}}, {.service = Service::GitHub, .now = kNow})->hint) << status;
  }
}

/// The accidents that other clients had, from the header to the decision.
TEST(RetryHint, leads_to_none_of_the_known_accidents) {
  const RetryPolicy policy{.attempts = 5, .backoff = {.initial_delay = 1s, .max_delay = 60s}};
  const auto decision = [&policy](HttpHeaders headers) {
    const Failure failure = classify({429, std::move(headers)}, {.service = Service::Llm, .now = kNow}).value();
    return decide(failure, {}, policy, Random(1));
  };
  for (const std::string_view hot_loop : {"nan", "NaN", "0", "-1", "Thu, 01 Jan 1970 00:00:00 GMT", "Invalid Date"}) {
    const Decision decided = decision({after(hot_loop), date()});
    ASSERT_TRUE(std::holds_alternative<RetryAfter>(decided)) << hot_loop;
    EXPECT_GE(std::get<RetryAfter>(decided).delay, 1s) << hot_loop;
    EXPECT_EQ(std::get<RetryAfter>(decided).source, DelaySource::Backoff) << hot_loop;
  }
  for (const std::string_view long_sleep : {"277403", "86400", "61", "60.000000001", "inf",
                                            "Thu, 01 Jan 2026 00:01:01 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"}) {
    const Decision decided = decision({after(long_sleep), date()});
    ASSERT_TRUE(std::holds_alternative<GiveUp>(decided)) << long_sleep << " must become neither a sleep nor a backoff";
    EXPECT_EQ(std::get<GiveUp>(decided).reason, GiveUpReason::RetryAfterTooLong) << long_sleep;
  }
  const Decision dated = decision({after("Thu, 01 Jan 2026 00:00:20 GMT"), date()});
  ASSERT_TRUE(std::holds_alternative<RetryAfter>(dated));
  EXPECT_GE(std::get<RetryAfter>(dated).delay, 20s) << "jitter undercut the server's wait";
  EXPECT_EQ(std::get<RetryAfter>(dated).source, DelaySource::RetryAfter);
}

}  // namespace
}  // namespace core
