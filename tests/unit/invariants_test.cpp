// The invariants that look at the servers, the queue and comments themselves, and the bounds of waits. What they make
// of events alone is in invariants_timelines_test.cpp.
#include "sim/invariants/invariants.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/invariants/bounds.h"
#include "tests/unit/event_line.h"

namespace sim {
namespace {

using core::Duration;
using core::SteadyTime;
using namespace std::chrono_literals;

class Watched : public testing::Test {
 protected:
  std::vector<std::string> found() const {
    std::vector<std::string> names;
    for (const Violation& violation : invariants_.findings().kept()) names.push_back(violation.message);
    return names;
  }
  void step(std::string_view script, std::string_view token, JobRecord after) {
    invariants_.on_queue_step({script, "a", token, SteadyTime(1s), 1'000'000, after});
  }

  core::Config config_;
  Invariants invariants_{config_, {.servers_watched = true}};
};

TEST_F(Watched, servers_wish_is_kept_until_its_time) {
  const auto exchange = [&](Duration sent, std::optional<Duration> asked) {
    invariants_.on_exchange({"runner-1", "chat", "a", SteadyTime(sent), SteadyTime(sent + 1s), 429, asked});
  };
  exchange(0s, 5s);
  exchange(6s, std::nullopt);
  EXPECT_THAT(found(), testing::IsEmpty());
  exchange(7s, 5s);
  exchange(13s - 1ns, std::nullopt);
  EXPECT_THAT(found(), testing::ElementsAre(testing::HasSubstr("1ns before the time that the server asked for")));
}

TEST_F(Watched, servers_wish_dies_with_who_was_told) {
  invariants_.on_exchange({"runner-1", "chat", "a", SteadyTime(0s), SteadyTime(1s), 429, Duration(1min)});
  invariants_.on_event(Line("2s worker.crashed").event);
  invariants_.on_exchange({"runner-2", "chat", "a", SteadyTime(5s), SteadyTime(6s), 200, std::nullopt});
  EXPECT_THAT(found(), testing::IsEmpty());
}

TEST_F(Watched, what_an_older_run_is_told_leaves_the_hint_that_puts_a_job_off) {
  invariants_.on_exchange({"runner-1", "chat", "a", SteadyTime(0s), SteadyTime(1s), 429, Duration(1min)});
  invariants_.on_exchange({"runner-2", "chat", "a", SteadyTime(1s), SteadyTime(2s), 429, Duration(2min)});
  invariants_.on_event(Line("2s job.started runner=runner-4 attempt=1").event);
  invariants_.on_event(Line("2s job.requeued retry_count=1 max_retries=5 delay=1s").event);
  invariants_.on_event(Line("3s job.started runner=runner-3 attempt=2").event);
  invariants_.on_exchange({"runner-4", "chat", "a", SteadyTime(4s), SteadyTime(5s), 200, std::nullopt});
  invariants_.on_exchange({"runner-3", "chat", "a", SteadyTime(60s), SteadyTime(61s), 200, std::nullopt});
  invariants_.on_exchange({"runner-3", "chat", "a", SteadyTime(61s), SteadyTime(62s), 200, std::nullopt});
  EXPECT_THAT(found(),
              testing::ElementsAre(testing::HasSubstr("called 999.999ms before the time that the server asked")));
}

TEST_F(Watched, job_goes_from_place_to_place) {
  step("enqueue", "client", {.state = "waiting"});
  step("claim", "t1", {.state = "running", .owner = "t1", .lease_us = 31'000'000});
  step("requeue", "t1", {.state = "delayed", .due_us = 1'000'000, .retries = 1});
  step("claim", "t2", {.state = "running", .owner = "t2", .lease_us = 31'000'000, .retries = 1});
  step("complete", "t1", {.state = "running", .owner = "t2", .lease_us = 31'000'000, .retries = 1});
  step("complete", "t2", {.state = "completed", .retries = 1});
  EXPECT_THAT(found(), testing::IsEmpty());
}

TEST_F(Watched, job_in_two_places_is_found) {
  step("requeue", "t1", {.state = "delayed", .lease_us = 31'000'000});
  EXPECT_THAT(found(), testing::ElementsAre(testing::HasSubstr("requeue left it delayed")));
}

TEST_F(Watched, requeue_that_puts_a_job_nowhere_is_found) {
  step("claim", "t1", {.state = "running", .owner = "t1", .lease_us = 31'000'000});
  step("requeue", "t1", {.state = "waiting", .retries = 1});
  EXPECT_THAT(found(), testing::ElementsAre(testing::HasSubstr("requeue by its owner left it waiting")));
}

TEST_F(Watched, write_by_somebody_else_is_found) {
  step("claim", "t1", {.state = "running", .owner = "t1", .lease_us = 31'000'000});
  step("complete", "t0", {.state = "completed"});
  EXPECT_THAT(found(), testing::ElementsAre(testing::HasSubstr("somebody else than its owner")));
}

TEST_F(Watched, early_claim_is_found) {
  step("claim", "t1", {.state = "running", .owner = "t1", .lease_us = 31'000'000});
  step("requeue", "t1", {.state = "delayed", .due_us = 1'000'001, .retries = 1});
  step("claim", "t2", {.state = "running", .owner = "t2", .lease_us = 31'000'000, .retries = 1});
  EXPECT_THAT(found(), testing::ElementsAre(testing::HasSubstr("claimed 1us before it is due")));
}

TEST_F(Watched, early_recovery_is_found) {
  step("claim", "t1", {.state = "running", .owner = "t1", .lease_us = 1'000'001});
  step("recover", "r", {.state = "waiting"});
  EXPECT_THAT(found(), testing::ElementsAre(testing::HasSubstr("recovered 1us before its lease ends")));
}

TEST_F(Watched, retry_spent_by_a_recovery_is_found) {
  step("claim", "t1", {.state = "running", .owner = "t1", .lease_us = 1'000'000});
  step("recover", "r", {.state = "waiting", .retries = 1});
  EXPECT_THAT(found(), testing::ElementsAre(testing::HasSubstr("retry count from 0 to 1")));
}

TEST_F(Watched, comments_are_counted_by_key) {
  invariants_.on_event(Line("0s job.started attempt=1").event);
  invariants_.on_event(Line("0s tool.started tool=comment_on_issue").event);
  invariants_.on_event(Line("0s tool.started tool=comment_on_issue").event);
  invariants_.on_effect({"comments.create", "octo/hello#1", "hi\n\n<!-- rehearse:0a -->"});
  invariants_.on_effect({"comments.create", "octo/hello#1", "hi\n\n<!-- rehearse:0b -->"});
  invariants_.at_end(SteadyTime(1s), RunEnd::Complete);
  EXPECT_THAT(found(), testing::IsEmpty());
  invariants_.on_effect({"comments.create", "octo/hello#1", "ho\n\n<!-- rehearse:0b -->"});
  EXPECT_THAT(found(), testing::ElementsAre(testing::HasSubstr("two comments of one key"),
                                            testing::HasSubstr("one key carries two texts")));
}

TEST_F(Watched, comment_that_is_reported_and_does_not_exist_is_found) {
  invariants_.on_event(Line("0s job.started attempt=1").event);
  invariants_.on_event(Line("0s tool.started tool=comment_on_issue").event);
  invariants_.on_event(Line("0s tool.succeeded tool=comment_on_issue").event);
  invariants_.at_end(SteadyTime(1s), RunEnd::Complete);
  EXPECT_THAT(found(), testing::ElementsAre(testing::HasSubstr("1 comments were reported as posted; 0 exist")));
}

TEST_F(Watched, key_is_sent_with_one_text_while_the_first_may_have_been_posted) {
  const auto send = [&](const char* text, std::optional<int> status, bool refused = false) {
    const std::string body = std::string("{\"body\":\"") + text + "\\n\\n<!-- rehearse:0a -->\"}";
    invariants_.on_exchange({.runner = "runner-1",
                             .operation = "comments.create",
                             .job = "a",
                             .status = status,
                             .refused = refused,
                             .body = body});
  };
  send("one", 429);
  send("two", std::nullopt, true);
  send("three", 503);
  send("three", std::nullopt);
  send("three", 422);
  EXPECT_THAT(found(), testing::IsEmpty());
  send("four", 201);
  EXPECT_THAT(found(), testing::ElementsAre(testing::HasSubstr("one key is sent with two texts")));
}

TEST_F(Watched, comment_that_nobody_asked_for_is_found) {
  invariants_.on_effect({"comments.create", "octo/hello#1", "hi\n\n<!-- rehearse:0a -->"});
  invariants_.at_end(SteadyTime(1s), RunEnd::Complete);
  EXPECT_THAT(found(), testing::ElementsAre(testing::HasSubstr("1 comments were posted; 0 were asked for")));
}

/// Retries of a call whose drawn waits are `delays`.
std::vector<std::string> judge_draws(core::JitterKind kind, const std::vector<std::string>& delays,
                                     Duration initial = 10s) {
  core::Config config;
  config.llm.retry.attempts = 100;
  config.llm.retry.backoff.initial_delay = initial;
  config.llm.retry.backoff.max_delay = 10s;
  config.llm.retry.backoff.jitter.kind = kind;
  Invariants invariants(config, {});
  Duration now{};
  for (std::size_t i = 0; i < delays.size(); ++i) {
    const std::string at = core::format_duration(now);
    invariants.on_event(Line(fmt::format("{} call.started api=llm.chat attempt={}", at, i + 1)).event);
    const std::string failed = "{} call.failed api=llm.chat attempt={} failure=unavailable status=503";
    invariants.on_event(Line(fmt::format(fmt::runtime(failed), at, i + 1)).event);
    const std::string retry = "{} call.retry api=llm.chat attempt={} delay={} source=backoff";
    invariants.on_event(Line(fmt::format(fmt::runtime(retry), at, i + 2, delays[i])).event);
    now += duration_of(delays[i]);
  }
  std::vector<std::string> found;
  for (const Violation& violation : invariants.findings().kept()) found.push_back(violation.message);
  return found;
}

TEST(BackoffClustering, at_the_cap_is_found_in_drawn_waits) {
  using core::JitterKind;
  const std::vector<std::string> clustered = {"10s", "7s", "10s", "6s", "10s", "10s"};
  EXPECT_THAT(judge_draws(JitterKind::Full, clustered),
              testing::ElementsAre("3 drawn waits of llm.chat are exactly the cap of 10s: they cluster there"));
  EXPECT_EQ(judge_draws(JitterKind::Equal, clustered).size(), 1u);
  EXPECT_THAT(judge_draws(JitterKind::Full, {"10s", "7s", "10s", "9.999999999s"}), testing::IsEmpty());
  EXPECT_THAT(judge_draws(JitterKind::None, {"10s", "10s", "10s", "10s"}), testing::IsEmpty());
  EXPECT_THAT(judge_draws(JitterKind::Decorrelated, {"10s", "10s", "10s", "10s"}), testing::IsEmpty());
}

TEST(DecorrelatedWaits, that_never_grow_are_found) {
  std::vector<std::string> delays;
  for (int i = 0; i < 40; ++i) delays.emplace_back(i % 2 == 0 ? "2s" : "2.9s");
  EXPECT_THAT(judge_draws(core::JitterKind::Decorrelated, delays, 1s),
              testing::ElementsAre("the decorrelated waits of llm.chat never grow"));
  for (std::size_t i = 10; i < delays.size(); i += 10) delays[i] = "3.1s";
  EXPECT_THAT(judge_draws(core::JitterKind::Decorrelated, delays, 1s), testing::IsEmpty());
}

TEST(BackoffBounds, are_those_of_the_readings) {
  core::BackoffPolicy policy{.initial_delay = 1s, .max_delay = 60s};
  policy.jitter.kind = core::JitterKind::None;
  EXPECT_TRUE(backoff_bounds(policy, 7, 0s).contain(60s));
  EXPECT_FALSE(backoff_bounds(policy, 7, 0s).contain(59s));
  policy.jitter.kind = core::JitterKind::Spread;
  // At the cap the range goes down from it: 60 s / 1.25.
  EXPECT_TRUE(backoff_bounds(policy, 9, 0s).contain(48s));
  EXPECT_FALSE(backoff_bounds(policy, 9, 0s).contain(47s));
  EXPECT_FALSE(backoff_bounds(policy, 9, 0s).contain(61s));
  EXPECT_FALSE(backoff_bounds(policy, 1, 0s).contain(999ms));
  policy.jitter.kind = core::JitterKind::Decorrelated;
  EXPECT_TRUE(backoff_bounds(policy, 2, 4s).contain(12s));
  EXPECT_FALSE(backoff_bounds(policy, 2, 4s).contain(13s));
  EXPECT_EQ(hint_bounds({.kind = core::JitterKind::None}, 5s).high, 5s);
  EXPECT_EQ(hint_bounds({}, 4s).low, 4s);
  EXPECT_TRUE(hint_bounds({}, 4s).contain(5s));
  EXPECT_FALSE(hint_bounds({}, 4s).contain(5001ms));
}

TEST(InvariantsOff, find_nothing) {
  core::Config config;
  Invariants invariants(config, {}, {"secrets"});
  invariants.on_event(Line("0s job.recovered job=ghs_0123456789abcdef").event);
  EXPECT_EQ(invariants.findings().count(), 0u);
}

}  // namespace
}  // namespace sim
