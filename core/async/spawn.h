// Starts a coroutine that nobody waits for. Its end by cancellation is expected; any other exception is a broken
// invariant and goes on to whoever runs the executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <memory>
#include <utility>

namespace core {

inline bool is_cancellation(const boost::system::system_error& error) {
  return error.code() == boost::asio::error::operation_aborted;
}

inline void rethrow_unless_cancelled(const std::exception_ptr& failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    if (!is_cancellation(error)) throw;
  }
}

inline void spawn(const boost::asio::any_io_executor& executor, boost::asio::awaitable<void> coroutine) {
  boost::asio::co_spawn(executor, std::move(coroutine),
                        [](const std::exception_ptr& failure) { rethrow_unless_cancelled(failure); });
}

/// As above; `signal` cancels it. `owner` keeps the signal alive: Asio holds a part of the coroutine's state in it.
template <class Owner>
void spawn(const boost::asio::any_io_executor& executor, boost::asio::awaitable<void> coroutine,
           boost::asio::cancellation_signal& signal, std::shared_ptr<Owner> owner) {
  boost::asio::co_spawn(
      executor, std::move(coroutine),
      boost::asio::bind_cancellation_slot(signal.slot(), [owner = std::move(owner)](const std::exception_ptr& failure) {
        rethrow_unless_cancelled(failure);
      }));
}

}  // namespace core
