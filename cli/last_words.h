// A program may die of an uncaught exception, of abort(), or of a fault of memory or arithmetic. It then writes the
// lines of its log that are not written yet: the last ones say what it was doing.
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
