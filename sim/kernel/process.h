// One incarnation of a simulated process: the owner of all that it has pending, so that all of it can be killed. Made
// and owned by the kernel; a restart is a new process, of the same name if one likes.
#pragma once

#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/time/time.h"
#include "sim/kernel/timer_heap.h"

namespace sim {

class Kernel;
class Process;

/// Runs tasks as the process. A task that is dispatched by the process itself runs at once, as with an io_context,
/// unless that nests too deeply; a posted one always waits for its turn. Those of a dead process are destroyed.
class ProcessExecutor {
 public:
  explicit ProcessExecutor(Process& process) : process_(&process) {}

  template <class F>
  void execute(F&& function) const;

  boost::asio::execution_context& query(boost::asio::execution::context_t) const noexcept;
  constexpr boost::asio::execution::blocking_t query(boost::asio::execution::blocking_t) const noexcept {
    if (never_blocking_) return boost::asio::execution::blocking.never;
    return boost::asio::execution::blocking.possibly;
  }
  ProcessExecutor require(boost::asio::execution::blocking_t::never_t) const { return {process_, true}; }
  ProcessExecutor require(boost::asio::execution::blocking_t::possibly_t) const { return {process_, false}; }

  friend bool operator==(const ProcessExecutor&, const ProcessExecutor&) = default;

 private:
  ProcessExecutor(Process* process, bool never_blocking) : process_(process), never_blocking_(never_blocking) {}

  Process* process_;
  bool never_blocking_ = false;
};

class Process {
 public:
  Process(Kernel& kernel, std::string name) : kernel_(kernel), name_(std::move(name)) {}
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  Kernel& kernel() const { return kernel_; }
  const std::string& name() const { return name_; }
  bool is_alive() const { return state_ != State::Dead; }
  bool is_paused() const { return state_ == State::Paused; }

  /// The wall clock of the machine that it runs on: the kernel's and this machine's own shift.
  core::WallTime wall_now() const;
  /// Moves that clock, back as well as forth.
  void shift_wall_clock(core::Duration by) { wall_shift_ += by; }

  /// Aborts the program: a rule of the kernel was broken in the name of this process.
  [[noreturn]] void broken(std::string_view rule) const;

  ProcessExecutor executor() { return ProcessExecutor(*this); }

 private:
  friend class Kernel;

  enum class State : std::uint8_t { Running, Paused, Dead };
  /// What a paused process has pending.
  struct Held {
    ReadyQueue ready;
    TimerHeap timers;
  };

  Kernel& kernel_;
  std::string name_;
  core::Duration wall_shift_{};
  State state_ = State::Running;
  std::unique_ptr<Held> held_;  ///< While it is paused.
};

}  // namespace sim
