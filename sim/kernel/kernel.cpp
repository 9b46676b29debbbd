// lint-allow-file(raw-new): an operation is owned by the queue or heap that it is in, and ends its own life when it
// runs
#include "sim/kernel/kernel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace sim {

namespace {

/// Timers come after the world's entries of the same instant.
constexpr std::uint64_t kTimer = std::uint64_t{1} << 63;

/// Tasks that dispatch tasks nest this deeply; further ones wait for their turn, so that a program which dispatches
/// without end becomes a livelock rather than a stack overflow.
constexpr std::uint32_t kMostInline = 32;

template <class T>
class Restore {
 public:
  Restore(T& variable, T value) : variable_(variable), before_(std::exchange(variable, value)) {}
  Restore(const Restore&) = delete;
  Restore& operator=(const Restore&) = delete;
  ~Restore() { variable_ = before_; }

 private:
  T& variable_;
  T before_;
};

}  // namespace

std::string_view name_of(RunOutcome outcome) {
  switch (outcome) {
    case RunOutcome::Finished:
      return "finished";
    case RunOutcome::Deadlock:
      return "deadlock";
    case RunOutcome::Livelock:
      return "livelock";
    case RunOutcome::LimitReached:
      return "limit reached";
  }
  return "unknown";
}

void Process::broken(std::string_view rule) const {
  // lint-allow(raw-output): before an abort; runners' names are the world's own
  fmt::print(stderr, "process {}: {}\n", name_, rule);
  std::abort();
}

Kernel::Kernel(core::WallTime start) : start_(start) {}

Kernel::~Kernel() {
  for (const auto& process : processes_) kill(*process);
  // What is left is the world's, and may still post to processes.
  while (Operation* operation = ready_.pop()) delete operation;
  while (!timers_.empty()) delete &timers_.pop();
}

core::WallTime Kernel::wall_now() const {
  return core::saturating_add(core::saturating_add(start_, now_.time_since_epoch()), wall_shift_);
}

Process& Kernel::create_process(std::string name) {
  return *processes_.emplace_back(std::make_unique<Process>(*this, std::move(name)));
}

core::WallTime Process::wall_now() const {
  return core::saturating_add(kernel_.wall_now(), wall_shift_);
}

ReadyQueue Kernel::take_ready_of(const Process& process) {
  ReadyQueue taken, others;
  while (Operation* operation = ready_.pop()) (operation->process() == &process ? taken : others).push(*operation);
  ready_ = others;
  return taken;
}

void Kernel::pause(Process& process) {
  if (running_ == &process) process.broken("it cannot be paused by itself");
  if (process.state_ != Process::State::Running) return;
  process.state_ = Process::State::Paused;
  process.held_ = std::make_unique<Process::Held>();
  process.held_->ready = take_ready_of(process);
  for (const TimerHeap::Entry& timer : timers_.extract(process)) process.held_->timers.push(timer);
}

void Kernel::resume(Process& process) {
  if (!process.is_paused()) return;
  process.state_ = Process::State::Running;
  const std::unique_ptr<Process::Held> held = std::move(process.held_);
  while (Operation* operation = held->ready.pop()) ready_.push(*operation);
  while (!held->timers.empty()) {
    TimerHeap::Entry timer = held->timers.top();
    held->timers.pop();
    // Not drawn by shuffle() either: a process that wakes finds its timers sorted.
    if (timer.deadline < now_) timer = {now_, kTimer | next_sequence_++, timer.operation};
    timers_.push(timer);
  }
}

void Kernel::kill(Process& process) {
  if (running_ == &process) process.broken("it cannot be killed by itself");
  resume(process);
  process.state_ = Process::State::Dead;

  // All are disconnected before the first is destroyed: its destructors may own the signals, timers and handlers by
  // which the others are reached.
  const auto condemn = [this](Operation& operation) {
    operation.disconnect();
    discarded_.push(operation);
  };
  ReadyQueue ready = take_ready_of(process);
  while (Operation* operation = ready.pop()) condemn(*operation);
  for (const auto& entry : timers_.extract(process)) condemn(*entry.operation);
  drain_discarded();
}

void Kernel::discard(Operation& operation) {
  operation.disconnect();
  discarded_.push(operation);
  // Destroying one may bring the next (Asio posts a suspended coroutine to its executor to destroy it there); a loop
  // rather than recursion, so that long chains of coroutines do not need a deep stack.
  if (!discarding_) drain_discarded();
}

void Kernel::drain_discarded() {
  const Restore<bool> discarding(discarding_, true);
  while (Operation* operation = discarded_.pop()) delete operation;
}

void Kernel::enqueue(Operation& operation) {
  Process* const process = operation.process();
  if (process == nullptr || process->state_ == Process::State::Running) {
    ready_.push(operation);
  } else if (process->is_paused()) {
    process->held_->ready.push(operation);
  } else {
    discard(operation);
  }
}

TimerHeap& Kernel::timers_of(const Process* process) {
  return process != nullptr && process->is_paused() ? process->held_->timers : timers_;
}

void Kernel::wait_for(core::SteadyTime deadline, Operation& operation) {
  Process* const process = operation.process();
  if (process != nullptr && running_ != nullptr && running_ != process) {
    process->broken("another process, " + running_->name() + ", waits in its name and could not be killed");
  }
  if (process != nullptr && !process->is_alive()) {
    discard(operation);
  } else {
    const std::uint64_t sequence = process == nullptr ? next_sequence_++ : kTimer | timer_sequence();
    timers_of(process).push({std::max(deadline, now_), sequence, &operation});
  }
}

std::uint64_t Kernel::timer_sequence() {
  const std::uint64_t sequence = next_sequence_++;
  if (!shuffled_) return sequence;
  // Chance above, and below what keeps any two apart.
  constexpr std::uint64_t kApart = (std::uint64_t{1} << 32) - 1;
  return ((shuffled_->bits(draws_++) >> 1) & ~kApart) | (sequence & kApart);
}

Operation& Kernel::next_ready() {
  if (!shuffled_) return *ready_.pop();
  // One of the first 1, 2, 4 or 8: nothing is left behind for long, and a few that are ready come in any order.
  const std::uint64_t bits = shuffled_->bits(draws_++);
  const std::uint64_t window = std::uint64_t{1} << (bits % 4);
  return ready_.take((bits >> 2) % window);
}

void Kernel::make_ready(Operation& waiting) {
  timers_of(waiting.process()).remove(waiting);
  enqueue(waiting);
}

bool Kernel::may_run_inline(const Process& process) const {
  return running_ == &process && inline_depth_ < kMostInline;
}

void Kernel::step(Operation& operation) {
  const Restore<const Process*> running(running_, operation.process());
  operation.run();
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

bool Kernel::instant_is_over() const {
  return ready_.empty() && (timers_.empty() || timers_.top().deadline > now_);
}

void Kernel::advance_to(core::SteadyTime time) {
  if (time == now_) return;
  now_ = time;
  steps_at_instant_ = 0;
  step_of_progress_ = 0;
}

bool Kernel::is_livelocked() const {
  return steps_at_instant_ - step_of_progress_ >= std::max(step_budget_, step_of_progress_);
}

RunResult Kernel::run(const std::function<bool()>& stop, core::SteadyTime limit) {
  const auto result = [this](RunOutcome outcome) { return RunResult{outcome, steps_at_instant_}; };
  while (!stop()) {
    if (ready_.empty()) {
      if (timers_.empty() || timers_.top().deadline == core::SteadyTime::max()) return result(RunOutcome::Deadlock);
      const core::SteadyTime due = timers_.top().deadline;
      advance_to(std::min(due, std::max(limit, now_)));
      if (due != now_) return result(RunOutcome::LimitReached);
    }
    if (is_livelocked()) return result(RunOutcome::Livelock);
    ++steps_at_instant_;
    // The one place where something is chosen among what is ready.
    step(ready_.empty() ? timers_.pop() : next_ready());
  }
  return result(RunOutcome::Finished);
}

}  // namespace sim
