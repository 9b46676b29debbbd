// The log examples of the retry summary, letter by letter.
#include "core/logging/log_line.h"

#include <gtest/gtest.h>

namespace core {
namespace {
using namespace std::chrono_literals;

Event call(EventKind kind, std::string_view api, std::uint32_t attempt, std::uint32_t of) {
  Event event;
  event.kind = kind;
  event.api = api;
  event.attempt = attempt;
  event.max_attempts = of;
  return event;
}

TEST(LogLines, of_a_failed_llm_call_and_its_retry_are_the_documented_ones) {
  Event failed = call(EventKind::CallFailed, "llm.chat", 1, 5);
  failed.failure = FailureKind::RateLimited;
  failed.status = 429;
  failed.code = "ERR_BAD_REQUEST";
  const std::vector<std::string> expected = {
      "[Attempt 1/5] LLM API call failed: {", "  status: 429,",
      "  statusText: \"Too Many Requests\",", "  message: \"Request failed with status code 429\",",
      "  code: \"ERR_BAD_REQUEST\"",          "}"};
  EXPECT_EQ(log_lines(failed), expected);
  Event retry = call(EventKind::CallRetry, "llm.chat", 2, 5);
  retry.delay = 1s;
  EXPECT_EQ(log_lines(retry), std::vector<std::string>{"Retrying in 1.0s (attempt 2/5)..."});
}

TEST(LogLines, of_a_tool_retry_is_the_documented_one) {
  Event retry = call(EventKind::CallRetry, "github.comments.create", 2, 3);
  retry.failure = FailureKind::RateLimited;
  retry.delay = 1s;
  EXPECT_EQ(log_lines(retry), std::vector<std::string>{"[Attempt 1/3] GitHub API rate limited. Retrying in 1.0s..."});
}

TEST(LogLines, of_a_requeue_is_the_documented_one) {
  Event event;
  event.kind = EventKind::JobRequeued;
  event.job = "abc-123";
  event.retry_count = 1;
  event.max_retries = 5;
  event.delay = 1s;
  EXPECT_EQ(log_lines(event), std::vector<std::string>{"Re-queuing job abc-123 (attempt 1/5) after 1s"});
}

TEST(LogLines, round_a_delay_to_tenths_of_a_second) {
  const std::pair<Duration, std::string> rows[] = {
      {1049ms, "1.0s"}, {1050ms, "1.1s"}, {60s, "60.0s"}, {49ms, "0.0s"}, {999ms, "1.0s"}};
  for (const auto& [delay, text] : rows) {
    Event retry = call(EventKind::CallRetry, "llm.chat", 2, 5);
    retry.delay = delay;
    EXPECT_EQ(log_lines(retry).front(), "Retrying in " + text + " (attempt 2/5)...");
  }
}

TEST(LogLines, of_a_failure_without_an_answer_name_no_status) {
  Event failed = call(EventKind::CallFailed, "github.token", 2, 5);
  failed.failure = FailureKind::Timeout;
  failed.code = "ECONNABORTED";
  const std::vector<std::string> expected = {"[Attempt 2/5] GitHub token API call failed: {",
                                             "  message: \"GitHub token API timed out\",", "  code: \"ECONNABORTED\"",
                                             "}"};
  EXPECT_EQ(log_lines(failed), expected);
}

}  // namespace
}  // namespace core
