// The first difference of two runs: where it is, in which fields, and how it is shown.
#include "reports/trace/trace_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using core::Event;
using core::EventKind;
using reports::difference_text;
using reports::Events;
using reports::field_differences;
using reports::first_difference;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Event event_at(std::int64_t seconds) {
  return {.kind = EventKind::CallStarted,
          .at = core::SteadyTime(std::chrono::seconds(seconds)),
          .runner = "runner-1",
          .job = "a",
          .api = "llm.chat",
          .attempt = 1};
}

Events twenty() {
  Events events;
  for (int i = 0; i < 20; ++i) events.push_back(event_at(i));
  return events;
}

TEST(TraceDiff, finds_none_in_equal_runs_wherever_their_texts_are) {
  Events a = twenty();
  const std::string job = "a";
  Events b = twenty();
  for (Event& event : b) event.job = job;
  EXPECT_EQ(first_difference(a, b), std::nullopt);
  EXPECT_EQ(first_difference({}, {}), std::nullopt);
}

TEST(TraceDiff, sees_every_field) {
  void (*const changes[])(Event&) = {
      [](Event& event) { event.kind = EventKind::CallSucceeded; },
      [](Event& event) { event.at += core::Duration(1); },
      [](Event& event) { event.runner = "x"; },
      [](Event& event) { event.job = "x"; },
      [](Event& event) { event.run = 7; },
      [](Event& event) { event.call = 7; },
      [](Event& event) { event.api = "x"; },
      [](Event& event) { event.tool = "x"; },
      [](Event& event) { event.attempt = 0; },
      [](Event& event) { event.max_attempts = 0; },
      [](Event& event) { event.attempts = 0; },
      [](Event& event) { event.retry_count = 0; },
      [](Event& event) { event.max_retries = 0; },
      [](Event& event) { event.status = 0; },
      [](Event& event) { event.failure = core::FailureKind::Timeout; },
      [](Event& event) { event.hint = core::Duration(0); },
      [](Event& event) { event.delay = core::Duration(0); },
      [](Event& event) { event.lost = core::Duration(0); },
      [](Event& event) { event.source = core::DelaySource::RateLimitReset; },
      [](Event& event) { event.reason = core::GiveUpReason::Deadline; },
      [](Event& event) { event.outcome = core::AgentOutcome::Failed; },
      [](Event& event) { event.code = "x"; },
  };
  const Events a = twenty();
  for (std::size_t i = 0; i < std::size(changes); ++i) {
    Events b = a;
    changes[i](b[7]);
    EXPECT_EQ(first_difference(a, b), 7U) << i;
    EXPECT_EQ(field_differences(a[7], b[7]).size(), 1U) << i;
  }
}

TEST(TraceDiff, a_run_that_is_longer_differs_where_the_other_ends) {
  const Events a = twenty();
  Events b = a;
  b.pop_back();
  EXPECT_EQ(first_difference(a, b), 19U);
  EXPECT_EQ(first_difference(b, a), 19U);
  EXPECT_EQ(first_difference({}, a), 0U);
  EXPECT_THAT(difference_text(a, b, 19).str(), HasSubstr("(the run ends here)"));
  EXPECT_THAT(difference_text({}, a, 0).str(), HasSubstr("(the run ends here)"));
}

TEST(TraceDiff, names_the_fields_with_both_values) {
  const Event a = event_at(1);
  Event b = a;
  b.at += std::chrono::milliseconds(500);
  b.attempt = std::nullopt;
  b.code = "E\x1b";
  EXPECT_THAT(field_differences(a, b), ElementsAre("time: 1s in A, 1.5s in B", "attempt: 1 in A, nothing in B",
                                                   "code: nothing in A, E\\u001b in B"));
}

TEST(TraceDiff, shows_five_events_before_and_after_and_marks_the_first) {
  const Events a = twenty();
  Events b = a;
  b[10].attempt = 2;
  b[12].attempt = 2;
  EXPECT_EQ(difference_text(a, b, 10).str(),
            "      event  A                              B\n"
            "          6  5s runner-1 a  llm.chat 1   =  5s runner-1 a  llm.chat 1\n"
            "          7  6s runner-1 a  llm.chat 1   =  6s runner-1 a  llm.chat 1\n"
            "          8  7s runner-1 a  llm.chat 1   =  7s runner-1 a  llm.chat 1\n"
            "          9  8s runner-1 a  llm.chat 1   =  8s runner-1 a  llm.chat 1\n"
            "         10  9s runner-1 a  llm.chat 1   =  9s runner-1 a  llm.chat 1\n"
            "-->      11  10s runner-1 a  llm.chat 1  #  10s runner-1 a  llm.chat 2\n"
            "         12  11s runner-1 a  llm.chat 1  =  11s runner-1 a  llm.chat 1\n"
            "         13  12s runner-1 a  llm.chat 1  #  12s runner-1 a  llm.chat 2\n"
            "         14  13s runner-1 a  llm.chat 1  =  13s runner-1 a  llm.chat 1\n"
            "         15  14s runner-1 a  llm.chat 1  =  14s runner-1 a  llm.chat 1\n"
            "         16  15s runner-1 a  llm.chat 1  =  15s runner-1 a  llm.chat 1\n"
            "    attempt: 1 in A, 2 in B\n");
}

TEST(TraceDiff, shows_nothing_that_a_terminal_would_obey) {
  const Events a = twenty();
  Events b = a;
  b[0].job = "\x1b[31m";
  EXPECT_THAT(difference_text(a, b, 0).str(), Not(HasSubstr("\x1b")));
}

}  // namespace
