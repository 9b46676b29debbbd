#include "reports/timeline_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <sstream>
#include <string>
#include <vector>

#include "core/text/wrap.h"
#include "tests/support/terminal_bytes.h"

namespace reports {
namespace {

using namespace std::chrono_literals;
using core::Event;
using core::EventKind;
using testing::ElementsAre;
using testing::HasSubstr;

Event event_at(core::Duration at, EventKind kind, std::string_view runner, std::string_view job) {
  Event event;
  event.at = core::SteadyTime(at);
  event.kind = kind;
  event.runner = runner;
  event.job = job;
  return event;
}

Event failed_comment(std::string_view runner, std::string_view job) {
  Event event = event_at(4500ms, EventKind::CallFailed, runner, job);
  event.api = "github.comments.create";
  event.attempt = 1;
  event.max_attempts = 3;
  event.status = 429;
  event.failure = core::FailureKind::RateLimited;
  event.hint = 90s;
  return event;
}

std::vector<std::string> shown(const std::vector<Event>& events, std::size_t width) {
  std::istringstream text(timeline_text(events, {.colours = false, .width = width}).str());
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    if (width > 0) {
      EXPECT_LE(core::columns_of(line), width) << line;
    }
    lines.push_back(line);
  }
  return lines;
}

const std::vector<Event> kEvents = {event_at(0s, EventKind::WorkerStarted, "runner-1", ""),
                                    event_at(0s, EventKind::JobStarted, "runner-1", "abc-123"),
                                    failed_comment("runner-1", "abc-123")};

TEST(NarrowTimeline, indents_the_levels_and_wraps_what_is_too_long) {
  EXPECT_THAT(shown(kEvents, 80),
              ElementsAre("time  runner    job      JOB > TOOL > REQUEST LEVEL",
                          "  0s  runner-1           worker started", "  0s  runner-1  abc-123  run 1 starts",
                          "4.5s  runner-1  abc-123    github.comments.create 1/3 failed: 429",
                          "                               rate_limited, come back in 90s"));
}

TEST(NarrowTimeline, is_for_screens_on_which_the_levels_do_not_fit_beside_each_other) {
  const std::vector<std::string> wide = shown(kEvents, 0);
  EXPECT_THAT(wide[3],
              HasSubstr("abc-123                                github.comments.create 1/3 failed: 429 rate_"));
  EXPECT_EQ(shown(kEvents, 136), wide);
  EXPECT_NE(shown(kEvents, 135), wide);
}

TEST(NarrowTimeline, gives_long_names_lines_of_their_own_where_they_change) {
  const std::string runner(60, 'r');
  const std::vector<Event> events = {event_at(0s, EventKind::JobStarted, runner, "a"),
                                     event_at(1s, EventKind::JobCompleted, runner, "a"),
                                     event_at(2s, EventKind::JobStarted, runner, "b")};
  EXPECT_THAT(shown(events, 80), ElementsAre("time  JOB > TOOL > REQUEST LEVEL", runner + "  a", "  0s  run 1 starts",
                                             "  1s  COMPLETED", runner + "  b", "  2s  run 1 starts"));
}

TEST(NarrowTimeline, holds_nothing_that_a_terminal_would_obey) {
  Event hostile = failed_comment(tests::kHostile, tests::kHostile);
  hostile.api = tests::kHostile;
  for (const std::size_t width : {0U, 40U, 80U, 1'000U}) {
    const std::string text = timeline_text({hostile}, {.colours = false, .width = width}).str();
    EXPECT_THAT(tests::obeyed(text), testing::AnyOf("", testing::StartsWith("a marker")));
  }
}

}  // namespace
}  // namespace reports
