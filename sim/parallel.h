// Independent pieces of work on several threads. What each one makes goes into a place of its own, so that the result
// is the same on any number of threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace sim {

struct Parallel {
  std::uint32_t threads = 1;
  const std::atomic<bool>* stop = nullptr;          ///< Set: no further piece is begun.
  std::size_t tell_every = 1;                       ///< After how many pieces `tell` is called again.
  std::function<void(std::size_t done)> tell = {};  ///< By one thread at a time.
};

/// Does work(i) for each i below `count`, in about that order; false when it was stopped. The first exception of a
/// piece of work ends the others after theirs, and is thrown.
template <class Work>
bool in_parallel(std::size_t count, const Parallel& how, Work work) {
  std::atomic<std::size_t> next{0}, done{0};
  std::atomic<bool> stopped{false};
  std::mutex one_at_a_time;
  std::exception_ptr failure;
  const auto loop = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      if (how.stop != nullptr && how.stop->load()) stopped = true;
      if (stopped) return;
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(one_at_a_time);
        if (!failure) failure = std::current_exception();
        stopped = true;
      }
      if (done++ % how.tell_every != 0 || !how.tell) continue;
      const std::lock_guard lock(one_at_a_time);
      how.tell(done);
    }
  };
  std::vector<std::thread> threads;
  for (std::uint32_t i = 1; i < how.threads; ++i) threads.emplace_back(loop);
  loop();
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
  return !stopped;
}

}  // namespace sim
