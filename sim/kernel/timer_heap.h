// The operations that wait for their time, the next one on top. A 4-ary heap whose operations know their places, so
// that one which ends early leaves at once and nothing stale ever remains. The kernel owns them; the array's memory is
// handed from one world of a thread to the next.
#pragma once

#include <cstdint>
#include <vector>

#include "core/time/time.h"
#include "sim/kernel/operation.h"

namespace sim {

class TimerHeap {
 public:
  struct Entry {
    core::SteadyTime deadline;
    std::uint64_t sequence;  ///< Orders what is due at one instant; no two are equal.
    Operation* operation;
  };

  TimerHeap();
  ~TimerHeap();
  TimerHeap(const TimerHeap&) = delete;
  TimerHeap& operator=(const TimerHeap&) = delete;

  bool empty() const { return entries_.empty(); }
  /// Precondition of this and pop(): not empty.
  const Entry& top() const { return entries_.front(); }

  void push(const Entry& entry);
  Operation& pop();
  void remove(Operation& operation);

  /// Takes all operations of `process` out, in the order of their sequence.
  std::vector<Entry> extract(const Process& process);

 private:
  void place(std::size_t index, const Entry& entry);
  void sift_up(std::size_t index, const Entry& entry);
  void sift_down(std::size_t index, const Entry& entry);

  std::vector<Entry> entries_;
};

}  // namespace sim
