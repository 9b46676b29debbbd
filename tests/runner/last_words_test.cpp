// lint-allow-file(real-clock): how long a process that dies waits for its log
// What a process that a fault ends has still written. Each is a process of its own.
#include "cli/last_words.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <string>

#include "tests/support/sanitized.h"

namespace cli {
namespace {

using testing::EndsWith;
using testing::ExitedWithCode;
using testing::HasSubstr;
using testing::KilledBySignal;

/// More than the thread has written by the time that this returns.
void write_much(LineWriter& lines) {
  for (int i = 0; i < 20'000; ++i) lines.write(std::string(99, 'x').append("\n"));
  lines.write("the last\n");
}

template <class Fault>
void log_and(Fault fault) {
  LineWriter lines(STDERR_FILENO);
  const LastWords last_words(lines);
  write_much(lines);
  fault();
}

constexpr const char* kHandledByOthers = "a sanitizer handles these signals itself";

class LastWordsTest : public testing::Test {
 protected:
  LastWordsTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(LastWordsTest, are_written_before_an_abort) {
  EXPECT_EXIT(log_and([] { std::abort(); }), KilledBySignal(SIGABRT), EndsWith("the last\n"));
}

TEST_F(LastWordsTest, are_written_where_nobody_catches_an_exception) {
  EXPECT_EXIT(log_and([] { std::terminate(); }), KilledBySignal(SIGABRT), HasSubstr("the last\n"));
}

TEST_F(LastWordsTest, are_written_after_a_fault) {
  if (tests::kIsSanitized) GTEST_SKIP() << kHandledByOthers;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    EXPECT_EXIT(log_and([signal] { std::raise(signal); }), KilledBySignal(signal), EndsWith("the last\n")) << signal;
  }
}

/// The compiler does not see that the stack ends long before.
int overflow(int depth) {
  volatile char frame[4096];
  frame[0] = static_cast<char>(depth);
  return depth < 0 ? 0 : overflow(depth + 1) + frame[0];
}

TEST_F(LastWordsTest, are_written_where_the_stack_has_overflowed) {
  if (tests::kIsSanitized) GTEST_SKIP() << kHandledByOthers;
  EXPECT_EXIT(log_and([] { std::_Exit(overflow(0)); }), KilledBySignal(SIGSEGV), EndsWith("the last\n"));
}

TEST_F(LastWordsTest, are_given_up_where_nobody_reads) {
  const auto begin = std::chrono::steady_clock::now();
  const auto nobody_reads = [] {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) std::_Exit(1);
    LineWriter lines(ends[1]);
    const LastWords last_words(lines);
    write_much(lines);
    std::abort();
  };
  EXPECT_EXIT(nobody_reads(), KilledBySignal(SIGABRT), "");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10 * LineWriter::kPatience);
}

TEST_F(LastWordsTest, leave_the_signals_of_others_alone) {
  const auto handled = [] {
    std::signal(SIGABRT, [](int) { std::_Exit(3); });
    LineWriter lines(STDERR_FILENO);
    {
      const LastWords last_words(lines);
    }
    const LastWords last_words(lines);
    std::abort();
  };
  EXPECT_EXIT(handled(), ExitedWithCode(3), "");
}

TEST_F(LastWordsTest, end_with_their_object) {
  const auto ended = [] {
    LineWriter lines(STDERR_FILENO);
    {
      const LastWords last_words(lines);
    }
    struct sigaction now{};
    ::sigaction(SIGABRT, nullptr, &now);
    std::_Exit(now.sa_handler == SIG_DFL ? 0 : 1);
  };
  EXPECT_EXIT(ended(), ExitedWithCode(0), "");
}

}  // namespace
}  // namespace cli
