// Runs coroutines on a real loop and real time, each bounded, so that a test that waits for ever fails instead.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "core/production/time/asio_clock.h"

namespace tests {

class RealLoop {
 public:
  static constexpr std::chrono::seconds kBound{30};

  /// What the coroutine returns; throws when it has not ended by then.
  template <class T>
  T run(boost::asio::awaitable<T> coroutine) {
    std::optional<T> result;
    std::exception_ptr failure;
    bool ended = false;
    boost::asio::co_spawn(context(), std::move(coroutine), [&](std::exception_ptr error, T value) {
      failure = error;
      result = std::move(value);
      ended = true;
    });
    turn_until(ended);
    if (failure) std::rethrow_exception(failure);
    return std::move(*result);
  }
  void run(boost::asio::awaitable<void> coroutine) {
    std::exception_ptr failure;
    bool ended = false;
    boost::asio::co_spawn(context(), std::move(coroutine), [&](std::exception_ptr error) {
      failure = error;
      ended = true;
    });
    turn_until(ended);
    if (failure) std::rethrow_exception(failure);
  }

  /// Turns until it is so; false when it has not come to be so by then.
  template <class Condition>
  bool runs_until(Condition condition) {
    const core::SteadyTime bound = in(kBound);
    while (!condition()) {
      if (clock_.now() > bound) return false;
      context().restart();
      context().run_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  /// Drops everything that is under way, as a program that ends does.
  void destroy() { context_.reset(); }

  boost::asio::io_context& context() { return *context_; }
  core::AsioClock& clock() { return clock_; }
  core::SteadyTime in(core::Duration delay) const { return clock_.now() + delay; }

 private:
  void turn_until(const bool& ended) {
    const auto bound = clock_.machine_time(in(kBound));
    context().restart();
    while (!ended) {
      if (context().run_one_until(bound) == 0) throw std::runtime_error("not ended in time");
    }
  }

  std::unique_ptr<boost::asio::io_context> context_ = std::make_unique<boost::asio::io_context>();
  core::AsioClock clock_{context_->get_executor()};
};

}  // namespace tests
