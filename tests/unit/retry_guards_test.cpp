#include <gtest/gtest.h>

#include "tests/unit/retry_loop.h"

namespace core {
namespace {
using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

/// Answers as its script says, and notes in the trace what it is asked and told. Beyond the script it admits.
class ScriptedGuard final : public CallGuard {
 public:
  ScriptedGuard(std::string name, tests::Trace& trace, std::vector<Admission> answers)
      : name_(std::move(name)), trace_(trace), answers_(std::move(answers)) {}

  Admission admit(const Attempt& attempt, Waiter& waiter) override {
    trace_.lines.push_back(fmt::format("{}: attempt {}, ticket {}", name_, attempt.number, waiter.ticket));
    waiter.ticket = ++asked_;
    return asked_ <= answers_.size() ? answers_[asked_ - 1] : Admit{};
  }
  void ended(const Attempt& attempt, const Waiter& waiter, AttemptEnd end, const Failure* failure) override {
    const char* ends[] = {"not begun", "abandoned", "succeeded", "failed"};
    trace_.lines.push_back(fmt::format("{}: attempt {}, ticket {}, {}{}", name_, attempt.number, waiter.ticket,
                                       ends[static_cast<int>(end)], failure != nullptr ? " " + failure->code : ""));
  }
  void describe_state(std::string&, SteadyTime) const override {}

 private:
  std::string name_;
  tests::Trace& trace_;
  std::vector<Admission> answers_;
  std::size_t asked_ = 0;
};

TEST(RetryGuards, asks_its_guards_before_each_attempt_and_tells_them_how_it_ended) {
  Loop loop({failed(429), Success<std::string>{"done", 200}});
  ScriptedGuard first("first", loop.fake.trace, {}), second("second", loop.fake.trace, {});
  loop.start({&first, nullptr, &second});
  loop.fake.clock.advance(1h);
  EXPECT_EQ(loop.fake.trace.lines,
            (Lines{"first: attempt 1, ticket 0", "second: attempt 1, ticket 0",
                   "0s call.started job=job-1 api=test.call attempt=1 max_attempts=3",
                   "500ms call.failed job=job-1 api=test.call attempt=1 max_attempts=3 status=429 "
                   "failure=rate_limited code=ERR_BAD_REQUEST",
                   "first: attempt 1, ticket 1, failed ERR_BAD_REQUEST",
                   "second: attempt 1, ticket 1, failed ERR_BAD_REQUEST",
                   "500ms call.retry job=job-1 api=test.call attempt=2 max_attempts=3 failure=rate_limited delay=1s "
                   "source=backoff",
                   "first: attempt 2, ticket 0", "second: attempt 2, ticket 0",
                   "1.5s call.started job=job-1 api=test.call attempt=2 max_attempts=3",
                   "2s call.succeeded job=job-1 api=test.call attempt=2 max_attempts=3 status=200",
                   "first: attempt 2, ticket 2, succeeded", "second: attempt 2, ticket 2, succeeded"}));
}

TEST(RetryGuards, waits_for_a_guard_and_then_asks_all_of_them_anew) {
  Loop loop({Success<std::string>{"done", 200}});
  ScriptedGuard first("first", loop.fake.trace, {});
  ScriptedGuard second("second", loop.fake.trace,
                       {Delay{100ms}, Delay{3s, HeldBack{FailureKind::RateLimited, DelaySource::RetryAfter, 3s}}});
  loop.start({&first, &second});
  loop.fake.clock.advance(1h);
  EXPECT_EQ(loop.fake.trace.lines,
            (Lines{"first: attempt 1, ticket 0", "second: attempt 1, ticket 0",  // 100 ms of which nobody is told
                   "first: attempt 1, ticket 1", "second: attempt 1, ticket 1",
                   "100ms call.retry job=job-1 api=test.call attempt=1 max_attempts=3 failure=rate_limited delay=3s "
                   "source=retry_after",
                   "first: attempt 1, ticket 2", "second: attempt 1, ticket 2",
                   "3.1s call.started job=job-1 api=test.call attempt=1 max_attempts=3",
                   "3.6s call.succeeded job=job-1 api=test.call attempt=1 max_attempts=3 status=200",
                   "first: attempt 1, ticket 3, succeeded", "second: attempt 1, ticket 3, succeeded"}));
}

TEST(RetryGuards, takes_back_its_question_to_later_guards_where_an_earlier_one_changes_its_mind) {
  Loop loop({Success<std::string>{"done", 200}});
  ScriptedGuard first("first", loop.fake.trace, {Admit{}, Delay{1s}});
  ScriptedGuard second("second", loop.fake.trace, {Delay{100ms}});
  loop.start({&first, &second});
  loop.fake.clock.advance(1h);
  const Lines& lines = loop.fake.trace.lines;
  EXPECT_EQ(
      Lines(lines.begin(), lines.begin() + 6),
      (Lines{"first: attempt 1, ticket 0", "second: attempt 1, ticket 0", "first: attempt 1, ticket 1",
             "second: attempt 1, ticket 1, not begun", "first: attempt 1, ticket 2", "second: attempt 1, ticket 0"}));
}

TEST(RetryGuards, reports_a_wait_for_a_guard_once_unless_its_end_moves) {
  const auto held = [](Duration wait) {
    return Delay{500ms, HeldBack{FailureKind::RateLimited, DelaySource::Limit, wait}};
  };
  Loop loop({Success<std::string>{"done", 200}});
  tests::Trace guard_trace;
  ScriptedGuard guard("guard", guard_trace, {held(10s), held(9500ms), held(20s)});
  loop.start({&guard});
  loop.fake.clock.advance(1h);
  const Lines& lines = loop.fake.trace.lines;
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_TRUE(lines[0].starts_with("0s call.retry")) << lines[0];
  EXPECT_TRUE(lines[1].starts_with("1s call.retry")) << lines[1];
}

TEST(RetryGuards, do_not_hear_the_failure_of_another_call_as_one_of_their_own) {
  AttemptFailure nested = failed(429);
  nested.is_nested = true;
  Loop loop({nested, Success<std::string>{"done", 200}});
  tests::Trace guard_trace;
  ScriptedGuard guard("guard", guard_trace, {});
  loop.start({&guard});
  loop.fake.clock.advance(1h);
  EXPECT_EQ(guard_trace.lines.at(1), "guard: attempt 1, ticket 1, abandoned");
}

TEST(RetryGuards, gives_up_where_a_guard_refuses) {
  Loop loop({failed(503), Success<std::string>{"done", 200}});
  const Failure open{.kind = FailureKind::Unavailable, .code = "ERR_OPEN"};
  ScriptedGuard first("first", loop.fake.trace, {});
  ScriptedGuard second("second", loop.fake.trace, {Admit{}, Refuse{GiveUpReason::CircuitOpen, open}});
  ScriptedGuard third("third", loop.fake.trace, {});
  loop.start({&first, &second, &third}, Reporting::OnlyTrouble);
  loop.fake.clock.advance(1h);
  ASSERT_TRUE(loop.result && !*loop.result);
  EXPECT_EQ(loop.result->error().reason, GiveUpReason::CircuitOpen);
  EXPECT_EQ(loop.result->error().failure.code, "ERR_OPEN");
  EXPECT_EQ(loop.script.attempts, std::vector<std::uint32_t>{1});
  const Lines& lines = loop.fake.trace.lines;
  EXPECT_EQ(Lines(lines.end() - 5, lines.end()),
            (Lines{"first: attempt 2, ticket 0", "second: attempt 2, ticket 0",
                   "1.5s call.gave_up job=job-1 api=test.call max_attempts=3 attempts=1 reason=circuit_open",
                   "first: attempt 2, ticket 2, not begun", "second: attempt 2, ticket 2, not begun"}));
}

TEST(RetryGuards, a_cancelling_guard_is_as_silent_as_a_cancellation) {
  Loop loop({Success<std::string>{"done", 200}});
  ScriptedGuard guard("guard", loop.fake.trace, {Refuse{GiveUpReason::Cancelled}});
  loop.start({&guard}, Reporting::OnlyTrouble);
  loop.fake.clock.advance(1h);
  ASSERT_TRUE(loop.result && !*loop.result);
  EXPECT_EQ(loop.result->error().reason, GiveUpReason::Cancelled);
  EXPECT_EQ(loop.fake.trace.lines, (Lines{"guard: attempt 1, ticket 0", "guard: attempt 1, ticket 1, not begun"}));
}

TEST(RetryGuards, tells_its_guards_of_an_attempt_whose_end_nobody_knows) {
  for (const bool is_crash : {false, true}) {
    tests::Trace guard_trace;
    Loop loop({failed(429)});
    ScriptedGuard guard("guard", guard_trace, {});
    loop.start({&guard});
    loop.fake.clock.advance(200ms);
    if (is_crash) {
      loop.fake.context.reset();
    } else {
      loop.cancel();
    }
    EXPECT_EQ(guard_trace.lines, (Lines{"guard: attempt 1, ticket 0", "guard: attempt 1, ticket 1, abandoned"}));
  }
  tests::Trace guard_trace;
  Loop lost({failed(429)});
  PermitUntil permit(lost.fake.clock, SteadyTime(400ms));
  lost.permit = &permit;
  ScriptedGuard guard("guard", guard_trace, {});
  lost.start({&guard});
  lost.fake.clock.advance(1h);
  EXPECT_TRUE(guard_trace.lines.back().ends_with("abandoned"));
}

TEST(RetryGuards, are_neither_asked_nor_told_once_they_are_gone) {
  tests::Trace guard_trace;
  Loop loop({failed(503), failed(503), Success<std::string>{"done", 200}});
  ScriptedGuard guard("guard", guard_trace, {Admit{}, Delay{1h}});
  Guards guards{&guard};
  bool are_there = true;
  guards.only_while(are_there);
  loop.start(guards);
  loop.fake.clock.advance(500ms);
  ASSERT_EQ(guard_trace.lines.size(), 2U);
  are_there = false;
  loop.fake.clock.advance(10s);
  EXPECT_EQ(guard_trace.lines.size(), 2U);
  EXPECT_NE(loop.fake.trace.lines.back().find("call.succeeded"), std::string::npos);
}

TEST(RetryGuards, neither_begins_nor_waits_beyond_its_deadline) {
  struct Case {
    std::string_view what;
    Duration deadline;
    std::string_view last;
  };
  const Case cases[] = {
      {"it has passed", 0s, "0s call.gave_up job=job-1 api=test.call max_attempts=3 attempts=0 reason=deadline"},
      {"the first wait ends with it", 1500ms,
       "500ms call.gave_up job=job-1 api=test.call max_attempts=3 attempts=1 reason=deadline"},
      {"the second wait would outlast it", 1501ms,
       "2s call.gave_up job=job-1 api=test.call max_attempts=3 attempts=2 reason=deadline"},
      {"there is time for all", 4001ms,
       "4.5s call.gave_up job=job-1 api=test.call max_attempts=3 attempts=3 reason=exhausted"}};
  for (const auto& [what, deadline, last] : cases) {
    Loop loop({failed(429), failed(429), failed(429)});
    loop.deadline = SteadyTime(deadline);
    loop.start();
    loop.fake.clock.advance(1h);
    EXPECT_EQ(loop.fake.trace.lines.back(), last) << what;
  }
  Loop held({});
  ScriptedGuard guard("guard", held.fake.trace,
                      {Delay{3s, HeldBack{FailureKind::RateLimited, DelaySource::Backoff, 3s}}});
  held.deadline = SteadyTime(3s);
  held.start({&guard});
  held.fake.clock.advance(1h);
  ASSERT_TRUE(held.result && !*held.result);
  EXPECT_EQ(held.result->error().reason, GiveUpReason::Deadline);
  EXPECT_EQ(held.result->error().failure.kind, FailureKind::RateLimited);
}

TEST(RetryGuards, reports_its_cancellation_and_lets_it_go_on_upwards) {
  struct Case {
    std::string_view where;
    Duration at;
    bool guarded;
    std::string_view last;
  };
  const Case cases[] = {
      {"in an attempt", 200ms, false,
       "200ms call.gave_up job=job-1 api=test.call max_attempts=3 attempts=1 reason=cancelled"},
      {"in a wait", 1s, false, "1s call.gave_up job=job-1 api=test.call max_attempts=3 attempts=1 reason=cancelled"},
      {"in a later attempt", 1700ms, false,
       "1.7s call.gave_up job=job-1 api=test.call max_attempts=3 attempts=2 reason=cancelled"},
      {"in a wait for a guard, before anything began", 50ms, true,
       "50ms call.gave_up job=job-1 api=test.call max_attempts=3 attempts=0 reason=cancelled"},
      {"in a wait for a guard before a later attempt", 1650ms, true,
       "1.65s call.gave_up job=job-1 api=test.call max_attempts=3 attempts=1 reason=cancelled"}};
  for (const auto& [where, at, guarded, last] : cases) {
    tests::Trace guard_trace;
    Loop loop({failed(429), failed(429), failed(429)});
    ScriptedGuard guard("guard", guard_trace, {Delay{100ms}, Admit{}, Delay{100ms}});
    loop.start({guarded ? &guard : nullptr});
    loop.fake.clock.advance(at);
    EXPECT_FALSE(loop.exception) << where;
    loop.cancel();
    EXPECT_TRUE(loop.was_aborted()) << where;
    EXPECT_EQ(loop.fake.trace.lines.back(), last) << where;
    const std::size_t events = loop.fake.trace.lines.size();
    loop.fake.clock.advance(1h);
    EXPECT_EQ(loop.fake.trace.lines.size(), events) << where << ": nothing happens afterwards";
    if (guarded) {
      EXPECT_TRUE(guard_trace.lines.back().ends_with("not begun")) << where;
    }
  }
}

}  // namespace
}  // namespace core
