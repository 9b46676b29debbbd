// What a piece of work has in memory at its peak, measured in a process of its own.
#pragma once

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "tests/support/sanitized.h"

namespace tests {

inline std::size_t resident_bytes() {
  unsigned long size = 0, resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr || std::fscanf(file, "%lu %lu", &size, &resident) != 2) std::_Exit(2);
  std::fclose(file);
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// The most that `work` has in memory at once, beyond what there was before.
inline std::size_t peak_of(const std::function<void()>& work) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::malloc_trim(0);
    // The highest mark so far is the parent's.
    std::FILE* marks = std::fopen("/proc/self/clear_refs", "w");
    if (marks == nullptr || std::fputs("5", marks) < 0 || std::fclose(marks) != 0) std::_Exit(2);
    const std::size_t before = resident_bytes();
    work();
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const std::size_t most = static_cast<std::size_t>(used.ru_maxrss) * 1024;
    const std::size_t peak = most > before ? most - before : 0;
    std::_Exit(::write(ends[1], &peak, sizeof peak) == sizeof peak ? 0 : 1);
  }
  std::size_t peak = SIZE_MAX;
  ::close(ends[1]);
  EXPECT_EQ(::read(ends[0], &peak, sizeof peak), static_cast<ssize_t>(sizeof peak));
  ::close(ends[0]);
  int status = 1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  return peak;
}

}  // namespace tests
