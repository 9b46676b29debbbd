#include "core/limits/limits.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "tests/support/jumping_clock.h"

namespace core {
namespace {
using namespace std::chrono_literals;

Failure limited(std::optional<RetryHint> hint) {
  Failure failure{.kind = FailureKind::RateLimited, .status = 429};
  failure.hint = hint;
  return failure;
}

/// An attempt that a guard is asked about.
struct Asking {
  Asking(Limits& limits, std::string credential, std::string_view api, SteadyTime since)
      : guard(limits),
        name(std::move(credential)),
        attempt{.api = api, .credential = name, .call_since = since, .run_since = since} {}
  Asking(const Asking&) = delete;

  bool admitted() { return std::holds_alternative<Admit>(guard.admit(attempt, waiter)); }
  Delay delayed() { return std::get<Delay>(guard.admit(attempt, waiter)); }
  void refused(std::optional<RetryHint> hint) {
    const Failure failure = limited(hint);
    guard.ended(attempt, waiter, AttemptEnd::Failed, &failure);
    waiter = {};
  }
  void succeeded() { guard.ended(attempt, waiter, AttemptEnd::Succeeded, nullptr); }

  Limits& guard;
  const std::string name;
  const Attempt attempt;
  Waiter waiter;
};

constexpr auto any = [](std::string_view) { return true; };

class LimitsTest : public testing::Test {
 protected:
  Asking ask(std::string_view api, std::string credential = "key") {
    return {limits_, std::move(credential), api, clock_.now()};
  }

  std::vector<KnownLimit> known_limits() const {
    KnownToGuards known;
    limits_.tell(known);
    return known.limits;
  }

  tests::JumpingClock clock_;
  Limits limits_{clock_, 5min, 1h};
};

TEST_F(LimitsTest, a_refusal_holds_back_every_call_of_its_credential_and_no_other) {
  Asking first = ask("create");
  ASSERT_TRUE(first.admitted());
  first.refused(RetryHint{60s, DelaySource::RateLimitReset});

  Asking list = ask("list");
  const Delay delay = list.delayed();
  EXPECT_EQ(delay.delay, 60s);
  ASSERT_TRUE(delay.held_back);
  EXPECT_EQ(delay.held_back->source, DelaySource::RateLimitReset);
  EXPECT_EQ(delay.held_back->failure, FailureKind::RateLimited);
  EXPECT_TRUE(ask("list", "other").admitted());
  clock_.advance(60s);
  EXPECT_TRUE(list.admitted());
}

TEST_F(LimitsTest, say_what_is_known_of_each_operation) {
  EXPECT_TRUE(known_limits().empty());
  Asking passed = ask("create"), first = ask("create"), second = ask("create"), other = ask("list", "other");
  ASSERT_TRUE(passed.admitted());
  passed.succeeded();
  ASSERT_TRUE(first.admitted());
  ASSERT_TRUE(other.admitted());
  first.refused(RetryHint{60s, DelaySource::RateLimitReset});
  ASSERT_FALSE(second.admitted());
  clock_.advance(20s);
  const std::vector<KnownLimit> known = known_limits();
  ASSERT_EQ(known.size(), 2U);
  EXPECT_EQ(known[0].credential, "key");
  EXPECT_EQ(known[0].api, "create");
  EXPECT_EQ(known[0].held, 40s);
  EXPECT_EQ(known[0].calls, 1U);
  EXPECT_EQ(known[0].window, 60s);
  EXPECT_EQ(known[0].waiting, 1U);
  EXPECT_EQ(known[1].credential, "other");
  EXPECT_EQ(known[1].held, 0s);
  EXPECT_FALSE(known[1].calls);
  EXPECT_EQ(known[1].waiting, 0U);
}

TEST_F(LimitsTest, who_has_waited_longest_goes_first_although_it_was_refused) {
  Asking first = ask("create");
  ASSERT_TRUE(first.admitted());
  clock_.advance(10ms);
  Asking second = ask("create");
  ASSERT_FALSE(second.admitted()) << "nobody knows yet whether there is a limit";
  first.refused(RetryHint{10s});
  EXPECT_EQ(first.delayed().delay, 10s);
  clock_.advance(10s);
  EXPECT_FALSE(second.admitted());
  EXPECT_TRUE(first.admitted());
}

TEST_F(LimitsTest, who_comes_later_waits_behind_those_that_wait) {
  Asking first = ask("create");
  ASSERT_TRUE(first.admitted());
  first.refused(RetryHint{10s});
  ASSERT_FALSE(first.admitted());
  clock_.advance(10s);
  Asking late = ask("create");
  EXPECT_FALSE(late.admitted());
  EXPECT_TRUE(first.admitted());
  first.succeeded();
  EXPECT_TRUE(late.admitted());
}

TEST_F(LimitsTest, gives_up_what_would_wait_for_too_long) {
  Asking first = ask("create");
  ASSERT_TRUE(first.admitted());
  first.refused(RetryHint{7min});
  const Admission admission = first.guard.admit(first.attempt, first.waiter);
  const auto* refuse = std::get_if<Refuse>(&admission);
  ASSERT_NE(refuse, nullptr);
  EXPECT_EQ(refuse->reason, GiveUpReason::Limited);
  EXPECT_EQ(refuse->failure.kind, FailureKind::RateLimited);
  EXPECT_EQ(refuse->failure.hint, RetryHint{7min});
  const auto long_wait = limits_.wait_of_one_more("key", any);
  ASSERT_TRUE(long_wait);
  EXPECT_EQ(long_wait->wait, 7min);
  EXPECT_EQ(long_wait->outcome, AgentOutcome::RateLimited);
  EXPECT_FALSE(limits_.wait_of_one_more("other", any));
}

TEST_F(LimitsTest, counts_the_wait_of_a_call_over_all_its_attempts) {
  Asking first = ask("create");
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(first.admitted()) << i;
    first.refused(RetryHint{2min});
    ASSERT_FALSE(first.admitted());
    clock_.advance(2min);
  }
  ASSERT_TRUE(first.admitted());
  first.refused(RetryHint{2min});
  EXPECT_TRUE(std::holds_alternative<Refuse>(first.guard.admit(first.attempt, first.waiter)));
}

TEST_F(LimitsTest, counts_those_that_wait_when_it_says_how_long_one_more_would) {
  for (int i = 0; i < 2; ++i) {
    Asking passes = ask("create");
    ASSERT_TRUE(passes.admitted());
    passes.succeeded();
  }
  Asking first = ask("create");
  ASSERT_TRUE(first.admitted());
  first.refused(RetryHint{10s});
  std::deque<Asking> waiting;
  for (int i = 0; i < 61; ++i) {
    waiting.emplace_back(limits_, "key", "create", clock_.now());
    ASSERT_FALSE(waiting.back().admitted());
    const auto long_wait = limits_.wait_of_one_more("key", any);
    ASSERT_EQ(long_wait.has_value(), i >= 57) << i;
    const Duration expected = i < 57 ? 0s : i < 59 ? 300s : 310s;
    ASSERT_EQ(long_wait ? long_wait->wait : 0s, expected) << i << ": two a window of 10 s";
  }
}

TEST_F(LimitsTest, takes_an_admission_back_when_a_refusal_comes_before_the_call_has_begun) {
  Asking first = ask("create");
  ASSERT_TRUE(first.admitted());
  first.succeeded();
  Asking second = ask("create"), third = ask("create");
  ASSERT_TRUE(second.admitted());
  ASSERT_TRUE(third.admitted()) << "and waits for another guard now";
  second.refused(RetryHint{30s});
  EXPECT_EQ(third.delayed().delay, 30s);
  clock_.advance(30s);
  EXPECT_TRUE(third.admitted());
}

TEST_F(LimitsTest, waits_a_little_longer_than_it_may_where_its_turn_is_near) {
  Asking first = ask("create");
  ASSERT_TRUE(first.admitted());
  first.refused(RetryHint{6min});
  EXPECT_EQ(first.delayed().delay, 6min) << "a quarter of five minutes more";
}

TEST_F(LimitsTest, a_failure_of_another_kind_is_no_refusal) {
  Asking first = ask("create");
  ASSERT_TRUE(first.admitted());
  const Failure failure{.kind = FailureKind::ServerError, .status = 500, .hint = RetryHint{60s}};
  first.guard.ended(first.attempt, first.waiter, AttemptEnd::Failed, &failure);
  EXPECT_TRUE(ask("create").admitted());
}

TEST_F(LimitsTest, believes_no_wait_beyond_the_ceiling) {
  Asking first = ask("create");
  ASSERT_TRUE(first.admitted());
  first.refused(RetryHint{1h + 1ns});
  EXPECT_TRUE(ask("create").admitted());
}

TEST_F(LimitsTest, forgets_who_is_cancelled_while_waiting) {
  Asking first = ask("create");
  ASSERT_TRUE(first.admitted());
  first.refused(RetryHint{10s});
  Asking gone = ask("create");
  ASSERT_FALSE(gone.admitted());
  gone.guard.ended(gone.attempt, gone.waiter, AttemptEnd::NotBegun, nullptr);
  clock_.advance(10s);
  EXPECT_TRUE(ask("create").admitted());
}

}  // namespace
}  // namespace core
