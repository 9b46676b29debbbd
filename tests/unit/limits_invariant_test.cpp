// The invariant `limits`: who calls although a refusal asked for a wait, and who is re-queued for being limited.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

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

class LimitsInvariant : public testing::Test {
 protected:
  explicit LimitsInvariant(core::Profile profile = core::Profile::Fleet) { config_.apply(profile); }

  std::vector<std::string> found() const {
    std::vector<std::string> lines;
    for (const Violation& each : findings_.kept()) lines.push_back(each.invariant + ": " + each.message);
    return lines;
  }
  void sent(Duration at, std::string_view operation, int status, std::optional<Duration> asked = std::nullopt,
            std::string_view credential = "token-1", std::string_view runner = "runner-1") {
    invariant_->on_exchange({.runner = runner,
                             .operation = operation,
                             .job = "a",
                             .sent = SteadyTime(at),
                             .answered = SteadyTime(at + 1s),
                             .status = status,
                             .asked_to_wait = asked,
                             .credential = credential});
  }

  core::Config config_;
  Findings findings_;
  InvariantPointer invariant_ = make_limits_invariant(config_, findings_);
};

TEST_F(LimitsInvariant, finds_a_call_of_a_credential_before_the_time_that_its_refusal_told) {
  sent(0s, "comments.create", 403, 60s);
  sent(30s, "comments.list", 200);
  EXPECT_THAT(found(), ElementsAre(HasSubstr("limits: comments.list is called")));
}

TEST_F(LimitsInvariant, takes_all_questions_to_the_model_for_those_of_one_key) {
  sent(0s, "chat", 429, 60s, "");
  sent(30s, "chat", 200, std::nullopt, "");
  EXPECT_THAT(found(), ElementsAre(HasSubstr("limits: chat is called")));
}

TEST_F(LimitsInvariant, lets_pass_what_the_runner_could_not_know_and_what_the_refusal_is_not_about) {
  sent(0s, "comments.create", 403, 60s);
  sent(1s, "comments.list", 200);                                        // On its way before the answer came.
  sent(30s, "comments.list", 200, std::nullopt, "token-2");              // Of another installation.
  sent(30s, "comments.list", 200, std::nullopt, "token-1", "runner-2");  // Of another worker.
  sent(61s, "comments.create", 201);
  sent(70s, "chat", 403, 60s, "");  // No limit: the key is refused.
  sent(80s, "chat", 200, std::nullopt, "");
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(LimitsInvariant, forgets_an_answer_that_its_call_did_not_wait_for) {
  sent(0s, "chat", 429, 60s, "");
  const Line cancelled("500ms call.gave_up runner=runner-1 job=a api=llm.chat reason=cancelled");
  invariant_->on_call(cancelled.event, {});
  sent(30s, "chat", 200, std::nullopt, "");
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(LimitsInvariant, finds_a_job_that_is_re_queued_for_being_limited) {
  const Line requeued("1s job.requeued runner=runner-1 job=a reason=rate_limited");
  invariant_->on_event(requeued.event);
  EXPECT_THAT(found(), ElementsAre(HasSubstr("is re-queued for being limited")));
}

struct LimitsInvariantAsDocumented : LimitsInvariant {
  LimitsInvariantAsDocumented() : LimitsInvariant(core::Profile::Documented) {}
};

TEST_F(LimitsInvariantAsDocumented, asks_for_none_of_it) {
  sent(0s, "comments.create", 403, 60s);
  sent(30s, "comments.list", 200);
  const Line requeued("31s job.requeued runner=runner-1 job=a reason=rate_limited");
  invariant_->on_event(requeued.event);
  EXPECT_THAT(found(), IsEmpty());
}

}  // namespace
}  // namespace sim
