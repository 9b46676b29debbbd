// Being told to stop: Ctrl-C, or a signal of the system's. A search then ends with what it has; told twice, it ends at
// once.
#pragma once

#include <atomic>

namespace rehearse {

/// From now on SIGINT, SIGTERM and SIGHUP set interrupted(); a second one of the same kind ends the program.
void catch_interrupts();

const std::atomic<bool>& interrupted();

/// Output that nobody reads, or that is longer than a file may be, is an error that is told, not a signal that ends the
/// program before what it found is kept.
void ignore_output_signals();

}  // namespace rehearse
