// The token cache of a machine whose wall clock is wrong by hours.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

#include "core/github/token_cache.h"
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
      boost::asio::co_spawn(*fake.context, cache.token(1, "a"),
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

}  // namespace
}  // namespace core
