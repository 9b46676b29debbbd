// The invariant `queue`, alone: what scripts answer, and in which order jobs come out.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/invariants/families.h"
#include "tests/unit/event_line.h"

namespace sim {
namespace {

using core::Duration;
using core::RedisCommand;
using core::RedisValue;
using core::SteadyTime;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class QueueInvariant : public testing::Test {
 protected:
  std::vector<std::string> found() {
    invariant_->at_end(SteadyTime(1h), RunEnd::Complete);
    std::vector<std::string> lines;
    for (const Violation& each : findings_.kept()) lines.push_back(each.job + ": " + each.message);
    return lines;
  }
  void step(std::string_view script, std::string_view job, std::string_view token, Duration at, JobRecord after) {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(at).count();
    invariant_->on_queue_step({script, job, token, SteadyTime(at), us, after});
  }
  void enqueue(std::string_view job, Duration at) { step("enqueue", job, "", at, {.state = "waiting"}); }
  void claim(std::string_view job, std::string_view token, Duration at) {
    step("claim", job, token, at, {.state = "running", .owner = token});
  }
  void end(std::string_view script, std::string_view job, std::string_view token, Duration at) {
    const std::string_view state = script == "complete" ? "completed" : script == "fail" ? "failed" : "delayed";
    const auto due = std::chrono::duration_cast<std::chrono::microseconds>(at + 1s).count();
    step(script, job, token, at,
         {.state = state, .due_us = state == "delayed" ? std::optional<std::int64_t>(due) : std::nullopt});
  }
  /// `complete` has another list of arguments.
  void answered(std::string_view script, std::string_view job, std::string_view token, std::int64_t reply) {
    RedisCommand command{"EVALSHA", std::string(40, '0'), "1", "job:"};
    if (script == "complete") command.push_back("86400000");
    command.push_back(std::string(token));
    command.push_back(std::string(job));
    RedisValue value = RedisValue::integer_of(reply);
    if (script == "complete") value = RedisValue::array({value});
    invariant_->on_redis_answered({"runner-1", 1, script, command, SteadyTime(), SteadyTime(), &value});
  }

  Findings findings_;
  InvariantPointer invariant_ = make_queue_invariant(findings_);
};

TEST_F(QueueInvariant, an_end_is_not_refused_to_who_made_it) {
  for (const char* script : {"complete", "requeue", "fail", "release"}) {
    SCOPED_TRACE(script);
    const std::string job = std::string("job of ") + script;
    enqueue(job, 0s);
    claim(job, "w/1", 0s);
    end(script, job, "w/1", 1s);
    answered(script, job, "w/1", 0);
  }
  EXPECT_EQ(found().size(), 4u);
  EXPECT_EQ(found()[0], "job of complete: complete says that the job is another's, and it was that owner who ended it");
}

TEST_F(QueueInvariant, an_end_is_refused_to_anybody_else) {
  enqueue("a", 0s);
  claim("a", "w/1", 0s);
  end("requeue", "a", "w/1", 1s);
  answered("requeue", "a", "w/0", 0);
  answered("complete", "a", "w/1", 0);  // That is not how it ended.
  answered("requeue", "a", "w/1", 1);
  claim("a", "w/2", 2s);
  answered("requeue", "a", "w/1", 0);  // It is another's by now.
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(QueueInvariant, the_journal_takes_the_owner_s_word_alone) {
  enqueue("a", 0s);
  claim("a", "w/2", 0s);
  step("journal", "a", "w/2", 1s, {.state = "running", .owner = "w/2"});
  answered("journal", "a", "w/2", 1);
  step("journal", "a", "w/1", 1s, {.state = "running", .owner = "w/2"});
  answered("journal", "a", "w/1", 0);
  EXPECT_THAT(found(), IsEmpty());
  answered("journal", "a", "w/1", 1);
  EXPECT_THAT(found(), ElementsAre("a: the journal takes the word of one who does not own the job"));
}

TEST_F(QueueInvariant, who_came_first_is_given_out_first) {
  enqueue("a", 0s);
  enqueue("b", 0s);
  claim("b", "w/1", 1s);
  EXPECT_THAT(found(), ElementsAre("b: is given out before a, which was ready before it"));
}

TEST_F(QueueInvariant, one_claim_may_give_out_both) {
  enqueue("b", 0s);
  enqueue("a", 0s);
  claim("a", "w/1", 1s);
  claim("b", "w/1", 1s);
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(QueueInvariant, a_due_job_waits_behind_those_before_it) {
  enqueue("a", 0s);
  claim("a", "w/1", 0s);
  enqueue("b", 1s);
  end("requeue", "a", "w/1", 2s);  // Due at 3 s.
  claim("a", "w/2", 4s);
  EXPECT_THAT(found(), ElementsAre("a: is given out before b, which was ready before it"));
}

TEST_F(QueueInvariant, a_due_job_may_come_behind_who_was_put_in_later) {
  enqueue("a", 0s);
  claim("a", "w/1", 0s);
  end("requeue", "a", "w/1", 2s);  // Due at 3 s, and nobody looks.
  enqueue("b", 4s);
  claim("b", "w/2", 5s);
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(QueueInvariant, nothing_is_known_after_writes_were_lost) {
  enqueue("a", 0s);
  enqueue("b", 0s);
  invariant_->on_event(Line("1s redis.restarted lost=1s").event);
  claim("b", "w/1", 2s);
  EXPECT_THAT(found(), IsEmpty());
}

}  // namespace
}  // namespace sim
