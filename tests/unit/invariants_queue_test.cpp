// The invariants of a job's way through the queue, as what workers and Redis say to each other shows it: leases, how
// often Redis is asked, recoveries, reasons, and secrets on their way out. Each thing that is wrong is seen by one of
// them alone.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "sim/invariants/invariants.h"
#include "tests/unit/event_line.h"

namespace sim {
namespace {

using core::Duration;
using core::RedisCommand;
using core::RedisValue;
using core::SteadyTime;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

RedisValue claim_reply(const std::vector<std::string>& jobs, std::int64_t wait_us = -1, bool ran_out = false) {
  RedisValue reply = RedisValue::array({RedisValue::integer_of(wait_us), RedisValue::integer_of(ran_out ? 1 : 0)});
  for (const std::string& job : jobs) {
    reply.elements.push_back(RedisValue::array({RedisValue::bulk(job), RedisValue::bulk("{}"), RedisValue::bulk("0")}));
  }
  return reply;
}

class QueueInvariants : public testing::Test {
 protected:
  void SetUp() override { event("0s worker.started job="); }

  std::vector<std::string> found() const {
    std::vector<std::string> texts;
    for (const Violation& violation : invariants_.findings().kept()) {
      texts.push_back(violation.invariant + ": " + violation.message);
    }
    return texts;
  }

  void event(const std::string& line) { invariants_.on_event(Line(line).event); }

  /// A script's call by runner-1 that is sent and answered; a null reply is none.
  void call(std::string_view script, std::vector<std::string> arguments, Duration sent, Duration answered,
            const RedisValue* reply) {
    RedisCommand command{"EVALSHA", std::string(40, '0'), "1", "job:"};
    for (std::string& argument : arguments) command.push_back(std::move(argument));
    invariants_.on_redis_sent({"runner-1", connection_, script, command, SteadyTime(sent), SteadyTime(sent)});
    invariants_.on_redis_answered(
        {"runner-1", connection_, script, command, SteadyTime(sent), SteadyTime(answered), reply});
  }
  void claim(const std::string& number, Duration sent, Duration answered, const RedisValue& reply) {
    call("claim", {"w/", number, "30000000", "1"}, sent, answered, &reply);
  }
  void renew(Duration sent, std::int64_t held = 1) {
    const RedisValue reply = RedisValue::integer_of(held);
    call("renew", {"w/1", "a", "30000000"}, sent, sent, &reply);
  }
  void step(std::string_view script, Duration at, JobRecord after) {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(at).count();
    invariants_.on_queue_step({script, "a", "w/1", SteadyTime(at), us, after});
  }
  void leased(Duration at, std::int64_t retries = 0) {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(at).count();
    step("claim", at, {.state = "running", .owner = "w/1", .lease_us = us + 30'000'000, .retries = retries});
  }
  void begin() {
    leased(0s);
    claim("1", 0s, 0s, claim_reply({"a"}));
    event("0s job.started attempt=1");
  }

  core::Config config_ = [] {
    core::Config config;
    config.llm.api_key = "the-key-of-the-model";
    return config;
  }();
  Invariants invariants_{config_, {.exact = true, .servers_watched = true}};
  std::uint64_t connection_ = 1;  ///< By which the next call goes.
};

TEST_F(QueueInvariants, lease_that_runs_out_in_live_hands_is_found) {
  begin();
  renew(10s);
  step("renew", 10s, {.state = "running", .owner = "w/1", .lease_us = 40'000'000});
  step("recover", 40s, {.state = "waiting"});
  EXPECT_THAT(found(), ElementsAre(HasSubstr("leases: its lease ran out in the hands of runner-1")));
}

TEST_F(QueueInvariants, lease_that_cannot_be_renewed_may_run_out) {
  begin();
  event("10s call.failed api=redis.renew attempt=1 failure=connection");
  event("10s call.retry api=redis.renew attempt=2 delay=100ms source=backoff failure=connection");
  event("29s call.failed api=redis.renew attempt=2 failure=connection");
  step("recover", 30s, {.state = "waiting"});
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(QueueInvariants, lease_of_a_dead_worker_may_run_out) {
  begin();
  event("5s worker.crashed job=");
  step("recover", 30s, {.state = "waiting"});
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(QueueInvariants, lease_given_up_before_its_time_is_found) {
  begin();
  event("29s lease.lost");
  EXPECT_THAT(found(), ElementsAre(HasSubstr("leases: runner-1 gives up its lease, which lasts until 30s")));
}

TEST_F(QueueInvariants, lease_may_be_given_up_at_its_end_or_where_redis_says_so) {
  begin();
  renew(10s);
  event("40s lease.lost");
  claim("2", 40s, 40s, claim_reply({"a"}));
  event("40s job.started attempt=1");
  const RedisValue lost = RedisValue::integer_of(0);
  call("journal", {"w/2", "a", "entry", "text"}, 41s, 41s, &lost);
  event("41s lease.lost");
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(QueueInvariants, job_that_is_not_begun_is_found) {
  leased(0s);
  claim("1", 0s, 0s, claim_reply({"a"}));
  claim("2", 1s, 1s, claim_reply({}));
  EXPECT_THAT(found(), ElementsAre(HasSubstr("leases: was given to runner-1, which has not begun it")));
}

TEST_F(QueueInvariants, job_that_is_told_of_too_late_is_not_begun) {
  claim("1", 0s, 30s, claim_reply({"a"}));
  claim("1", 30s, 30s, claim_reply({"a"}));
  event("30s job.started attempt=1");
  event("31s job.completed attempt=1");
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(QueueInvariants, claim_without_cause_is_found) {
  claim("1", 0s, 0s, claim_reply({}, 5'000'000));
  invariants_.on_redis_pushed("runner-1", "now", SteadyTime(1s));
  claim("2", 1s, 1s, claim_reply({}, 4'000'000));
  claim("3", 5s, 5s, claim_reply({}));
  EXPECT_THAT(found(), IsEmpty());
  claim("4", 6s, 6s, claim_reply({}));
  EXPECT_THAT(found(), ElementsAre("redis: runner-1 asks for jobs again, without cause since it asked last"));
}

TEST_F(QueueInvariants, renewals_in_a_burst_are_found) {
  begin();
  renew(10s);
  renew(20s);
  EXPECT_THAT(found(), IsEmpty());
  renew(20s);
  EXPECT_THAT(found(), ElementsAre(HasSubstr("redis: its lease is renewed again 0s after it was granted")));
}

TEST_F(QueueInvariants, recovery_without_cause_is_found) {
  const RedisValue none = RedisValue::array({});
  claim("1", 0s, 0s, claim_reply({}, 0, true));
  call("recover", {"r1"}, 0s, 0s, &none);
  EXPECT_THAT(found(), IsEmpty());
  call("recover", {"r2"}, 0s, 0s, &none);
  EXPECT_THAT(found(), ElementsAre("redis: runner-1 recovers jobs though no lease has run out"));
}

TEST_F(QueueInvariants, end_that_is_recorded_again_after_its_answer_is_found) {
  begin();
  const RedisValue done = RedisValue::array({RedisValue::integer_of(1)});
  call("complete", {"86400000", "w/1", "a"}, 1s, 1s, nullptr);
  call("complete", {"86400000", "w/1", "a"}, 2s, 2s, &done);
  EXPECT_THAT(found(), IsEmpty());
  call("complete", {"86400000", "w/1", "a"}, 3s, 3s, &done);
  EXPECT_THAT(found(), ElementsAre("redis: complete is sent again though it was answered"));
}

TEST_F(QueueInvariants, third_connection_is_found) {
  invariants_.on_redis_connected("runner-1", SteadyTime(0s), 2);
  EXPECT_THAT(found(), IsEmpty());
  invariants_.on_redis_connected("runner-1", SteadyTime(1s), 3);
  EXPECT_THAT(found(), ElementsAre("redis: runner-1 has 3 connections to Redis; 2 are enough"));
}

TEST_F(QueueInvariants, recoveries_are_bounded) {
  config_.jobs.recoveries = 1;
  const auto lose = [&](Duration at, std::int64_t retries) {
    leased(at, retries);
    step("recover", at + 30s, {.state = "waiting", .retries = retries});
  };
  lose(0s, 0);
  leased(30s);
  step("requeue", 30s, {.state = "delayed", .due_us = 30'000'000, .retries = 1});
  lose(31s, 1);
  EXPECT_THAT(found(), IsEmpty());
  lose(61s, 1);
  EXPECT_THAT(found(),
              ElementsAre(HasSubstr("jobs: recovery 2 since it was put in, revived or re-queued left it waiting")));
}

TEST_F(QueueInvariants, job_that_is_failed_by_too_few_recoveries_is_found) {
  leased(0s);
  step("recover", 30s, {.state = "failed"});
  EXPECT_THAT(found(),
              ElementsAre(HasSubstr("jobs: recovery 1 since it was put in, revived or re-queued left it failed")));
}

TEST_F(QueueInvariants, failure_by_recovery_that_the_queue_did_not_find_is_found) {
  leased(0s);
  step("recover", 30s, {.state = "waiting"});
  event("30s job.failed reason=recovered_too_often");
  EXPECT_THAT(found(), ElementsAre(HasSubstr("jobs: is said to have been recovered too often")));
}

TEST_F(QueueInvariants, reason_that_nothing_bears_out_is_found) {
  const struct {
    const char* reason;
    std::vector<const char*> lines;
    bool borne_out;
  } rows[] = {
      {"malformed", {}, true},
      {"malformed",
       {"1s call.started api=llm.chat attempt=1", "1s call.succeeded api=llm.chat attempt=1 status=200"},
       false},
      {"turns_exceeded",
       {"1s call.started api=llm.chat attempt=1", "1s call.succeeded api=llm.chat attempt=1 status=200"},
       false},
      {"outcome_unknown", {"1s tool.started tool=comment_on_issue", "1s tool.failed tool=comment_on_issue"}, true},
      {"outcome_unknown", {}, false},
      {"not_retryable", {}, false},
      {"wait_too_long", {}, false},
      {"incomplete_answer", {}, false},
  };
  for (const auto& row : rows) {
    Invariants invariants(config_, {.exact = true});
    invariants.on_event(Line("0s worker.started job=").event);
    invariants.on_event(Line("0s job.started attempt=1").event);
    for (const char* line : row.lines) invariants.on_event(Line(line).event);
    invariants.on_event(Line("1s agent.finished outcome=failed").event);
    invariants.on_event(Line(fmt::format("2s job.failed reason={}", row.reason)).event);
    std::size_t count = 0;
    for (const Violation& violation : invariants.findings().kept()) count += violation.invariant == "reasons" ? 1 : 0;
    EXPECT_EQ(count, row.borne_out ? 0u : 1u) << row.reason;
  }
}

TEST_F(QueueInvariants, credentials_on_their_way_out_are_found) {
  const auto exchange = [&](std::string_view operation, const char* authorization, std::string_view url,
                            std::string_view body) {
    const core::HttpHeaders headers{{"Authorization", authorization}};
    invariants_.on_exchange({.runner = "runner-1",
                             .operation = operation,
                             .job = "a",
                             .status = 200,
                             .body = body,
                             .url = url,
                             .headers = &headers});
  };
  const RedisValue ok = RedisValue::integer_of(1);
  exchange("chat", "Bearer the-key-of-the-model", "http://llm/chat", "{}");
  exchange("comments.list", "Bearer ghs_0123456789abcdef", "http://github/issues", "");
  // Some other token in a comment is the user's own affair.
  exchange("comments.list", "Bearer ghs_0123456789abcdef", "http://github/issues", "ghs_fedcba9876543210");
  call("journal", {"w/1", "a", "entry", "ghs_0123456789abcd"}, 1s, 1s, &ok);
  EXPECT_THAT(found(), IsEmpty());
  call("journal", {"w/1", "a", "entry", "see ghs_0123456789abcdef"}, 1s, 1s, &ok);
  exchange("chat", "Bearer the-key-of-the-model", "http://llm/chat", "{\"ghs_0123456789abcdef\"}");
  exchange("comments.list", "Bearer ghs_0123456789abcdef", "http://github/?key=the-key-of-the-model", "");
  exchange("chat", "Bearer ghs_0123456789abcdef", "http://llm/chat", "{}");
  exchange("", "Bearer ghs_0123456789abcdef", "http://elsewhere/", "");
  EXPECT_THAT(found(), ElementsAre("secrets: journal takes a credential into Redis",
                                   "secrets: the body of a request for chat carries a credential",
                                   "secrets: the URL of a request for comments.list carries a credential",
                                   "secrets: the header Authorization of a request for chat carries a credential",
                                   "secrets: the header Authorization of a request to nobody carries a credential"));
}

TEST_F(QueueInvariants, another_connection_without_a_loss_is_found) {
  for (int i = 0; i < 2; ++i) invariants_.on_redis_connected("runner-1", SteadyTime(0s), 2);
  call("journal", {"w/1", "a"}, 1s, 1s, nullptr);
  invariants_.on_redis_connected("runner-1", SteadyTime(2s), 2);
  EXPECT_THAT(found(), IsEmpty());
  const RedisValue loading = RedisValue::error("LOADING Redis is loading the dataset in memory");
  call("journal", {"w/1", "a"}, 3s, 3s, &loading);
  EXPECT_THAT(found(), IsEmpty());
  invariants_.on_redis_connected("runner-1", SteadyTime(3s), 2);
  EXPECT_THAT(found(), ElementsAre("redis: runner-1 connects to Redis anew, and has lost no connection"));
}

TEST_F(QueueInvariants, a_server_that_is_no_longer_the_right_one_is_left) {
  const RedisValue replica = RedisValue::error("READONLY You can't write against a read only replica.");
  const RedisValue moved = RedisValue::error("MOVED 3999 127.0.0.1:6381");
  const RedisValue unknown = RedisValue::error("NOSCRIPT No matching script.");
  for (int i = 0; i < 2; ++i) invariants_.on_redis_connected("runner-1", SteadyTime(0s), 2);
  call("journal", {"w/1", "a"}, 1s, 1s, &replica);
  connection_ = 2;
  invariants_.on_redis_connected("runner-1", SteadyTime(2s), 2);
  call("journal", {"w/1", "a"}, 3s, 3s, &moved);
  connection_ = 1;  // What was under way on the one that was given up goes on there, with the script's text, too.
  call("journal", {"w/1", "a"}, 1s, 4s, &unknown);
  call("journal", {"w/1", "a"}, 4s, 4s, &replica);
  EXPECT_THAT(found(), IsEmpty());
  connection_ = 2;  // That a script is unknown by another connection at this instant does not excuse it.
  call("journal", {"w/1", "a"}, 4s, 4s, &moved);
  EXPECT_THAT(found(), ElementsAre(HasSubstr("redis: runner-1 asks by the connection on which Redis said")));
}

}  // namespace
}  // namespace sim
