// Reads a pipe that nobody was meant to read, once that has lasted too long: a test of what waits for its reader then
// fails instead of hanging.
#pragma once

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace tests {

class LateReader {
 public:
  /// `open` gives the end to read.
  explicit LateReader(std::function<int()> open) : thread_([this, open = std::move(open)] { run(open); }) {}
  ~LateReader() {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
    }
    ended_.notify_all();
    thread_.join();
  }
  LateReader(const LateReader&) = delete;
  LateReader& operator=(const LateReader&) = delete;

 private:
  bool is_over_after(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return ended_.wait_for(lock, time, [this] { return is_over_; });
  }

  void run(const std::function<int()>& open) {
    if (is_over_after(std::chrono::seconds(10))) return;
    const int end = open();
    char bytes[4096];
    while (!is_over_after(std::chrono::milliseconds(0))) {
      pollfd ready{end, POLLIN, 0};
      if (::poll(&ready, 1, 50) > 0 && ::read(end, bytes, sizeof bytes) < 0) break;
    }
  }

  std::mutex mutex_;
  std::condition_variable ended_;
  bool is_over_ = false;
  std::thread thread_;  ///< Last: it uses the others.
};

}  // namespace tests
