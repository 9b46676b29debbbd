#include "runner/sinks/trace_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/config/config.h"
#include "tests/support/late_reader.h"
#include "tests/support/temporary_folder.h"

namespace runner {
namespace {

TEST(TraceFile, is_nobody_elses_to_read) {
  const std::string path = tests::own_folder() + "trace_file_test.jsonl";
  std::filesystem::remove(path);
  const mode_t before = ::umask(0);
  boost::asio::io_context context;
  std::string trouble;
  {
    TraceFile trace(path, context.get_executor(), core::Config{}, core::WallTime{},
                    [&trouble](std::string_view message) { trouble = message; });
    EXPECT_EQ(trace.error(), "");
  }
  ::umask(before);
  struct stat found = {};
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  EXPECT_GT(found.st_size, 0);
  EXPECT_EQ(trouble, "");
}

class ContinuedTrace : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove(path_); }

  /// Empty, or why the trace could not be written.
  std::string write_run() {
    TraceFile trace(path_, context_.get_executor(), core::Config{}, core::WallTime{}, [](std::string_view) {});
    core::Event event;
    event.kind = core::EventKind::WorkerStarted;
    event.runner = "a";
    if (trace.error().empty()) trace.on_event(event);
    trace.flush();
    context_.run();
    context_.restart();
    return trace.error();
  }
  std::string text() const {
    std::ifstream stream(path_);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  void put(const std::string& text) const { std::ofstream(path_) << text; }

  const std::string path_ = tests::own_folder() + "continued_trace_test.jsonl";
  boost::asio::io_context context_;
};

TEST_F(ContinuedTrace, holds_a_run_with_a_header_for_each_start) {
  EXPECT_EQ(write_run(), "");
  const std::string once = text();
  EXPECT_EQ(write_run(), "");
  EXPECT_EQ(text(), once + once);
  EXPECT_TRUE(once.starts_with("{\"format\":\"rehearse-trace\""));
}

TEST_F(ContinuedTrace, loses_nothing_but_a_line_that_was_cut) {
  EXPECT_EQ(write_run(), "");
  const std::string once = text();
  const std::string longer_than_it_is_read_by(200'000, 'x');
  for (const std::string& cut : {std::string("{"), std::string("{\"t_ns\":12,\"ev"), longer_than_it_is_read_by}) {
    put(once + cut);
    EXPECT_EQ(write_run(), "");
    EXPECT_EQ(text(), once + once);
  }
  // Killed while it wrote the header.
  put(once.substr(0, 10));
  EXPECT_EQ(write_run(), "");
  EXPECT_EQ(text(), once);
}

TEST_F(ContinuedTrace, is_never_put_behind_anything_else) {
  for (const std::string notes :
       {"My notes\n", "{\"format\":\"rehearse-trace\",\"version\":9}\n", "no line feed", "\n"}) {
    put(notes);
    EXPECT_EQ(write_run(),
              path_ + " cannot be written: it begins in another way than what would be written; give another file");
    EXPECT_EQ(text(), notes);
  }
}

TEST_F(ContinuedTrace, is_of_one_process_at_a_time) {
  const TraceFile first(path_, context_.get_executor(), core::Config{}, core::WallTime{}, [](std::string_view) {});
  const std::string before = text();
  EXPECT_EQ(write_run(), path_ + " cannot be written: another process is writing it");
  EXPECT_EQ(text(), before);
}

TEST_F(ContinuedTrace, ends_where_the_reader_of_its_pipe_does_not_keep_up) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  const tests::LateReader late([this] { return ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC); });
  EXPECT_EQ(write_run(), path_ + " cannot be written: nobody reads this pipe");
  const int reader = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  std::vector<std::string> told;
  TraceFile trace(path_, context_.get_executor(), core::Config{}, core::WallTime{},
                  [&](std::string_view message) { told.emplace_back(message); });
  core::Event event;
  event.job = "abc-123";
  for (int i = 0; i < 50'000; ++i) trace.on_event(event);
  EXPECT_EQ(told, std::vector{path_ + " cannot be written: the reader of this pipe does not keep up"});
  ::close(reader);
}

TEST_F(ContinuedTrace, may_be_a_pipe_or_a_device) {
  TraceFile trace("/dev/null", context_.get_executor(), core::Config{}, core::WallTime{}, [](std::string_view) {});
  EXPECT_EQ(trace.error(), "");
}

}  // namespace
}  // namespace runner
