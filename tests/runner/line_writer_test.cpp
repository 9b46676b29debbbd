// lint-allow-file(real-clock): how long a real writer waits
// A log whose reader stops reading, and one on a full disk.
#include "cli/line_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <string>
#include <thread>

#include "runner/sinks/log.h"
#include "tests/support/late_reader.h"
#include "tests/support/manual_clock.h"

namespace runner {
namespace {

using cli::LineWriter;

class LineWriterTest : public testing::Test {
 protected:
  /// It stays open: a thread may still wait for its reader.
  LineWriterTest() { EXPECT_EQ(::pipe2(ends_, O_CLOEXEC), 0); }

  int end_to_write() const { return ends_[1]; }

  /// Reads until `bytes` have come.
  std::string read(std::size_t bytes) {
    std::string text(bytes, '\0');
    std::size_t got = 0;
    while (got < bytes) {
      const ssize_t more = ::read(ends_[0], text.data() + got, bytes - got);
      if (more <= 0) break;
      got += static_cast<std::size_t>(more);
    }
    text.resize(got);
    return text;
  }

  int ends_[2] = {-1, -1};
};

const std::string kLine = std::string(99, 'x').append("\n");
constexpr std::chrono::milliseconds kInTime(20'000);
constexpr std::chrono::milliseconds kSoon(50);

TEST_F(LineWriterTest, loses_nothing_where_somebody_reads) {
  std::string all;
  {
    LineWriter lines(end_to_write());
    for (int i = 0; i < 20'000; ++i) {
      const std::string line = "line " + std::to_string(i) + "\n";
      lines.write(line);
      all += line;
    }
    // More than a pipe holds: the reader comes later.
    EXPECT_FALSE(lines.flush(kSoon));
    EXPECT_EQ(read(all.size()), all);
    EXPECT_TRUE(lines.flush(kInTime));
    EXPECT_EQ(lines.take_dropped(), 0U);
  }
}

TEST_F(LineWriterTest, ends_when_all_is_written) {
  constexpr std::size_t kLines = 20'000;
  std::atomic<std::size_t> got = 0;
  std::thread slow_reader([&] {
    // A line is left for the pipe.
    while (got < (kLines - 1) * kLine.size()) {
      const std::size_t size = read(kLine.size()).size();
      if (size == 0) return;
      got += size;
    }
  });
  {
    LineWriter lines(end_to_write());
    for (std::size_t i = 0; i < kLines; ++i) lines.write(kLine);
  }
  int in_pipe = 0;
  ::ioctl(ends_[0], FIONREAD, &in_pipe);
  const std::size_t before = got;
  EXPECT_GE(before + static_cast<std::size_t>(in_pipe) + 2 * kLine.size(), kLines * kLine.size());
  EXPECT_EQ(read(kLine.size()), kLine);
  slow_reader.join();
}

TEST_F(LineWriterTest, keeps_lines_whole_beside_another_writer_of_the_pipe) {
  constexpr int kLines = 5'000;
  constexpr std::size_t kLength = 100;
  LineWriter first(end_to_write()), second(end_to_write());
  for (int i = 0; i < kLines; ++i) {
    first.write(std::string(kLength - 1, 'a').append("\n"));
    second.write(std::string(kLength - 1, 'b').append("\n"));
  }
  const std::string all = read(2 * kLines * kLength);
  int torn = 0;
  for (std::size_t at = 0; at < all.size(); at += kLength) {
    const std::string line = all.substr(at, kLength - 1);
    if (line.find_first_not_of(line[0]) != std::string::npos) ++torn;
  }
  EXPECT_EQ(all.size(), 2 * kLines * kLength);
  EXPECT_EQ(torn, 0);
}

TEST_F(LineWriterTest, drops_and_counts_what_nobody_reads) {
  constexpr std::size_t kMost = 10'000;
  const tests::LateReader late([this] { return ends_[0]; });
  LineWriter lines(end_to_write(), kMost);
  constexpr std::uint64_t kMore = 5'000;
  std::uint64_t written = 0;
  for (; lines.flush(kSoon) && written < kMore; ++written) lines.write(kLine);  // Until the pipe is full.
  EXPECT_EQ(lines.take_dropped(), 0U);
  for (std::uint64_t i = 0; i < kMore; ++i) lines.write(kLine);
  ASSERT_FALSE(lines.flush(kSoon));
  const std::uint64_t dropped = lines.take_dropped();
  EXPECT_GT(dropped, kMore - kMost / kLine.size() - 1);
  EXPECT_LT(dropped, kMore);
  std::string all;
  for (std::uint64_t i = dropped; i < written + kMore; ++i) all += kLine;
  EXPECT_EQ(read(all.size()), all) << "whole lines alone";
  EXPECT_TRUE(lines.flush(kInTime));
  EXPECT_EQ(lines.take_dropped(), 0U);
}

TEST_F(LineWriterTest, is_given_up_at_the_end_where_nobody_reads) {
  const auto begin = std::chrono::steady_clock::now();
  {
    LineWriter lines(end_to_write());
    for (int i = 0; i < 2'000; ++i) lines.write(kLine);
    EXPECT_FALSE(lines.flush(kSoon));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, LineWriter::kPatience);
}

TEST_F(LineWriterTest, counts_what_a_full_disk_does_not_take) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  LineWriter lines(full);
  for (int i = 0; i < 10; ++i) lines.write("a line\n");
  EXPECT_TRUE(lines.flush(kInTime));
  EXPECT_EQ(lines.take_dropped(), 10U);
  ::close(full);
}

TEST_F(LineWriterTest, tells_in_the_log_how_many_lines_are_missing) {
  boost::asio::io_context context;
  tests::ManualClock clock(context, core::WallTime{});
  for (const LogFormat format : {LogFormat::Text, LogFormat::Json}) {
    LineWriter lines(end_to_write(), 10'000);
    Log log(format, clock, "r", lines);
    for (int i = 0; i < 2'000; ++i) log.say(Level::Info, std::string(200, 'x'));
    std::thread reader([this] {
      std::string seen;
      while (seen.find("the last") == std::string::npos) seen += read(1);
      const std::size_t told = seen.find("log.dropped");
      ASSERT_NE(told, std::string::npos);
      EXPECT_LT(told, seen.find("the last"));
      EXPECT_NE(seen.find(" lines are missing here"), std::string::npos);
    });
    EXPECT_TRUE(lines.flush(kInTime));
    log.say(Level::Info, "the last");
    log.flush();
    reader.join();
  }
}

}  // namespace
}  // namespace runner
