// Another program that a test starts: ended by its process id, and by the kernel should the test die first.
// lint-allow-file(real-clock): the end of another process is waited for
// lint-allow-file(real-sleep): so it is
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace tests {

class ChildProcess {
 public:
  ChildProcess() = default;
  ~ChildProcess() { stop(SIGTERM); }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// The program's name and its arguments. One that still runs is ended first.
  void start(std::vector<std::string> words) {
    stop(SIGKILL);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t parent = ::getpid();
    process_ = ::fork();
    if (process_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() == parent) ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }

  void send_signal(int signal) const {
    if (process_ > 0) ::kill(process_, signal);
  }

  /// Whether there is none any more by then.
  bool ended_within(std::chrono::milliseconds bound) {
    const auto end = std::chrono::steady_clock::now() + bound;
    while (process_ > 0 && ::waitpid(process_, nullptr, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() >= end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    process_ = 0;
    return true;
  }

  void stop(int signal) {
    send_signal(signal);
    if (ended_within(std::chrono::seconds(5))) return;
    send_signal(SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
  }

 private:
  pid_t process_ = 0;
};

/// Asks until it is so, or the process has ended, or far too much time has passed.
template <class IsReady>
bool becomes_ready(ChildProcess& process, IsReady is_ready) {
  for (int i = 0; i < 1000; ++i) {
    if (is_ready()) return true;
    if (process.ended_within(std::chrono::milliseconds(0))) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace tests
