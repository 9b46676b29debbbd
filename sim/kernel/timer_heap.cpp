#include "sim/kernel/timer_heap.h"

#include <algorithm>
#include <utility>

namespace sim {

namespace {

constexpr std::size_t kArity = 4;
constexpr std::size_t kMostSpare = 4096;  // Entries of an array that is kept for the next world.

thread_local std::vector<TimerHeap::Entry> spare;

bool before(const TimerHeap::Entry& a, const TimerHeap::Entry& b) {
  return a.deadline != b.deadline ? a.deadline < b.deadline : a.sequence < b.sequence;
}

}  // namespace

TimerHeap::TimerHeap() : entries_(std::exchange(spare, {})) {}

TimerHeap::~TimerHeap() {
  entries_.clear();
  if (entries_.capacity() <= kMostSpare && entries_.capacity() > spare.capacity()) spare = std::move(entries_);
}

void TimerHeap::place(std::size_t index, const Entry& entry) {
  entries_[index] = entry;
  entry.operation->heap_index_ = index;
}

void TimerHeap::sift_up(std::size_t index, const Entry& entry) {
  while (index > 0) {
    const std::size_t parent = (index - 1) / kArity;
    if (!before(entry, entries_[parent])) break;
    place(index, entries_[parent]);
    index = parent;
  }
  place(index, entry);
}

void TimerHeap::sift_down(std::size_t index, const Entry& entry) {
  const std::size_t size = entries_.size();
  for (std::size_t child = index * kArity + 1; child < size; child = index * kArity + 1) {
    const std::size_t end = std::min(child + kArity, size);
    std::size_t least = child;
    while (++child < end) {
      if (before(entries_[child], entries_[least])) least = child;
    }
    if (!before(entries_[least], entry)) break;
    place(index, entries_[least]);
    index = least;
  }
  place(index, entry);
}

void TimerHeap::push(const Entry& entry) {
  entries_.push_back(entry);
  sift_up(entries_.size() - 1, entry);
}

Operation& TimerHeap::pop() {
  Operation& operation = *entries_.front().operation;
  remove(operation);
  return operation;
}

void TimerHeap::remove(Operation& operation) {
  const std::size_t index = operation.heap_index_;
  const Entry last = entries_.back();
  entries_.pop_back();
  if (index == entries_.size()) return;
  if (index > 0 && before(last, entries_[(index - 1) / kArity])) {
    sift_up(index, last);
  } else {
    sift_down(index, last);
  }
}

std::vector<TimerHeap::Entry> TimerHeap::extract(const Process& process) {
  const auto kept_end = std::partition(entries_.begin(), entries_.end(), [&process](const Entry& entry) {
    return entry.operation->process() != &process;
  });
  std::vector<Entry> extracted(kept_end, entries_.end());
  entries_.erase(kept_end, entries_.end());
  // A sorted array is a heap, and a crash is rare.
  // total order: sequences are unique
  std::sort(entries_.begin(), entries_.end(), before);
  for (std::size_t index = 0; index < entries_.size(); ++index) entries_[index].operation->heap_index_ = index;
  // total order: sequences are unique
  std::sort(extracted.begin(), extracted.end(), [](const Entry& a, const Entry& b) { return a.sequence < b.sequence; });
  return extracted;
}

}  // namespace sim
