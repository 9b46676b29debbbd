#include "core/redis/error_reply.h"

#include <gtest/gtest.h>

namespace core {
namespace {

TEST(ErrorReply, is_shown_by_its_first_words_and_without_what_was_sent) {
  const struct {
    const char* reply;
    const char* shown;
  } rows[] = {
      {"OOM command not allowed when used memory > 'maxmemory'. script: 0fe49480, on @user_script:1.",
       "OOM command not allowed when used memory > 'maxmemory'"},
      {"NOPERM this user has no permissions to run the 'config|get' command",
       "NOPERM this user has no permissions to run the 'config|get' command"},
      {"READONLY You can't write against a read only replica.", "READONLY You can't write against a read only replica"},
      {"NOAUTH Authentication required.", "NOAUTH Authentication required"},
      {"MOVED 3999 127.0.0.1:6381", "MOVED 3999 127.0.0.1:6381"},
      {"ERR unknown command 'FOO', with args beginning with: 'secret'", "ERR unknown command"},
      {"ERR unknown command 'foo', with args beginning with: 'secret'", "ERR unknown command 'foo'"},
      {"ERR unknown command `AUTH`, with args beginning with: `secret`", "ERR unknown command"},
      {"ERR wrong \"secret\"", "ERR wrong"},
      {"ERR bad 'my secret prompt'", "ERR bad"},
      {"ERR bad 'no end", "ERR bad"},
      {"'Secret'", "ERR"},
      {"", "ERR"},
      {"OOM \x1b[31mred", "OOM \\u001b[31mred"},
  };
  for (const auto& row : rows) EXPECT_EQ(first_words(row.reply), row.shown) << row.reply;
}

TEST(ErrorReply, has_a_code) {
  EXPECT_EQ(error_code_of("OOM command not allowed"), "OOM");
  EXPECT_EQ(error_code_of("no code"), "ERR");
  EXPECT_EQ(error_code_of(""), "ERR");
}

}  // namespace
}  // namespace core
