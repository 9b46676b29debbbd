// The standard streams of a program: data to stdout, messages to stderr, and certainty that the data arrived. This is
// the one place where text meets a terminal: what it would obey is shown escaped, and what a CI system would carry out
// is made ineffective (core/text/printable.h).
#pragma once

#include <cstdint>
#include <string_view>

#include "core/text/terminal_text.h"

namespace cli {

/// For people, to stdout.
void print(const core::TerminalText& text);

/// The same of a format and values, as core::TerminalText::format() takes them.
template <class... Values>
void print(fmt::format_string<core::TerminalText::Shown<Values>...> form, const Values&... values) {
  print(core::TerminalText::format(form, values...));
}

/// For programs, to stdout: JSON, or pieces of it.
void print_json(std::string_view json);

/// What is printed next begins at the top of an empty screen, where stdout is a terminal.
void clear_screen();

/// To stderr, on a line of its own: `text` may hold foreign texts, and no line feeds of the program's.
void print_message(std::string_view text);

/// Call first: a standard stream that the caller closed stays unwritable, no file that is opened takes its place, and a
/// reader that leaves, or a file that may not grow, ends nothing before its end.
void prepare_streams();

/// Whether what was printed so far has arrived.
bool flush_stdout();

/// Whether somebody still reads stdout. If not, print() does nothing, and a command that only prints can stop.
bool stdout_is_read();

/// The exit code of a program that is done with `code`. Says so on stderr if what was printed has not arrived, which is
/// `bad` at least. If its reader left, as `head` does, this ends the process by SIGPIPE, quietly, as git does.
int exit_code_of(int code, int bad);

}  // namespace cli
