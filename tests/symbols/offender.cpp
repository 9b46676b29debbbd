// What forbidden_symbols.sh must catch.
#include <sys/socket.h>

#include <chrono>

int open_socket() {
  return socket(AF_INET, SOCK_STREAM, 0);
}

bool is_past(std::chrono::nanoseconds time) {
  // lint-allow(real-clock): what the test looks for.
  return std::chrono::steady_clock::now().time_since_epoch() > time;
}
