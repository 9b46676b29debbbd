#include "runner/sinks/trace_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <string>

#include "core/config/config.h"
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

}  // namespace
}  // namespace runner
