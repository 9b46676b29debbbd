// The invariant `hints`: what a failure tells of the wait that its answer asked for; and what `attempts` says of a
// model's 429.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/invariants/account.h"
#include "sim/invariants/families.h"
#include "tests/unit/event_line.h"

namespace sim {
namespace {

using core::Duration;
using core::SteadyTime;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Hints : public testing::Test {
 protected:
  std::vector<std::string> found() const {
    std::vector<std::string> lines;
    for (const Violation& each : findings_.kept()) lines.push_back(each.invariant + ": " + each.message);
    return lines;
  }
  Exchange chat(int status) const {
    return {.runner = "runner-1",
            .operation = "chat",
            .job = "a",
            .sent = SteadyTime(0s),
            .answered = SteadyTime(1s),
            .status = status};
  }
  void asked(int status, Duration wait) {
    Exchange exchange = chat(status);
    exchange.asked_to_wait = wait;
    tell(exchange);
  }
  void tell(const Exchange& exchange) {
    hints_->on_exchange(exchange);
    attempts_->on_exchange(exchange);
  }
  /// "rate_limited status=429 hint=5s"
  void failed(const std::string& how, std::string_view at = "1s") {
    const Line line(fmt::format("{} call.failed api=llm.chat attempt=1 failure={}", at, how));
    const CallState begun{.phase = CallState::Phase::Started, .attempt = 1};
    hints_->on_call(line.event, begun);
    attempts_->on_call(line.event, begun);
  }

  core::Config config_;
  Findings findings_;
  InvariantPointer hints_ = make_hints_invariant(findings_);
  InvariantPointer attempts_ = make_attempts_invariant(config_, findings_);
};

TEST_F(Hints, tell_what_was_asked_for_and_what_rounding_adds) {
  asked(429, 5s);
  failed("rate_limited status=429 hint=5s");
  asked(429, 5s);
  failed("rate_limited status=429 hint=7s");
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(Hints, are_not_shorter) {
  asked(429, 5s);
  failed("rate_limited status=429 hint=4999999999ns");
  EXPECT_THAT(found(), ElementsAre("hints: llm.chat asked for a wait of 5s, and the failure tells 4.999999999s"));
}

TEST_F(Hints, are_not_longer) {
  asked(429, 5s);
  failed("rate_limited status=429 hint=7001ms");
  EXPECT_THAT(found(), ElementsAre(HasSubstr("tells 7.001s")));
}

TEST_F(Hints, are_there_where_a_failure_is_retried) {
  asked(503, 5s);
  failed("unavailable status=503");
  EXPECT_THAT(found(), ElementsAre(HasSubstr("tells none")));
}

TEST_F(Hints, are_not_asked_for_where_it_is_final) {
  asked(403, 5s);
  failed("forbidden status=403");
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(Hints, of_more_than_a_day_are_not_judged_where_clocks_are_days_apart) {
  hints_->on_clock_shift("runner-2", 48h);
  asked(429, 72h);
  failed("rate_limited status=429 hint=120h");
  EXPECT_THAT(found(), ElementsAre(HasSubstr("tells 432000s"))) << "its own clock is right";
  hints_->on_clock_shift("runner-1", -48h);
  asked(429, 72h);
  failed("rate_limited status=429 hint=120h");
  EXPECT_THAT(found(), testing::SizeIs(1));
  asked(429, 5s);
  failed("rate_limited status=429 hint=48h");
  EXPECT_THAT(found(), testing::SizeIs(2)) << "what is near the service's Date can be read by anybody";
}

TEST_F(Hints, are_those_of_that_answer) {
  asked(429, 5s);
  failed("rate_limited status=429 hint=1s", "2s");
  asked(429, 5s);
  failed("unavailable status=503 hint=1s");
  asked(429, 5s);
  hints_->on_answer_held_back("runner-1", "chat", "a");
  failed("rate_limited status=429 hint=1s");
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(Hints, are_not_judged_where_a_rule_wrote_the_body) {
  Exchange exchange = chat(429);
  exchange.asked_to_wait = 5s;
  exchange.has_rule_body = true;
  tell(exchange);
  failed("rate_limited status=429 hint=9s");
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(Hints, of_an_account_are_none) {
  Exchange exchange = chat(429);
  exchange.names_used_up = true;
  tell(exchange);
  failed("rate_limited status=429");
  EXPECT_THAT(found(), ElementsAre("attempts: llm.chat takes a 429 that no waiting cures for rate_limited"));
}

TEST_F(Hints, of_a_limit_are_no_account_s) {
  tell(chat(429));
  failed("client_error status=429");
  EXPECT_THAT(found(), ElementsAre("attempts: llm.chat takes a 429 that is of a rate limit for client_error"));
}

TEST(UsedUpAccount, is_named_where_codes_stand) {
  EXPECT_TRUE(names_used_up_account(R"({"error":{"code":"insufficient_quota"}})"));
  EXPECT_TRUE(names_used_up_account(R"({"error":{"type":"INSUFFICIENT_QUOTA"}})"));
  EXPECT_TRUE(names_used_up_account(R"([{"error":{"details":{"error_code":1113}}}])"));
  EXPECT_TRUE(names_used_up_account(R"({"error":{"message":"Your prepayment credits are depleted."}})"));
  EXPECT_TRUE(names_used_up_account(R"({"error":{"metadata":{"raw":"E: {\"code\":\"insufficient_quota\"}"}}})"));
  EXPECT_FALSE(names_used_up_account(R"({"error":{"metadata":{"raw":"} {\"code\":\"insufficient_quota\""}}})"));
  EXPECT_FALSE(names_used_up_account(R"({"error":{"code":"rate_limit_exceeded","retry_after_ms":1113}})"));
  EXPECT_FALSE(names_used_up_account(R"({"error":{"message":"insufficient_quota is what it is not"}})"));
  EXPECT_FALSE(names_used_up_account("insufficient_quota"));
  EXPECT_FALSE(names_used_up_account(""));
}

}  // namespace
}  // namespace sim
