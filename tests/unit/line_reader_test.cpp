#include "reports/trace/line_reader.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>

namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

TEST(LineReader, hands_out_a_line_as_soon_as_it_is_there) {
  int ends[2] = {};
  ASSERT_EQ(::pipe(ends), 0);
  const std::unique_ptr<std::FILE, CloseFile> from(::fdopen(ends[0], "rb"));
  const auto write = [&](const std::string& text) {
    EXPECT_EQ(::write(ends[1], text.data(), text.size()), text.size());
  };

  reports::LineReader lines(from.get());
  write("one\ntwo\nhal");
  // Were more than is there waited for, this would not return: the pipe stays open.
  EXPECT_EQ(lines.next()->text, "one");
  EXPECT_EQ(lines.next()->text, "two");
  write("f\n");
  EXPECT_EQ(lines.next()->text, "half");
  write("last");
  ::close(ends[1]);
  const auto last = lines.next();
  EXPECT_EQ(last->text, "last");
  EXPECT_FALSE(last->ended);
  EXPECT_EQ(last->number, 4U);
  EXPECT_FALSE(lines.next());
}

TEST(LineReader, keeps_every_byte) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::tmpfile());
  const std::string long_line(200'000, 'x'), odd("\0\r\xff", 3);
  std::fputs((long_line + "\n").c_str(), file.get());
  std::fwrite(odd.data(), 1, odd.size(), file.get());
  EXPECT_EQ(std::fseek(file.get(), 0, SEEK_SET), 0);
  reports::LineReader lines(file.get());
  EXPECT_EQ(lines.next()->text, long_line);
  EXPECT_EQ(lines.next()->text, odd);
  EXPECT_FALSE(lines.next());
}

TEST(LineReader, passes_over_the_rest_of_a_line_that_is_too_long) {
  constexpr std::size_t kMost = reports::LineReader::kMaxLineBytes;
  const std::unique_ptr<std::FILE, CloseFile> file(std::tmpfile());
  const auto write = [&](std::size_t bytes, const char* end) {
    std::fputs((std::string(bytes, 'x') + end).c_str(), file.get());
  };
  write(kMost, "\n");
  write(kMost + 1, "\n");
  std::fputs("after it\n", file.get());
  write(5 * kMost, "\n\n");
  write(kMost + 1, "");  // The file ends within this line.
  EXPECT_EQ(std::fseek(file.get(), 0, SEEK_SET), 0);
  reports::LineReader lines(file.get());
  EXPECT_FALSE(lines.next()->too_long);
  EXPECT_TRUE(lines.next()->too_long);
  const auto after = lines.next();
  EXPECT_EQ(after->text, "after it");
  EXPECT_EQ(after->number, 3U);
  const auto longest = lines.next();
  EXPECT_TRUE(longest->too_long);
  EXPECT_EQ(longest->text.size(), kMost);
  EXPECT_EQ(lines.next()->text, "");
  EXPECT_TRUE(lines.next()->too_long);
  EXPECT_FALSE(lines.next());
}

}  // namespace
