// Virtual time: a single-threaded Asio execution context in user space that owns the clock, the ready queue and the
// timer heap of one world. The clock jumps, and only when nothing is ready; then the one thing that is due next is
// fired, and all that this makes ready runs before the next one. At one instant the world's entries come first, in the
// order in which they were made; then timers by the order in which their waits began. Ready tasks run first in, first
// out. Nothing of a paused process runs; when it goes on, what it had ready joins the end of the ready queue in its own
// order, and what came due meanwhile the end of the timers of that instant, in the order of its times. shuffle() draws
// the order of ready tasks and of timers instead. Worlds share nothing; a kernel is used by one thread at a time and
// destroyed by the one that made it. lint-allow-file(raw-new): an operation is owned by the queue or heap that it is in
#pragma once

#include <boost/asio/execution_context.hpp>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/random/random.h"
#include "core/time/time.h"
#include "sim/kernel/operation.h"
#include "sim/kernel/process.h"
#include "sim/kernel/timer_heap.h"

namespace sim {

enum class RunOutcome : std::uint8_t {
  Finished,      ///< The stop condition holds.
  Deadlock,      ///< It does not, and nothing is ready and nothing will ever be due.
  Livelock,      ///< An instant went on for too long with nothing new.
  LimitReached,  ///< What is due next is due after the limit, where the clock now stands.
};
std::string_view name_of(RunOutcome outcome);

struct RunResult {
  RunOutcome outcome;
  std::uint64_t steps_at_instant;  ///< Tasks run and timers fired since the clock last moved.
};

class Wait;

class Kernel : public boost::asio::execution_context {
 public:
  static constexpr std::uint64_t kStepBudget = 1'000'000;

  /// The calendar time that belongs to SteadyTime zero.
  explicit Kernel(core::WallTime start = {});
  /// Kills what is left, in order of creation. What the coroutines refer to must still be alive.
  ~Kernel();

  core::SteadyTime now() const { return now_; }
  core::WallTime wall_now() const;
  /// Whether the next step, if there is one, is at a later time.
  bool instant_is_over() const;
  /// Moves the wall clock of all processes, back as well as forth.
  void shift_wall_clock(core::Duration by) { wall_shift_ += by; }

  /// From now on the order of what is ready, and of the timers that are due at one instant, is drawn from `random`:
  /// what must not make a difference is tried. The world's entries keep their places.
  void shuffle(const core::Random& random) { shuffled_ = random; }

  /// An instant is a livelock when, since the last new thing, as many steps have passed as before it, and at least
  /// `steps`. A large world has much to do at one instant, so the number of steps alone says nothing.
  void set_step_budget(std::uint64_t steps) { step_budget_ = steps; }
  /// Something was done that had not been done at this instant before. Whoever tells of it sees to it that there is an
  /// end to what can be new at one instant.
  void note_progress() { step_of_progress_ = steps_at_instant_; }
  /// Tasks run and timers fired since the clock last moved.
  std::uint64_t steps_at_instant() const { return steps_at_instant_; }

  /// The process lives as long as the kernel, also after it was killed.
  Process& create_process(std::string name);

  /// A crash: all that the process has pending is destroyed without being run, and so are all its coroutines; what
  /// their destructors post is destroyed too. Nothing of it runs afterwards. What the coroutines refer to must be alive
  /// until this returns. Not to be called by the process itself, whose running coroutine could not be destroyed.
  void kill(Process& process);

  /// The process stands still: nothing of it runs, its clocks go on, and what others cause for it waits with the rest.
  /// Without an effect on one that is paused or dead. Not to be called by the process itself.
  void pause(Process& process);
  /// It goes on, at this instant. Without an effect on one that is not paused.
  void resume(Process& process);

  /// Runs `function` for the world after all that is ready now.
  template <class F>
  void post(F function) {
    enqueue(*new Task<F>(nullptr, std::move(function)));
  }

  /// Runs `function` for the world at `time`, or at this instant if that has passed.
  template <class F>
  void schedule_at(core::SteadyTime time, F function) {
    wait_for(time, *new Task<F>(nullptr, std::move(function)));
  }

  /// Runs until `stop` holds, asked before each step, or until it cannot go on. What is due at `limit` is still done.
  /// Can be called again, whatever the outcome. What a task throws comes out of here.
  RunResult run(const std::function<bool()>& stop, core::SteadyTime limit);

 private:
  friend class ProcessExecutor;
  friend class Wait;

  void enqueue(Operation& operation);
  TimerHeap& timers_of(const Process* process);
  /// What the process has ready, in its order, taken out of the ready queue.
  ReadyQueue take_ready_of(const Process& process);
  void wait_for(core::SteadyTime deadline, Operation& operation);
  void make_ready(Operation& waiting);
  bool may_run_inline(const Process& process) const;
  template <class F>
  void run_inline(F&& function);

  void advance_to(core::SteadyTime time);
  bool is_livelocked() const;
  Operation& next_ready();
  std::uint64_t timer_sequence();
  void step(Operation& operation);
  void discard(Operation& operation);
  void drain_discarded();

  core::SteadyTime now_{};
  core::WallTime start_;
  core::Duration wall_shift_{};
  std::uint64_t next_sequence_ = 0;
  std::uint64_t steps_at_instant_ = 0;
  std::uint64_t step_of_progress_ = 0;  ///< The last one, of this instant.
  std::uint64_t step_budget_ = kStepBudget;
  std::optional<core::Random> shuffled_;
  std::uint64_t draws_ = 0;

  const Process* running_ = nullptr;  ///< Whose task is on the stack.
  std::uint32_t inline_depth_ = 0;
  std::exception_ptr failure_;  ///< Thrown by a task that ran inline.

  std::vector<std::unique_ptr<Process>> processes_;
  ReadyQueue ready_;
  TimerHeap timers_;
  ReadyQueue discarded_;  ///< To be destroyed without being run.
  bool discarding_ = false;
};

template <class F>
void Kernel::run_inline(F&& function) {
  ++inline_depth_;
  try {
    std::forward<F>(function)();
  } catch (...) {
    // As with an io_context: it must not reach the task that merely dispatched this one.
    if (!failure_) failure_ = std::current_exception();
  }
  --inline_depth_;
}

inline boost::asio::execution_context& ProcessExecutor::query(boost::asio::execution::context_t) const noexcept {
  return process_->kernel();
}

template <class F>
void ProcessExecutor::execute(F&& function) const {
  Kernel& kernel = process_->kernel();
  using Function = std::decay_t<F>;
  if (!never_blocking_ && kernel.may_run_inline(*process_)) {
    Function local(std::forward<F>(function));
    kernel.run_inline(std::move(local));
  } else {
    kernel.enqueue(*new Task<Function>(process_, std::forward<F>(function)));
  }
}

}  // namespace sim
