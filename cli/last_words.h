// A program that is killed by a fault of its own - an uncaught exception, abort(), a fault of memory or arithmetic -
// still writes the lines of its log that wait for it: the last ones say what it was doing.
#pragma once

#include "cli/line_writer.h"

namespace cli {

/// While it lives, the process does not die of such a signal before `lines` are written, or have waited for
/// LineWriter::kPatience. It still dies of that signal. One at a time; a signal that somebody else handles, or that is
/// ignored, is left alone.
class LastWords {
 public:
  explicit LastWords(const LineWriter& lines);
  ~LastWords();
  LastWords(const LastWords&) = delete;
  LastWords& operator=(const LastWords&) = delete;
};

}  // namespace cli
