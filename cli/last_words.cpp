#include "cli/last_words.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

namespace cli {

namespace {

/// std::terminate() ends in SIGABRT.
constexpr std::array kFatal{SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

std::atomic<const LineWriter*> last_lines = nullptr;
static_assert(std::atomic<const LineWriter*>::is_always_lock_free);

/// Where the stack itself has overflowed.
alignas(16) std::array<char, 64UL * 1024> stack_of_handler;

/// Calls only what POSIX allows in the handler of any signal.
void on_fatal_signal(int signal) {
  const int before = errno;
  if (const LineWriter* lines = last_lines) lines->flush_in_signal_handler();
  errno = before;
  // The signal's own action again (SA_RESETHAND), as soon as this returns.
  (void)::raise(signal);
}

void replace_handler(int signal, bool is_ours, const struct sigaction& by) {
  struct sigaction now{};
  if (::sigaction(signal, nullptr, &now) != 0 || (now.sa_flags & SA_SIGINFO) != 0) return;
  if (is_ours ? now.sa_handler == on_fatal_signal : now.sa_handler == SIG_DFL) ::sigaction(signal, &by, nullptr);
}

}  // namespace

LastWords::LastWords(const LineWriter& lines) {
  last_lines = &lines;
  stack_t stack{};
  if (::sigaltstack(nullptr, &stack) == 0 && (stack.ss_flags & SS_DISABLE) != 0) {
    stack = {.ss_sp = stack_of_handler.data(), .ss_flags = 0, .ss_size = stack_of_handler.size()};
    ::sigaltstack(&stack, nullptr);
  }
  struct sigaction action{};
  action.sa_handler = on_fatal_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_ONSTACK);
  ::sigemptyset(&action.sa_mask);
  for (const int signal : kFatal) replace_handler(signal, false, action);
}

LastWords::~LastWords() {
  last_lines = nullptr;
  struct sigaction action{};
  action.sa_handler = SIG_DFL;
  for (const int signal : kFatal) replace_handler(signal, true, action);
}

}  // namespace cli
