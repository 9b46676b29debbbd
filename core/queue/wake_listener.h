// Hears on the queue's channel that a job may be ready. It subscribes anew whenever its connection is lost.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>

#include "core/config/config.h"
#include "core/environment.h"
#include "core/queue/queue.h"

namespace core {

class WakeListener {
 public:
  /// `wake` is called for each message, and whenever messages may have been missed: after each subscription, and while
  /// there is none. All that is referred to outlives the listener.
  WakeListener(const Environment& environment, const RedisConfig& config, const Queue& queue,
               std::function<void()> wake);

  /// Does not return; to be ended by cancelling it.
  boost::asio::awaitable<void> run();

 private:
  struct Subscribe;
  /// Returns when the connection is lost.
  boost::asio::awaitable<void> hear(RedisConnection& connection);

  const Environment& environment_;
  const RedisConfig& config_;
  const Queue& queue_;
  std::function<void()> wake_;
};

}  // namespace core
