// Being told to stop: Ctrl-C, or a signal of the system's. A search then ends with what it has; told twice, it ends at
// once.
#pragma once

#include <atomic>

namespace rehearse {

/// From now on SIGINT, SIGTERM and SIGHUP set interrupted(); a second one of the same kind ends the program.
void catch_interrupts();

const std::atomic<bool>& interrupted();

}  // namespace rehearse
