// The token cache of a machine whose wall clock is wrong by hours.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

#include "core/github/github_clock.h"
#include "core/github/token_cache.h"
#include "core/retry/answer_time.h"
#include "core/retry/classify.h"
#include "tests/support/fake_environment.h"

namespace core {
namespace {
using namespace std::chrono_literals;

tests::Reply refused_at(WallTime date) {
  return {HttpResponse{401, {{"date", format_http_date(date)}}, R"({"message":"'Issued at' claim ('iat') must be"})"}};
}

// The machine's clock is set right, or wrong, while it runs: what GitHub's clock says is learnt anew, and a token is
// kept by what is left of its hour.
TEST(TokenCacheClock, copes_with_a_clock_that_differs_by_hours_and_then_does_not) {
  for (const Duration skew : {Duration(3h), Duration(-3h)}) {
    tests::FakeEnvironment fake;
    const GitHubConfig config;
    TokenCache cache(fake.environment, config);
    const auto ask_once = [&] {
      std::string got = "none";
      boost::asio::co_spawn(*fake.context, cache.token(1, Caller{"a"}),
                            [&](std::exception_ptr, CallResult<InstallationToken> r) { got = r ? r->value : "none"; });
      fake.clock.advance(0s);
      return got;
    };
    const WallTime github = fake.clock.wall_now();
    const auto body = [&](std::string_view token, Duration since_start) {
      return HttpResponse{
          201, {}, fmt::format(R"({{"token":"{}","expires_at":"{}"}})", token, format_utc(github + since_start + 1h))};
    };
    fake.clock.shift_wall_clock(skew);
    fake.http.replies = {refused_at(github), {body("ghs_1", 0s)}};
    EXPECT_EQ(ask_once(), "ghs_1");
    // Set right: what was learnt is wrong now, and is found out with the next JWT that is refused.
    fake.clock.shift_wall_clock(-skew);
    cache.discard(1, "ghs_1");
    fake.http.replies = {refused_at(github), {body("ghs_2", 0s)}};
    EXPECT_EQ(ask_once(), "ghs_2");
    fake.clock.advance(55min - 1s);
    EXPECT_EQ(ask_once(), "ghs_2");
    fake.clock.advance(1s);
    fake.http.replies = {{body("ghs_3", 55min)}};
    EXPECT_EQ(ask_once(), "ghs_3");
  }
}

// No JWT is made for a day that a broken proxy names, and the answer that named it is told of.
TEST(GitHubClock, is_not_moved_by_more_than_a_day) {
  tests::FakeEnvironment fake;
  fake.clock.shift_wall_clock(490'000h);  // Far from 1970.
  const WallTime own = fake.clock.wall_now();
  const auto answer = [](WallTime date) { return HttpResponse{401, {{"date", format_http_date(date)}}, {}}; };
  for (const WallTime date : {own + 24h, own - 24h, own + 31s}) {
    GitHubClock clock(fake.clock);
    EXPECT_TRUE(clock.learn(answer(date), clock.ahead()));
    EXPECT_EQ(clock.now(), date);
    EXPECT_EQ(clock.disbelief(answer(date)), "");
  }
  for (const WallTime date : {own + 24h + 1s, own - 24h - 1s, WallTime{}, WallTime{} - 1s, WallTime(2'000'000h)}) {
    GitHubClock clock(fake.clock);
    EXPECT_FALSE(clock.learn(answer(date), clock.ahead()));
    EXPECT_EQ(clock.now(), own);
    EXPECT_NE(clock.disbelief(answer(date)).find("its Date, " + format_utc(date)), std::string::npos);
    EXPECT_EQ(clock.disbelief({200, answer(date).headers, {}}), "");
  }
  GitHubClock silent(fake.clock);
  EXPECT_EQ(silent.disbelief({401, {}, {}}), "");
}

// In two steps of less than a day each it would be anywhere.
TEST(GitHubClock, is_not_moved_by_more_than_a_day_step_by_step) {
  tests::FakeEnvironment fake;
  const WallTime own = fake.clock.wall_now();
  GitHubClock clock(fake.clock);
  for (const Duration ahead : {Duration(20h), Duration(40h)}) {
    (void)clock.learn({401, {{"date", format_http_date(own + ahead)}}, {}}, clock.ahead());
  }
  EXPECT_EQ(clock.now(), own + 20h);
}

// What an answer asks to wait until is meant by the service's clock, which its Date header tells.
TEST(HintsByAnotherClock, are_meant_by_the_answers_own_date) {
  const WallTime github(std::chrono::seconds(1'767'225'600));
  for (const Duration skew : {Duration(5h), Duration(-5h)}) {
    const ClassifyContext context{.service = Service::GitHub, .now = github + skew};
    const std::string date = format_http_date(github);
    const HttpResponse until{429, {{"date", date}, {"retry-after", format_http_date(github + 20s)}}, {}};
    EXPECT_EQ(retry_hint(until, context)->delay, 20s);
    const HttpResponse reset{
        403, {{"date", date}, {"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1767225630"}}, {}};
    EXPECT_EQ(retry_hint(reset, context)->delay, 30s);
  }
}

// The service is right and says so twice, by its Date and by the moment; the machine's clock is wrong by days or years.
TEST(HintsByAnotherClock, are_meant_by_the_date_where_the_own_clock_is_days_away) {
  const WallTime service(std::chrono::seconds(1'767'225'600));
  const HttpHeader date{"date", format_http_date(service)};
  const HttpResponse after{429, {date, {"retry-after", format_http_date(service + 5s)}}, {}};
  const HttpResponse in_the_body{429, {date}, R"({"error":{"retry_after":"2026-01-01T00:00:05Z"}})"};
  const HttpResponse limit{
      429, {date, {"x-ratelimit-remaining-tokens", "0"}, {"x-ratelimit-reset-tokens", "1767225605"}}, {}};
  const HttpResponse github{403, {date, {"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1767225605"}}, {}};
  for (const Duration ahead : {Duration(48h), Duration(-48h), Duration(300'000h), Duration(-490'000h)}) {
    for (const HttpResponse& response : {after, in_the_body, limit, github}) {
      const bool is_github = response.status == 403;
      const auto hint = retry_hint(
          response, {.service = is_github ? Service::GitHub : Service::Llm, .now = saturating_add(service, ahead)});
      ASSERT_TRUE(hint) << ahead.count();
      EXPECT_EQ(hint->delay, 5s) << ahead.count();
    }
  }
}

TEST(AnswerTime, is_by_the_date_that_the_own_clock_or_the_moment_is_near) {
  const WallTime own(std::chrono::seconds(1'767'225'600));
  for (const WallTime date : {own - 24h, own, own + 24h}) {
    for (const WallTime moment : {date - 1s, date + 30s, date + 72h, WallTime{}, WallTime::max()}) {
      EXPECT_EQ(AnswerTime(own, date).before(moment), date) << "near the own clock";
    }
  }
  for (const WallTime date : {own - 24h - 1s, own + 24h + 1s, WallTime{}, WallTime::max() - 1s, WallTime::min() + 1s}) {
    const AnswerTime answered(own, date);
    EXPECT_EQ(answered.before(date), date);
    EXPECT_EQ(answered.before(saturating_add(date, 24h)), date) << "the service agrees with itself";
    EXPECT_EQ(answered.before(date - 1s), own);
    const bool has_more_days = date < WallTime::max() - 25h;
    EXPECT_EQ(answered.before(has_more_days ? date + 24h + 1s : date - 1s), own);
  }
  EXPECT_EQ(AnswerTime(own).before(own + 5s), own);
}

TEST(HintsByAnotherClock, are_meant_by_the_own_clock_where_the_answers_date_is_years_away) {
  const WallTime own(std::chrono::seconds(1'767'225'600));
  const ClassifyContext context{.service = Service::GitHub, .now = own};
  for (const std::string_view date : {"Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 01 Jan 2099 00:00:00 GMT"}) {
    const HttpResponse reset{
        429, {{"date", std::string(date)}, {"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1767225630"}}, {}};
    ASSERT_TRUE(retry_hint(reset, context)) << date;
    EXPECT_EQ(retry_hint(reset, context)->delay, 30s) << date;
  }
}

}  // namespace
}  // namespace core
