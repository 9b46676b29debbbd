// What a process, or the world itself, has pending: a task that is ready or something that waits for its time. An
// operation is in exactly one place, the ready queue or the timer heap, and either runs once or is destroyed
// without having run; both end its life.
// lint-allow-file(raw-new): an operation ends its own life when it runs
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "sim/kernel/memory.h"

namespace sim {

class Process;

class Operation {
 public:
  /// `process` is null for the world.
  explicit Operation(Process* process) : process_(process) {}
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  virtual ~Operation() = default;

  /// Does it. The operation is gone before the first effect of what it does.
  virtual void run() = 0;

  /// Takes back what lets others reach the operation (a cancellation slot), ahead of its destruction.
  virtual void disconnect() {}

  Process* process() const { return process_; }

  static void* operator new(std::size_t size) { return allocate_block(size); }
  static void operator delete(void* block, std::size_t size) { free_block(block, size); }

 private:
  friend class ReadyQueue;
  friend class TimerHeap;

  Process* process_;
  Operation* next_ = nullptr;   ///< In the ready queue.
  std::size_t heap_index_ = 0;  ///< In the timer heap.
};

/// A function without arguments.
template <class F>
class Task final : public Operation {
 public:
  template <class G>
  Task(Process* process, G&& function) : Operation(process), function_(std::forward<G>(function)) {}

  void run() override {
    F function(std::move(function_));
    delete this;
    std::move(function)();
  }

 private:
  F function_;
};

/// First in, first out, unless asked for another. The kernel owns what is in it.
class ReadyQueue {
 public:
  bool empty() const { return first_ == nullptr; }

  void push(Operation& operation) {
    operation.next_ = nullptr;
    *(first_ == nullptr ? &first_ : &last_->next_) = &operation;
    last_ = &operation;
  }

  /// Null when empty.
  Operation* pop() {
    Operation* const operation = first_;
    if (operation != nullptr) first_ = operation->next_;
    return operation;
  }

  /// The one at `place`, the first being 0; of a shorter queue the last. Precondition: not empty.
  Operation& take(std::size_t place) {
    Operation* before = nullptr;
    Operation* operation = first_;
    for (; place > 0 && operation->next_ != nullptr; --place) {
      before = operation;
      operation = operation->next_;
    }
    *(before == nullptr ? &first_ : &before->next_) = operation->next_;
    if (last_ == operation) last_ = before;
    return *operation;
  }

 private:
  Operation* first_ = nullptr;
  Operation* last_ = nullptr;
};

}  // namespace sim
