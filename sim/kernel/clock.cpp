#include "sim/kernel/clock.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "sim/kernel/wait.h"

namespace sim {

namespace {

using boost::asio::use_awaitable;
using boost::system::error_code;

class SimTimer final : public core::Timer {
 public:
  explicit SimTimer(Process& process) : process_(process) {}
  SimTimer(const SimTimer&) = delete;
  SimTimer& operator=(const SimTimer&) = delete;
  ~SimTimer() override {
    if (wait_ != nullptr) process_.broken("it destroys a timer that it waits on");
  }

  boost::asio::awaitable<bool> wait_until(core::SteadyTime deadline) override {
    return boost::asio::async_initiate<decltype(use_awaitable), void(error_code, bool)>(
        [this, deadline](auto handler) { start(deadline, std::move(handler)); }, use_awaitable);
  }

  void wake() override {
    if (wait_ != nullptr) wait_->end_early(WaitEnd::Woken);
  }

 private:
  template <class Handler>
  void start(core::SteadyTime deadline, Handler handler) {
    if (wait_ != nullptr) process_.broken("it waits on a timer that it waits on already");
    start_wait(
        process_, deadline, std::move(handler),
        [](Handler awaiting, WaitEnd end) { std::move(awaiting)(error_of(end), end == WaitEnd::Due); }, &wait_);
  }

  Process& process_;
  Wait* wait_ = nullptr;  ///< The one that is under way.
};

}  // namespace

boost::asio::awaitable<void> SimClock::sleep_until(core::SteadyTime deadline) {
  return boost::asio::async_initiate<decltype(use_awaitable), void(error_code)>(
      [this, deadline](auto handler) {
        start_wait(process_, deadline, std::move(handler),
                   [](auto awaiting, WaitEnd end) { std::move(awaiting)(error_of(end)); });
      },
      use_awaitable);
}

std::unique_ptr<core::Timer> SimClock::make_timer() {
  return std::make_unique<SimTimer>(process_);
}

}  // namespace sim
