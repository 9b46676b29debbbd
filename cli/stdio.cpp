#include "cli/stdio.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>

#include "core/text/printable.h"

namespace cli {

namespace {

int stdout_error = 0;  ///< The first errno of a write that failed.

void write_to_stdout(std::string_view text) {
  if (stdout_error != 0) return;
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) stdout_error = errno;
}

}  // namespace

void print(const core::TerminalText& text) {
  write_to_stdout(core::without_ci_commands(text.str()));
}

void print_json(std::string_view json) {
  write_to_stdout(core::printable_json(json));
}

void clear_screen() {
  if (::isatty(STDOUT_FILENO) == 1) write_to_stdout("\x1b[H\x1b[J");
}

void print_message(std::string_view text) {
  const std::string line = core::without_ci_commands(core::TerminalText::format("{}", text).str() + "\n");
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void prepare_streams() {
  int descriptor = ::open("/dev/null", O_RDONLY);
  while (descriptor >= 0 && descriptor <= STDERR_FILENO) descriptor = ::open("/dev/null", O_RDONLY);
  if (descriptor >= 0) ::close(descriptor);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

bool stdout_is_read() {
  return stdout_error != EPIPE;
}

bool flush_stdout() {
  errno = 0;
  if (std::fflush(stdout) != 0 && stdout_error == 0) stdout_error = errno;
  return stdout_error == 0;
}

int exit_code_of(int code, int bad) {
  if (flush_stdout()) return code;
  if (stdout_error == EPIPE) {
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
  }
  print_message(std::string("error: stdout cannot be written: ") + std::strerror(stdout_error));
  return std::max(code, bad);
}

}  // namespace cli
