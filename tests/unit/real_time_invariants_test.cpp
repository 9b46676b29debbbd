#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "sim/invariants/invariants.h"
#include "tests/unit/event_line.h"

namespace sim {
namespace {

using namespace std::chrono_literals;

std::size_t violations_of(bool exact, const std::vector<std::string>& lines) {
  const core::Config config;
  Invariants invariants(config, {.exact = exact});
  for (const std::string& text : lines) invariants.on_event(Line(text).event);
  return invariants.findings().count();
}

TEST(RealTime, is_stamped_a_little_after_what_it_tells_of) {
  const std::vector<std::string> close = {"0s call.started api=llm.chat attempt=1",
                                          "1ms call.succeeded api=llm.chat attempt=1",
                                          "99.5ms call.started job=b api=llm.chat attempt=1"};
  EXPECT_EQ(violations_of(true, close), 1U);
  EXPECT_EQ(violations_of(false, close), 0U);
  const std::vector<std::string> closer = {"0s call.started api=llm.chat attempt=1",
                                           "1ms call.succeeded api=llm.chat attempt=1",
                                           "98ms call.started job=b api=llm.chat attempt=1"};
  EXPECT_EQ(violations_of(false, closer), 1U);
}

TEST(RealTime, lets_a_busy_process_notice_a_timeout_late_but_not_much) {
  const auto late_by = [](const char* end) {
    return std::vector<std::string>{"0s call.started api=llm.chat attempt=1",
                                    std::string(end) + " call.failed api=llm.chat attempt=1 failure=timeout"};
  };
  EXPECT_EQ(violations_of(true, late_by("30.002s")), 1U);
  EXPECT_EQ(violations_of(false, late_by("30.002s")), 0U);
  EXPECT_EQ(violations_of(false, late_by("31.5s")), 1U);
}

}  // namespace
}  // namespace sim
