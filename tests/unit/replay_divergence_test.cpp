// Where a replay departs from its trace, on hand-made events.
#include "sim/replay/divergence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/replay/replay.h"

namespace {

using core::Event;
using core::EventKind;
using sim::Comparison;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kChat = "llm.chat";

Event at(int seconds, EventKind kind, std::string_view api = {}) {
  return {.kind = kind, .at = core::SteadyTime(std::chrono::seconds(seconds)), .runner = "r", .job = "a", .api = api};
}

TEST(ReplayDivergence, is_the_earliest_of_all_jobs) {
  const std::vector<Event> trace = {at(1, EventKind::JobStarted), at(2, EventKind::JobCompleted)};
  std::vector<Event> replay = {at(0, EventKind::JobStarted), at(1, EventKind::JobFailed)};
  EXPECT_EQ(sim::first_divergence(trace, replay, Comparison::Exact)->place, 1U);
  replay[1].kind = EventKind::JobCompleted;
  EXPECT_FALSE(sim::first_divergence(trace, replay, Comparison::Exact));
  Event other = at(0, EventKind::JobStarted);
  other.job = "other";
  replay.push_back(other);
  const auto divergence = sim::first_divergence(trace, replay, Comparison::Exact);
  ASSERT_TRUE(divergence);
  EXPECT_EQ(divergence->job, "other");
  EXPECT_THAT(divergence->trace, IsEmpty());
}

TEST(ReplayDivergence, is_none_where_a_runners_own_trace_lacks_what_clients_do) {
  const std::vector<Event> trace = {at(0, EventKind::JobStarted), at(1, EventKind::JobFailed),
                                    at(5, EventKind::JobStarted), at(6, EventKind::JobCompleted)};
  const std::string text = sim::replay_scenario({"t", "w", 1, 0, {}, {}}, trace);
  EXPECT_THAT(text, HasSubstr(R"({"at": "5s", "operator": "retry", "job": "a"})"));
  const std::vector<Event> replayed = {at(0, EventKind::JobEnqueued), at(0, EventKind::JobStarted),
                                       at(1, EventKind::JobFailed),   at(5, EventKind::OperatorRetry),
                                       at(5, EventKind::JobStarted),  at(6, EventKind::JobCompleted)};
  EXPECT_EQ(sim::first_divergence(trace, replayed, Comparison::Decisions), std::nullopt);
  EXPECT_NE(sim::first_divergence({at(0, EventKind::JobEnqueued), at(0, EventKind::JobStarted)}, replayed,
                                  Comparison::Decisions),
            std::nullopt);
}

TEST(ReplayDivergence, times_and_drawn_waits_count_only_where_they_are_exact) {
  std::vector<Event> trace = {at(0, EventKind::CallRetry, kChat)};
  trace[0].delay = std::chrono::seconds(1);
  std::vector<Event> replay = trace;
  replay[0].delay = std::chrono::seconds(2);
  EXPECT_TRUE(sim::first_divergence(trace, replay, Comparison::Exact));
  EXPECT_FALSE(sim::first_divergence(trace, replay, Comparison::Decisions));
  replay = trace;
  replay[0].at += std::chrono::seconds(1);
  EXPECT_TRUE(sim::first_divergence(trace, replay, Comparison::Exact));
  EXPECT_FALSE(sim::first_divergence(trace, replay, Comparison::Decisions));
  replay[0].attempt = 7;
  EXPECT_TRUE(sim::first_divergence(trace, replay, Comparison::Decisions));
}

TEST(ReplayDivergence, attempts_at_redis_count_only_where_they_are_exact) {
  const std::vector<Event> trace = {at(0, EventKind::JobStarted), at(1, EventKind::CallFailed, "redis.renew"),
                                    at(2, EventKind::JobCompleted)};
  const std::vector<Event> replay = {at(0, EventKind::JobStarted), at(1, EventKind::RedisRestarted),
                                     at(2, EventKind::JobCompleted)};
  EXPECT_TRUE(sim::first_divergence(trace, replay, Comparison::Exact));
  EXPECT_FALSE(sim::first_divergence(trace, replay, Comparison::Decisions));
  EXPECT_FALSE(sim::first_divergence(trace, replay, Comparison::DecisionsOfEachJob));
}

TEST(ReplayDivergence, which_job_asks_for_all_is_a_race_only_of_jobs_side_by_side) {
  Event waits = at(1, EventKind::CallRetry, kChat);
  waits.attempt = 1;
  for (const Event& race : {at(1, EventKind::CallStarted, "github.token"), at(1, EventKind::CredentialRefused, kChat),
                            at(1, EventKind::CredentialAccepted, kChat), waits}) {
    EXPECT_TRUE(sim::first_divergence({race}, {}, Comparison::Decisions)) << core::name_of(race.kind);
    EXPECT_FALSE(sim::first_divergence({race}, {}, Comparison::DecisionsOfEachJob)) << core::name_of(race.kind);
  }
  Event again = waits;
  again.attempt = 2;
  for (const Event& own : {at(1, EventKind::JobFailed), at(1, EventKind::CallFailed, kChat), again}) {
    EXPECT_TRUE(sim::first_divergence({own}, {}, Comparison::DecisionsOfEachJob)) << core::name_of(own.kind);
  }
}

TEST(ReplayDivergence, jobs_run_side_by_side_on_several_slots_or_runners) {
  core::Config config;
  Event other = at(1, EventKind::JobStarted);
  other.runner = "other";
  const std::vector<Event> one = {at(0, EventKind::JobStarted)};
  const std::vector<Event> two = {at(0, EventKind::JobStarted), other};
  EXPECT_EQ(sim::comparison_for(true, two, config), Comparison::Exact);
  EXPECT_EQ(sim::comparison_for(false, one, config), Comparison::Decisions);
  EXPECT_EQ(sim::comparison_for(false, two, config), Comparison::DecisionsOfEachJob);
  config.jobs.concurrency = 2;
  EXPECT_EQ(sim::comparison_for(true, one, config), Comparison::Exact);
  EXPECT_EQ(sim::comparison_for(false, one, config), Comparison::DecisionsOfEachJob);
}

TEST(ReplayDivergence, a_job_whose_first_run_is_not_told_was_another_runners) {
  Event first = at(0, EventKind::JobStarted);
  Event second = at(5, EventKind::JobStarted);
  EXPECT_FALSE(sim::has_part_of_a_job({second})) << "older traces do not count runs";
  first.run = 1;
  second.run = 2;
  EXPECT_FALSE(sim::has_part_of_a_job({first, second}));
  EXPECT_TRUE(sim::has_part_of_a_job({second}));
}

}  // namespace
