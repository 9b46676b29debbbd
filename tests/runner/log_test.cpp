#include "runner/sinks/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include "tests/support/manual_clock.h"

namespace runner {
namespace {

/// What is written of one event.
std::string logged(LogFormat format, const core::Event& event) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), &std::fclose);
  boost::asio::io_context context;
  tests::ManualClock clock(context,
                           core::WallTime(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1).time_since_epoch()));
  cli::LineWriter lines(fileno(file.get()));
  Log log(format, clock, "runner-1", lines);
  log.on_event(event);
  log.flush();
  EXPECT_EQ(std::fseek(file.get(), 0, SEEK_END), 0);
  std::string text(static_cast<std::size_t>(std::ftell(file.get())), '\0');
  EXPECT_EQ(std::fseek(file.get(), 0, SEEK_SET), 0);
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  return text;
}

core::Event requeued(std::string_view job) {
  core::Event event;
  event.kind = core::EventKind::JobRequeued;
  event.job = job;
  event.retry_count = 1;
  event.max_retries = 5;
  event.delay = std::chrono::seconds(1);
  event.reason = core::RequeueReason::RateLimited;
  return event;
}

TEST(RunnerLog, has_the_summarys_line_after_time_level_runner_and_job) {
  const std::string line = logged(LogFormat::Text, requeued("abc-123"));
  EXPECT_EQ(line.substr(line.find("Z ") + 2),
            "warning runner-1 abc-123 Re-queuing job abc-123 (attempt 1/5) after 1s\n");
  EXPECT_EQ(line.find("Z "), std::string("2026-01-01T00:00:00.000").size()) << line;
}

TEST(RunnerLog, says_the_same_as_json_with_the_events_fields) {
  const auto value = boost::json::parse(logged(LogFormat::Json, requeued("abc-123"))).as_object();
  EXPECT_EQ(value.at("level"), "warning");
  EXPECT_EQ(value.at("event"), "job.requeued");
  EXPECT_EQ(value.at("job"), "abc-123");
  EXPECT_EQ(value.at("delay_ns"), 1'000'000'000);
  EXPECT_EQ(value.at("message"), "Re-queuing job abc-123 (attempt 1/5) after 1s");
}

TEST(RunnerLog, keeps_a_line_one_line_whatever_a_job_is_called) {
  const std::string text = logged(LogFormat::Text, requeued("a\nb\x1b[31m"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(RunnerLog, says_nothing_of_what_goes_well_within_a_job) {
  core::Event event;
  event.kind = core::EventKind::CallStarted;
  event.api = "llm.chat";
  EXPECT_EQ(logged(LogFormat::Text, event), "");
}

}  // namespace
}  // namespace runner
