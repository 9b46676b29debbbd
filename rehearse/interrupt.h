// Being told to stop: Ctrl-C, a signal of the system's, or the end of the real time that was allowed. A search then
// ends with what it has; told twice by a signal, it ends at once.
#pragma once

#include <atomic>

namespace rehearse {

/// From now on SIGINT, SIGTERM and SIGHUP set interrupted(); a second one of the same kind ends the program.
void catch_interrupts();

/// Whether the caller has not had the program ignore the signal, as nohup does.
bool is_heard(int signal);

/// Counts anew from now: after that many seconds of real time interrupted() is set; 0: never.
void limit_time(unsigned seconds);
/// Whether that is why interrupted() is set.
bool time_is_over();

const std::atomic<bool>& interrupted();

}  // namespace rehearse
