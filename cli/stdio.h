// The standard streams of a program: data to stdout, messages to stderr, and certainty that the data arrived.
#pragma once

#include <string_view>

namespace cli {

void print(std::string_view text);          ///< To stdout.
void print_message(std::string_view text);  ///< To stderr, with a newline.

/// Call first: a standard stream that the caller closed stays unwritable, and no file that is opened takes its place.
void keep_closed_streams_closed();

/// Whether all that was printed has arrived; says so on stderr if not.
bool stdout_arrived();

}  // namespace cli
