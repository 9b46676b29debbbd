// Asynchronous waits of a process: what the virtual clock's sleeps and the fakes' transports are made of. A wait ends
// once: when it is due, woken or cancelled through its handler's cancellation slot. Its handler runs later, in a step
// of its own and as the process, or is destroyed with the process.
// lint-allow-file(raw-new): an operation is owned by the queue or heap that it is in
#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <cstdint>
#include <utility>

#include "core/time/time.h"
#include "sim/kernel/kernel.h"

namespace sim {

enum class WaitEnd : std::uint8_t { Due, Woken, Cancelled };

/// Not an error, but for a cancelled one: operation_aborted.
inline boost::system::error_code error_of(WaitEnd end) {
  if (end == WaitEnd::Cancelled) return boost::asio::error::operation_aborted;
  return {};
}

class Wait : public Operation {
 public:
  explicit Wait(Process& process) : Operation(&process) {}
  ~Wait() override { forget_watcher(); }

  /// Begins. `*watcher`, unless `watcher` is null, is this wait until the wait has ended.
  virtual void start(core::SteadyTime deadline, Wait** watcher) {
    if (watcher != nullptr) *watcher = this;
    watcher_ = watcher;
    process()->kernel().wait_for(deadline, *this);
  }

  /// Without an effect on a wait that has ended.
  void end_early(WaitEnd end) {
    if (end_ != WaitEnd::Due) return;
    end_ = end;
    forget_watcher();
    process()->kernel().make_ready(*this);
  }

  void forget_watcher() {
    if (watcher_ != nullptr) *std::exchange(watcher_, nullptr) = nullptr;
  }

  void disconnect() override { forget_watcher(); }

 protected:
  WaitEnd end() const { return end_; }

 private:
  WaitEnd end_ = WaitEnd::Due;
  Wait** watcher_ = nullptr;
};

/// `Deliver` is called as deliver(handler, end).
template <class Handler, class Deliver>
class WaitOf final : public Wait {
 public:
  WaitOf(Process& process, Handler&& handler, Deliver&& deliver)
      : Wait(process), handler_(std::move(handler)), deliver_(std::move(deliver)) {}

  void start(core::SteadyTime deadline, Wait** watcher) override {
    if (auto slot = boost::asio::get_associated_cancellation_slot(handler_); slot.is_connected()) {
      slot.assign([this](boost::asio::cancellation_type_t) { end_early(WaitEnd::Cancelled); });
    }
    Wait::start(deadline, watcher);
  }

  void run() override {
    disconnect();
    Handler handler(std::move(handler_));
    Deliver deliver(std::move(deliver_));
    const WaitEnd how = end();
    delete this;
    std::move(deliver)(std::move(handler), how);
  }

  void disconnect() override {
    Wait::disconnect();
    if (auto slot = boost::asio::get_associated_cancellation_slot(handler_); slot.is_connected()) slot.clear();
  }

 private:
  Handler handler_;
  Deliver deliver_;
};

/// Begins a wait of `process` until `deadline`; SteadyTime::max() is never due.
template <class Handler, class Deliver>
void start_wait(Process& process, core::SteadyTime deadline, Handler&& handler, Deliver&& deliver,
                Wait** watcher = nullptr) {
  using Made = WaitOf<std::decay_t<Handler>, std::decay_t<Deliver>>;
  (new Made(process, std::forward<Handler>(handler), std::forward<Deliver>(deliver)))->start(deadline, watcher);
}

/// Gives `value` to the awaiting coroutine of `process` at `deadline`: an answer on its way. Cancelling the coroutine
/// ends the wait with operation_aborted; then, and when the process is killed, the value is destroyed.
template <class T>
boost::asio::awaitable<T> complete_at(Process& process, core::SteadyTime deadline, T value) {
  using boost::asio::use_awaitable;
  return boost::asio::async_initiate<decltype(use_awaitable), void(boost::system::error_code, T)>(
      [&process, deadline, value = std::move(value)](auto handler) mutable {
        start_wait(process, deadline, std::move(handler),
                   [value = std::move(value)](auto awaiting, WaitEnd end) mutable {
                     std::move(awaiting)(error_of(end), std::move(value));
                   });
      },
      use_awaitable);
}

}  // namespace sim
