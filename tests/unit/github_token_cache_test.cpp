#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/json/parse.hpp>
#include <list>

#include "core/github/token_cache.h"
#include "core/text/base64.h"
#include "tests/support/fake_environment.h"

namespace core {
namespace {
using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

/// One job that asks for a token.
struct Asker {
  boost::asio::cancellation_signal cancellation;
  std::optional<CallResult<InstallationToken>> result;
  bool aborted = false;

  std::string token() const { return result && *result ? (*result)->value : "none"; }
};

class TokenCacheTest : public testing::Test {
 protected:
  TokenCacheTest() {
    config_.token.retry.backoff.jitter.kind = JitterKind::None;
    config_.url = "https://github.test/";
  }

  tests::Reply minted(std::string_view token, Duration lifetime = 1h, Duration latency = 1s) const {
    const WallTime answered = fake_.clock.wall_now();
    return {HttpResponse{201,
                         {},
                         fmt::format(R"({{"token":"{}","expires_at":"{}","permissions":{{}}}})", token,
                                     format_utc(answered + lifetime))},
            latency};
  }

  Asker& ask(std::uint64_t installation, std::string job) {
    if (!cache_) cache_.emplace(fake_.environment, config_);
    Asker& asker = askers_.emplace_back();
    jobs_.push_back(std::move(job));
    boost::asio::co_spawn(
        *fake_.context, cache_->token(installation, Caller{jobs_.back()}),
        boost::asio::bind_cancellation_slot(asker.cancellation.slot(),
                                            [&asker](std::exception_ptr error, CallResult<InstallationToken> r) {
                                              asker.aborted = error != nullptr;
                                              if (!error) asker.result = std::move(r);
                                            }));
    fake_.clock.settle();
    return asker;
  }
  std::string token_after(Duration wait, std::uint64_t installation, std::string job) {
    const Asker& asker = ask(installation, std::move(job));
    fake_.clock.advance(wait);
    return asker.token();
  }
  void cancel(Asker& asker) {
    asker.cancellation.emit(boost::asio::cancellation_type::terminal);
    fake_.clock.settle();
  }

  GitHubConfig config_;
  std::list<Asker> askers_;
  std::list<std::string> jobs_;
  tests::FakeEnvironment fake_;
  std::optional<TokenCache> cache_;
};

TEST_F(TokenCacheTest, asks_as_github_documents) {
  fake_.http.replies = {minted("ghs_1")};
  EXPECT_EQ(token_after(1s, 42, "job 1/ä"), "ghs_1");
  ASSERT_EQ(fake_.http.requests.size(), 1U);
  const HttpRequest& request = fake_.http.requests[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://github.test/app/installations/42/access_tokens");
  EXPECT_EQ(find_header(request.headers, "accept"), "application/vnd.github+json");
  EXPECT_EQ(find_header(request.headers, "x-github-api-version"), "2022-11-28");
  EXPECT_EQ(find_header(request.headers, "user-agent"), "rehearse-runner/0.1.0");
  EXPECT_EQ(find_header(request.headers, kJobHeader), "job%201%2F%C3%A4");
  EXPECT_EQ(find_header(request.headers, "authorization"),
            "Bearer " + fake_.signer.signed_inputs.at(0) + ".c2lnbmF0dXJlIDE");
}

TEST_F(TokenCacheTest, mints_once_however_many_ask) {
  fake_.http.replies = {minted("ghs_1")};
  std::vector<Asker*> askers;
  for (int i = 0; i < 50; ++i) askers.push_back(&ask(1, fmt::format("job-{}", i)));
  fake_.clock.advance(1s);
  for (const Asker* asker : askers) EXPECT_EQ(asker->token(), "ghs_1");
  EXPECT_EQ(token_after(0s, 1, "late"), "ghs_1");
  EXPECT_EQ(fake_.http.requests.size(), 1U);
  EXPECT_EQ(fake_.trace.lines,
            (Lines{"0s call.started job=job-0 api=github.token attempt=1 max_attempts=5",
                   "1s call.succeeded job=job-0 api=github.token attempt=1 max_attempts=5 status=201"}));
}

TEST_F(TokenCacheTest, keeps_installations_apart) {
  fake_.http.replies = {minted("ghs_1"), minted("ghs_2")};
  const Asker& one = ask(1, "a");
  const Asker& two = ask(2, "b");
  fake_.clock.advance(1s);
  EXPECT_EQ(one.token(), "ghs_1");
  EXPECT_EQ(two.token(), "ghs_2");
}

TEST_F(TokenCacheTest, renews_five_minutes_before_expiry) {
  fake_.http.replies = {minted("ghs_1", 30min, 0s)};
  EXPECT_EQ(token_after(0s, 1, "a"), "ghs_1");
  fake_.clock.advance(25min - 1ns);
  EXPECT_EQ(token_after(0s, 1, "b"), "ghs_1");
  fake_.clock.advance(1ns);
  fake_.http.replies = {minted("ghs_2", 1h, 0s)};
  EXPECT_EQ(token_after(0s, 1, "c"), "ghs_2");
}

TEST_F(TokenCacheTest, follows_the_wall_clock_when_it_jumps) {
  fake_.http.replies = {minted("ghs_1", 1h, 0s)};
  EXPECT_EQ(token_after(0s, 1, "a"), "ghs_1");
  fake_.clock.shift_wall_clock(55min - 1ns);
  EXPECT_EQ(token_after(0s, 1, "b"), "ghs_1");
  fake_.clock.shift_wall_clock(1ns);
  fake_.http.replies = {minted("ghs_2", 1h, 0s)};
  EXPECT_EQ(token_after(0s, 1, "c"), "ghs_2");
}

TEST_F(TokenCacheTest, keeps_no_token_longer_when_the_wall_clock_is_set_back) {
  fake_.http.replies = {minted("ghs_1", 1h, 0s)};
  EXPECT_EQ(token_after(0s, 1, "a"), "ghs_1");
  fake_.clock.shift_wall_clock(-10h);
  EXPECT_EQ(token_after(0s, 1, "b"), "ghs_1");
  fake_.clock.advance(55min);
  fake_.http.replies = {minted("ghs_2", 1h, 0s)};
  EXPECT_EQ(token_after(0s, 1, "c"), "ghs_2");
}

TEST_F(TokenCacheTest, believes_no_expiry_past_the_hour_that_github_documents) {
  fake_.http.replies = {minted("ghs_1", 24h * 365 * 200, 0s)};
  EXPECT_EQ(token_after(0s, 1, "a"), "ghs_1");
  fake_.clock.advance(55min);
  fake_.http.replies = {minted("ghs_2", 1h, 0s)};
  EXPECT_EQ(token_after(0s, 1, "b"), "ghs_2");
}

TEST_F(TokenCacheTest, uses_but_does_not_keep_a_token_that_seems_to_have_expired) {
  fake_.http.replies = {minted("ghs_1", -2h, 0s), minted("ghs_2", 5min, 0s), minted("ghs_3", 1h, 0s)};
  for (const std::string_view token : {"ghs_1", "ghs_2", "ghs_3", "ghs_3"}) {
    EXPECT_EQ(token_after(0s, 1, "a"), token);
  }
}

TEST_F(TokenCacheTest, signs_anew_for_every_attempt) {
  fake_.http.replies = {{HttpResponse{503}}, {TransportError::Reset}, minted("ghs_1", 1h, 0s)};
  EXPECT_EQ(token_after(1min, 1, "a"), "ghs_1");
  ASSERT_EQ(fake_.signer.signed_inputs.size(), 3U);
  EXPECT_NE(fake_.signer.signed_inputs[0], fake_.signer.signed_inputs[1]) << "issued a second later";
  EXPECT_EQ(
      fake_.trace.lines.at(2),
      "0s call.retry job=a api=github.token attempt=2 max_attempts=5 failure=unavailable delay=1s source=backoff");
}

TEST_F(TokenCacheTest, gives_all_who_wait_the_same_failure_and_keeps_none) {
  const Asker& first = ask(1, "a");
  const Asker& second = ask(1, "b");
  fake_.clock.advance(65s);  // Five timeouts of 10 s; waits of 1, 2, 4 and 8 s.
  for (const Asker* asker : {&first, &second}) {
    ASSERT_TRUE(asker->result && !*asker->result);
    EXPECT_EQ(asker->result->error().reason, GiveUpReason::Exhausted);
    EXPECT_EQ(asker->result->error().failure.kind, FailureKind::Timeout);
  }
  EXPECT_EQ(fake_.trace.lines.back(),
            "65s call.gave_up job=a api=github.token max_attempts=5 attempts=5 reason=exhausted");
  fake_.http.replies = {minted("ghs_1")};
  EXPECT_EQ(token_after(1s, 1, "c"), "ghs_1");
}

TEST_F(TokenCacheTest, hands_the_hint_up_when_it_is_too_long) {
  fake_.http.replies = {{HttpResponse{429, {{"retry-after", "31"}}}}};
  const Asker& asker = ask(1, "a");
  fake_.clock.advance(0s);
  ASSERT_TRUE(asker.result && !*asker.result);
  EXPECT_EQ(asker.result->error().reason, GiveUpReason::RetryAfterTooLong);
  EXPECT_EQ(asker.result->error().failure.hint, RetryHint{31s});
}

TEST_F(TokenCacheTest, ends_all_patience_beyond_the_ceiling_and_asks_again_for_the_next) {
  fake_.http.replies = {{HttpResponse{429, {{"retry-after", "inf"}}}}, minted("ghs_1", 1h, 0s)};
  const Asker& first = ask(1, "a");
  const Asker& second = ask(1, "b");
  fake_.clock.advance(0s);
  for (const Asker* asker : {&first, &second}) {
    ASSERT_TRUE(asker->result && !*asker->result);
    EXPECT_EQ(asker->result->error().reason, GiveUpReason::RetryAfterTooLong);
    EXPECT_EQ(asker->result->error().patience, Patience::Over);
  }
  EXPECT_EQ(token_after(0s, 1, "c"), "ghs_1");
  EXPECT_EQ(fake_.http.requests.size(), 2U);
}

TEST_F(TokenCacheTest, waits_with_the_next_minting_for_as_long_as_the_last_was_told_to) {
  config_.token.retry.attempts = 1;
  fake_.http.replies = {{HttpResponse{429, {{"retry-after", "6"}}}}, minted("ghs_1", 1h, 0s)};
  ASSERT_EQ(token_after(0s, 1, "a"), "none");
  EXPECT_EQ(token_after(1s, 1, "b"), "none");
  EXPECT_EQ(token_after(5s - 1ns, 1, "c"), "none");
  EXPECT_EQ(fake_.http.requests.size(), 1U);
  fake_.clock.advance(1ns);
  EXPECT_EQ(askers_.back().token(), "ghs_1");
  EXPECT_EQ(fake_.http.requests.size(), 2U);
  EXPECT_EQ(fake_.trace.lines.at(3),
            "0s call.retry job=b api=github.token attempt=1 max_attempts=1 failure=rate_limited delay=6s "
            "source=retry_after");
  EXPECT_EQ(fake_.trace.lines.back(), "6s call.succeeded job=b api=github.token attempt=1 max_attempts=1 status=201");
}

TEST_F(TokenCacheTest, tells_whoever_asks_before_a_time_that_is_too_far_off) {
  fake_.http.replies = {{HttpResponse{429, {{"retry-after", "40"}}}}, minted("ghs_2", 1h, 0s), minted("ghs_1", 1h, 0s)};
  ask(1, "a");
  fake_.clock.advance(9s);
  const Asker& early = ask(1, "b");
  ASSERT_TRUE(early.result && !*early.result);
  EXPECT_EQ(early.result->error().reason, GiveUpReason::RetryAfterTooLong);
  EXPECT_EQ(early.result->error().failure.hint, RetryHint{31s});
  EXPECT_EQ(fake_.http.requests.size(), 1U);
  EXPECT_EQ(token_after(0s, 2, "of another installation"), "ghs_2");
  EXPECT_EQ(token_after(31s, 1, "c"), "none") << "it did not wait";
  EXPECT_EQ(token_after(0s, 1, "d"), "ghs_1");
}

TEST_F(TokenCacheTest, ends_the_wait_before_a_minting_when_it_is_cancelled) {
  config_.token.retry.attempts = 1;
  fake_.http.replies = {{HttpResponse{429, {{"retry-after", "6"}}}}};
  ask(1, "a");
  fake_.clock.advance(1s);
  const Asker& waiting = ask(1, "b");
  cache_->cancel();
  fake_.clock.settle();
  ASSERT_TRUE(waiting.result && !*waiting.result);
  EXPECT_EQ(waiting.result->error().reason, GiveUpReason::Cancelled);
  EXPECT_EQ(fake_.trace.lines.back(),
            "1s call.gave_up job=b api=github.token max_attempts=1 attempts=0 reason=cancelled");
  EXPECT_EQ(fake_.http.requests.size(), 1U);
}

TEST_F(TokenCacheTest, is_not_spoilt_by_the_cancellation_of_the_first_who_asked) {
  fake_.http.replies = {minted("ghs_1")};
  Asker& first = ask(1, "a");
  const Asker& second = ask(1, "b");
  fake_.clock.advance(500ms);
  cancel(first);
  EXPECT_TRUE(first.aborted);
  fake_.clock.advance(500ms);
  EXPECT_EQ(second.token(), "ghs_1");
  EXPECT_EQ(fake_.http.requests.size(), 1U);
  EXPECT_TRUE(fake_.trace.lines.back().starts_with("1s call.succeeded job=a")) << "the event of the first job";
}

TEST_F(TokenCacheTest, goes_on_minting_when_nobody_waits_any_more) {
  fake_.http.replies = {minted("ghs_1")};
  cancel(ask(1, "a"));
  fake_.clock.advance(1s);
  EXPECT_EQ(token_after(0s, 1, "b"), "ghs_1");
}

TEST_F(TokenCacheTest, ends_what_is_minted_when_it_is_cancelled_itself) {
  const Asker& asker = ask(1, "a");
  fake_.clock.advance(500ms);
  cache_->cancel();
  fake_.clock.settle();
  ASSERT_TRUE(asker.result && !*asker.result);
  EXPECT_EQ(asker.result->error().reason, GiveUpReason::Cancelled);
  EXPECT_EQ(fake_.trace.lines.back(),
            "500ms call.gave_up job=a api=github.token max_attempts=5 attempts=1 reason=cancelled");
  fake_.http.replies = {minted("ghs_1", 1h, 0s)};
  EXPECT_EQ(token_after(0s, 1, "b"), "ghs_1");
}

TEST_F(TokenCacheTest, may_go_before_those_who_wait) {
  fake_.http.replies = {minted("ghs_1")};
  const Asker& asker = ask(1, "a");
  cache_.reset();
  fake_.clock.advance(1s);
  EXPECT_EQ(asker.token(), "ghs_1");
}

TEST_F(TokenCacheTest, may_be_destroyed_with_all_who_wait) {
  fake_.http.replies = {minted("ghs_1")};
  ask(1, "a");
  ask(1, "b");
  fake_.context.reset();
  EXPECT_EQ(fake_.clock.waiting(), 0U);
}

TEST_F(TokenCacheTest, forgets_a_token_that_was_refused_but_not_its_successor) {
  fake_.http.replies = {minted("ghs_1", 1h, 0s), minted("ghs_2", 1h, 0s)};
  EXPECT_EQ(token_after(0s, 1, "a"), "ghs_1");
  cache_->discard(1, "ghs_1");
  EXPECT_EQ(token_after(0s, 1, "b"), "ghs_2");
  cache_->discard(1, "ghs_1");
  cache_->discard(7, "ghs_1");
  EXPECT_EQ(token_after(0s, 1, "c"), "ghs_2");
}

TEST_F(TokenCacheTest, says_when_a_token_was_born_and_whether_it_is_still_the_one) {
  fake_.http.replies = {minted("ghs_1", 1h, 2s)};
  Asker& first = ask(1, "a");
  fake_.clock.advance(5s);
  EXPECT_EQ((*first.result)->since, SteadyTime(2s)) << "when the answer arrived";
  EXPECT_EQ((*ask(1, "b").result)->since, SteadyTime(2s));
  EXPECT_TRUE(cache_->holds(1, "ghs_1"));
  EXPECT_FALSE(cache_->holds(2, "ghs_1"));
  EXPECT_FALSE(cache_->holds(1, "ghs_2"));
  fake_.clock.advance(55min - 5s - 1ns);
  EXPECT_TRUE(cache_->holds(1, "ghs_1"));
  fake_.clock.advance(1ns);
  EXPECT_FALSE(cache_->holds(1, "ghs_1"));
  EXPECT_FALSE(cache_->has_discarded(1, "ghs_1")) << "it is only too old";
  fake_.http.replies = {minted("ghs_2", 1h, 0s)};
  EXPECT_EQ(token_after(0s, 1, "c"), "ghs_2");
  EXPECT_TRUE(cache_->has_discarded(1, "ghs_1")) << "another has taken its place";
  EXPECT_FALSE(cache_->has_discarded(1, "ghs_2"));
  cache_->discard(1, "ghs_2");
  EXPECT_FALSE(cache_->holds(1, "ghs_2"));
  EXPECT_TRUE(cache_->has_discarded(1, "ghs_2"));
  EXPECT_FALSE(cache_->has_discarded(2, "ghs_2")) << "nothing is known of that installation";
}

TEST(InstallationToken, settles_for_ten_seconds) {
  const InstallationToken token{"ghs_1", SteadyTime(5s)};
  EXPECT_EQ(settling_for(token, SteadyTime(5s)), 10s);
  EXPECT_EQ(settling_for(token, SteadyTime(15s - 1ns)), 1ns);
  EXPECT_EQ(settling_for(token, SteadyTime(15s)), std::nullopt);
}

TEST_F(TokenCacheTest, keeps_the_tokens_of_a_thousand_installations_and_no_more) {
  config_.token.retry.attempts = 1;
  // The first is refused for hours: a server's wish is not forgotten for want of room.
  fake_.http.replies = {{HttpResponse{429, {{"retry-after", "36000"}}}}};
  EXPECT_EQ(token_after(0s, 7000, "a"), "none");
  for (std::uint64_t installation = 1; installation <= 2000; ++installation) {
    fake_.http.replies = {minted(fmt::format("ghs_{}", installation), 1h, 0s)};
    EXPECT_EQ(token_after(1ms, installation, "a"), fmt::format("ghs_{}", installation));
  }
  std::size_t held = 0;
  for (std::uint64_t i = 1; i <= 2000; ++i) held += cache_->holds(i, fmt::format("ghs_{}", i)) ? 1 : 0;
  EXPECT_EQ(held, 1023U);
  EXPECT_TRUE(cache_->holds(2000, "ghs_2000"));
  EXPECT_FALSE(cache_->holds(1, "ghs_1")) << "the one that would be renewed first made room";
  const std::size_t requests = fake_.http.requests.size();
  EXPECT_EQ(token_after(0s, 7000, "b"), "none");
  EXPECT_EQ(fake_.http.requests.size(), requests);
}

TEST_F(TokenCacheTest, serves_any_number_of_installations) {
  for (std::uint64_t installation = 1; installation <= 3000; ++installation) {
    fake_.http.replies = {minted(fmt::format("ghs_{}", installation), 5min + 1s, 0s)};
    EXPECT_EQ(token_after(1s, installation, "a"), fmt::format("ghs_{}", installation));
  }
}

TEST_F(TokenCacheTest, takes_only_the_answer_that_was_asked_for) {
  const std::string long_token(4097, 'a');
  const std::string expiry = R"("expires_at":"1970-01-02T01:00:00Z")";
  const std::pair<int, std::string> cases[] = {{200, R"({"token":"ghs_1",)" + expiry + "}"},
                                               {201, ""},
                                               {201, "[]"},
                                               {201, "null"},
                                               {201, R"({"token":"ghs_1")"},
                                               {201, R"({"token":"ghs_1"})"},
                                               {201, "{" + expiry + "}"},
                                               {201, R"({"token":null,)" + expiry + "}"},
                                               {201, R"({"token":"",)" + expiry + "}"},
                                               {201, R"({"token":"a b",)" + expiry + "}"},
                                               {201, R"({"token":"a\r\nX-Evil: 1",)" + expiry + "}"},
                                               {201, R"({"token":"ä",)" + expiry + "}"},
                                               {201, R"({"token":")" + long_token + "\"," + expiry + "}"},
                                               {201, R"({"token":"ghs_1","expires_at":1767225600})"},
                                               {201, R"({"token":"ghs_1","expires_at":"soon"})"},
                                               {201, R"({"token":"ghs_1","expires_at":"9999-01-01T00:00:00Z"})"}};
  config_.token.retry.attempts = 1;
  for (const auto& [status, body] : cases) {
    fake_.http.replies = {{HttpResponse{status, {}, body}}};
    const Asker& asker = ask(1, "a");
    fake_.clock.advance(0s);
    ASSERT_TRUE(asker.result && !*asker.result) << body;
    EXPECT_EQ(asker.result->error().failure.kind, FailureKind::Malformed) << body;
    EXPECT_EQ(asker.result->error().failure.status, status) << body;
    EXPECT_EQ(asker.result->error().failure.message.find("ghs_"), std::string::npos) << "a token is a secret";
  }
  fake_.http.replies = {{HttpResponse{201, {}, R"({"token":")" + long_token.substr(1) + "\"," + expiry + "}"}}};
  EXPECT_EQ(token_after(0s, 1, "a"), long_token.substr(1));
}

/// The `iat` of each JWT that was signed, in seconds after the machine's own clock.
std::vector<std::int64_t> issued_after(const tests::FakeEnvironment& fake) {
  std::vector<std::int64_t> issued;
  for (const std::string& input : fake.signer.signed_inputs) {
    const auto claims = base64url_decode(std::string_view(input).substr(input.find('.') + 1)).value();
    const auto now = std::chrono::floor<std::chrono::seconds>(fake.clock.wall_now().time_since_epoch()).count();
    issued.push_back(boost::json::parse(claims).at("iat").as_int64() - now);
  }
  return issued;
}

tests::Reply refused_at(WallTime date, int status = 401) {
  return {HttpResponse{status, {{"date", format_http_date(date)}}, R"({"message":"Bad credentials"})"}};
}

TEST_F(TokenCacheTest, corrects_its_clock_by_an_answer_that_refuses_its_jwt) {
  for (const Duration skew : {Duration(2h), Duration(-2h), Duration(40s), Duration(-40s)}) {
    tests::FakeEnvironment fake;
    TokenCache cache(fake.environment, config_);
    const WallTime github = fake.clock.wall_now() + skew;
    const std::string expiry = format_utc(github + 1h);
    const std::string body = fmt::format(R"({{"token":"ghs_1","expires_at":"{}"}})", expiry);
    fake.http.replies = {refused_at(github), {HttpResponse{201, {}, body}}};
    std::string got;
    for (const Duration wait : {Duration(0s), Duration(54min)}) {
      fake.clock.advance(wait);
      boost::asio::co_spawn(
          *fake.context, cache.token(1, Caller{"a"}),
          [&](std::exception_ptr, CallResult<InstallationToken> r) { got += r ? r->value + ' ' : "none "; });
      fake.clock.settle();
    }
    EXPECT_EQ(got, "ghs_1 ghs_1 ") << "the expiry, too, is by GitHub's clock";
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(skew).count();
    EXPECT_EQ(issued_after(fake), (std::vector<std::int64_t>{-60 - 54 * 60, seconds - 60 - 54 * 60}));
    EXPECT_EQ(fake.trace.lines, (Lines{"0s call.started job=a api=github.token attempt=1 max_attempts=5",
                                       "0s call.succeeded job=a api=github.token attempt=1 max_attempts=5 status=201"}))
        << "both requests are one attempt";
  }
}

TEST_F(TokenCacheTest, corrects_its_clock_once_and_only_for_a_difference_that_matters) {
  const WallTime now = fake_.clock.wall_now();
  const std::vector<std::pair<std::vector<tests::Reply>, std::size_t>> cases = {
      {{refused_at(now + 30s), minted("ghs_1")}, 1},
      {{refused_at(now - 30s), minted("ghs_1")}, 1},
      {{refused_at(now + 2h, 403), minted("ghs_1")}, 1},
      {{{HttpResponse{401, {{"date", "soon"}}}}, minted("ghs_1")}, 1},
      {{{HttpResponse{401}}, minted("ghs_1")}, 1},
      {{refused_at(now + 2h), refused_at(now + 5h), minted("ghs_1")}, 2},
  };
  for (const auto& [replies, requests] : cases) {
    tests::FakeEnvironment fake;
    TokenCache cache(fake.environment, config_);
    fake.http.replies = {replies.begin(), replies.end()};
    std::optional<CallResult<InstallationToken>> result;
    boost::asio::co_spawn(*fake.context, cache.token(1, Caller{"a"}),
                          [&](std::exception_ptr, CallResult<InstallationToken> r) { result = std::move(r); });
    fake.clock.advance(1s);
    ASSERT_TRUE(result && !*result) << fmt::format("{}", fmt::join(fake.trace.lines, "\n"));
    EXPECT_EQ(result->error().reason, GiveUpReason::NotRetryable);
    EXPECT_EQ(fake.http.requests.size(), requests);
  }
}

TEST_F(TokenCacheTest, corrects_its_clock_within_the_timeout_of_one_attempt) {
  config_.token.retry.attempts = 1;
  tests::Reply slow = refused_at(fake_.clock.wall_now() + 2h);
  slow.latency = 7s;
  fake_.http.replies = {slow, minted("ghs_1", 1h, 4s)};
  EXPECT_EQ(token_after(10s, 1, "a"), "none");
  EXPECT_EQ(fake_.trace.lines.back(),
            "10s call.gave_up job=a api=github.token max_attempts=1 attempts=1 reason=exhausted");
}

TEST_F(TokenCacheTest, does_not_retry_without_a_signature) {
  fake_.signer.broken = true;
  const Asker& asker = ask(1, "a");
  ASSERT_TRUE(asker.result && !*asker.result);
  EXPECT_EQ(asker.result->error().reason, GiveUpReason::NotRetryable);
  EXPECT_EQ(asker.result->error().failure.code, "ERR_SIGNING");
  EXPECT_EQ(asker.result->error().failure.kind, FailureKind::ClientError);
  EXPECT_TRUE(fake_.http.requests.empty());
}

TEST_F(TokenCacheTest, draws_other_jitter_for_another_installation_and_for_the_next_mint) {
  config_.token.retry.backoff.jitter.kind = JitterKind::Full;
  config_.token.retry.attempts = 2;
  for (const std::uint64_t installation : {1, 1, 2}) {
    ask(installation, "a");
    fake_.clock.advance(1min);
  }
  std::vector<std::string> delays;
  for (const std::string& line : fake_.trace.lines) {
    if (line.find("call.retry") != std::string::npos) delays.push_back(line.substr(line.find("delay=")));
  }
  ASSERT_EQ(delays.size(), 3U);
  EXPECT_NE(delays[0], delays[1]);
  EXPECT_NE(delays[0], delays[2]);
  EXPECT_NE(delays[1], delays[2]);
}

}  // namespace
}  // namespace core
