// Where data and messages go: data to stdout, messages to stderr, colours and narrow timelines only on a terminal.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "cli/stdio.h"
#include "core/json/input_error.h"
#include "reports/timeline_text.h"
#include "sim/scenario/scenario.h"

namespace rehearse {

using cli::print;
using cli::print_json;
using cli::print_message;
using core::TerminalText;

/// One line on stderr that the next one overwrites; empty: it is wiped. Nothing where stderr is no terminal.
void print_progress(std::string_view text);

reports::Screen screen_of_stdout();

/// Reads all files before anything is run. Prints every error and warning. Empty when any file has an error, with
/// `bad_input` set.
std::vector<sim::Scenario> load_all(const std::vector<std::string>& paths, bool& bad_input);

/// A file that is written beside its place and put there whole, or not at all. Where something else than a plain file
/// stands (a device, a pipe, a link), that is written to as it goes, and never replaced.
class OutputFile {
 public:
  /// Of a file that is made.
  enum class Access { Everybody, OwnerAlone };

  explicit OutputFile(std::string path, Access access = Access::Everybody);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  bool ok() const { return error_.empty(); }
  const std::string& error() const { return error_; }  ///< In words, with the path.
  void write(std::string_view text);
  /// False, with error(), if not everything could be written; then the place is as it was.
  bool commit();

 private:
  void fail(const char* what);

  std::string path_;
  std::string beside_;  ///< Empty: written in place.
  std::string error_;
  std::FILE* file_ = nullptr;
};

}  // namespace rehearse
