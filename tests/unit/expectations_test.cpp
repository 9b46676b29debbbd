#include "sim/world/expectations.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace sim {
namespace {
using namespace std::chrono_literals;
using core::EventKind;

core::Event event(core::Duration at, EventKind kind, std::string_view job, std::uint32_t attempt = 1) {
  core::Event result;
  result.at = core::SteadyTime(at);
  result.kind = kind;
  result.job = job;
  result.attempt = attempt;
  return result;
}

ExpectedEvent expected(core::Duration at, EventKind kind, const char* job, std::int64_t attempt = 1) {
  return {{kind, {{"job", std::string(job)}, {"attempt", attempt}}}, core::SteadyTime(at), {}};
}

const std::vector<core::Event> kEvents = {event(0s, EventKind::JobStarted, "a"), event(0s, EventKind::JobStarted, "b"),
                                          event(1s, EventKind::JobCompleted, "b"),
                                          event(1s, EventKind::JobStarted, "a", 2),
                                          event(2s, EventKind::JobCompleted, "a", 2)};

std::vector<std::string> check(std::vector<ExpectedEvent> timeline) {
  Expect expect;
  expect.timeline = std::move(timeline);
  return mismatches(expect, kEvents, Outcome{});
}

TEST(Expectations, hold_for_events_that_occur_in_order_with_others_between) {
  EXPECT_TRUE(check({expected(0s, EventKind::JobStarted, "a"), expected(2s, EventKind::JobCompleted, "a", 2)}).empty());
}

TEST(Expectations, let_entries_of_different_jobs_at_one_instant_come_in_either_order) {
  EXPECT_TRUE(check({expected(0s, EventKind::JobStarted, "b"), expected(0s, EventKind::JobStarted, "a"),
                     expected(1s, EventKind::JobStarted, "a", 2), expected(1s, EventKind::JobCompleted, "b")})
                  .empty());
}

TEST(Expectations, fail_for_a_wrong_time_field_kind_or_order) {
  const std::vector<std::vector<ExpectedEvent>> rows = {
      {expected(1ns, EventKind::JobStarted, "a")},
      {expected(0s, EventKind::JobStarted, "a", 2)},
      {expected(0s, EventKind::JobRequeued, "a")},
      {expected(2s, EventKind::JobCompleted, "a", 2), expected(0s, EventKind::JobStarted, "a")},
      {expected(0s, EventKind::JobStarted, "a"), expected(0s, EventKind::JobStarted, "a")},
      {{{EventKind::JobStarted, {{"tool", std::string("x")}}}, core::SteadyTime(0s), {}}},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(check(rows[i]).size(), 1u) << "row " << i;
}

TEST(Expectations, show_expected_and_actual_side_by_side_with_the_first_difference_marked) {
  const auto found =
      check({expected(0s, EventKind::JobStarted, "a"), expected(1500ms, EventKind::JobCompleted, "a", 2)});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NE(found[0].find("entry 2 of 2"), std::string::npos) << found[0];
  EXPECT_NE(found[0].find("--> 1.5s job.completed job=a attempt=2  #  2s job.completed job=a attempt=2"),
            std::string::npos)
      << found[0];
}

TEST(Expectations, within_loosens_one_entry) {
  ExpectedEvent entry = expected(1950ms, EventKind::JobCompleted, "a", 2);
  EXPECT_FALSE(check({entry}).empty());
  entry.within = 50ms;
  EXPECT_TRUE(check({entry}).empty());
  entry.within = 49ms;
  EXPECT_FALSE(check({entry}).empty());
}

TEST(Expectations, of_jobs_comments_log_end_and_violations_are_each_compared) {
  Outcome outcome;
  outcome.jobs = {{"a", JobState::Completed}, {"b", JobState::Delayed}};
  outcome.comments = {{"octo/hello#1", 2}};
  outcome.log = {"one", "two", "three"};
  outcome.last_job_ended_at = core::SteadyTime(6s);
  outcome.violations = {{"liveness", "why"}};
  Expect holds;
  holds.jobs = {{"*", JobState::Completed}, {"b", JobState::Delayed}};
  holds.comments = {{"octo/hello#1", 2}};
  holds.log = {"one", "three"};
  holds.ends_at = core::SteadyTime(6s);
  holds.violations = {"liveness"};
  EXPECT_TRUE(mismatches(holds, {}, outcome).empty());
  const auto broken = [&](auto change) {
    Expect expect = holds;
    change(expect);
    return mismatches(expect, {}, outcome).size();
  };
  EXPECT_EQ(broken([](Expect& e) { e.jobs["b"] = JobState::Waiting; }), 1u);
  EXPECT_EQ(broken([](Expect& e) { e.comments["octo/hello#1"] = 1; }), 1u);
  EXPECT_EQ(broken([](Expect& e) { e.log = {"three", "one"}; }), 1u);
  EXPECT_EQ(broken([](Expect& e) { e.ends_at = core::SteadyTime(5s); }), 1u);
  EXPECT_EQ(broken([](Expect& e) { e.violations = {}; }), 1u);
  EXPECT_EQ(broken([](Expect& e) { e.violations = {"liveness", "pacing"}; }), 1u);
}

TEST(Expectations, print_the_first_violations_of_each_invariant_and_count_the_others) {
  Outcome outcome;
  for (int i = 1; i <= 7; ++i) outcome.violations.push_back({"never-401", fmt::format("of call {}", i)});
  outcome.violations.push_back({"liveness", "why"});
  outcome.more_violations = {{"never-401", 93}};
  const std::vector<std::string> found = mismatches({}, {}, outcome);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0],
            "violation of never-401: of call 1\nviolation of never-401: of call 2\nviolation of never-401: of call 3\n"
            "violation of never-401: of call 4\nviolation of never-401: of call 5\nviolation of liveness: why\n"
            "  and 95 more of never-401\n");
  Expect expect;
  expect.violations = {"liveness", "never-401"};
  EXPECT_TRUE(mismatches(expect, {}, outcome).empty());
}

}  // namespace
}  // namespace sim
