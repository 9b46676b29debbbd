#include "rehearse/interrupt.h"

#include <unistd.h>

#include <csignal>

namespace rehearse {

namespace {

std::atomic<bool> was_interrupted{false};
std::atomic<bool> was_time_over{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int) {
  was_interrupted = true;
}

void on_time_over(int) {
  // Whoever was interrupted already was not by this.
  if (!was_interrupted) was_time_over = true;
  was_interrupted = true;
}

}  // namespace

bool is_heard(int signal) {
  struct sigaction before{};
  return ::sigaction(signal, nullptr, &before) != 0 || before.sa_handler != SIG_IGN;
}

void limit_time(unsigned seconds) {
  ::alarm(0);
  if (was_time_over) was_interrupted = false;
  was_time_over = false;
  if (seconds == 0) return;
  struct sigaction action{};
  action.sa_handler = on_time_over;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGALRM, &action, nullptr);
  ::alarm(seconds);
}

bool time_is_over() {
  return was_time_over;
}

void catch_interrupts() {
  struct sigaction action{};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (is_heard(signal)) ::sigaction(signal, &action, nullptr);
  }
}

const std::atomic<bool>& interrupted() {
  return was_interrupted;
}

}  // namespace rehearse
