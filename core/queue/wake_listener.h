// Hears on the queue's channels when to look for jobs. It subscribes anew whenever its connection is lost.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "core/config/config.h"
#include "core/environment.h"
#include "core/queue/queue.h"
#include "core/queue/wake_up.h"

namespace core {

class WakeListener {
 public:
  /// `hear` is called for each message, and with Kind::Look whenever messages may have been missed: after each
  /// subscription, and while there is none. `hear_hold`, if it is set, is called for each message about a limit that
  /// another worker has met (see parse_hold), and with an empty one after each subscription. All that is referred to
  /// outlives the listener.
  WakeListener(const Environment& environment, const RedisConfig& config, const Queue& queue, std::string worker,
               std::function<void(const WakeUp&)> hear, std::function<void(std::string_view)> hear_hold = {});

  /// Does not return; to be ended by cancelling it.
  boost::asio::awaitable<void> run();

 private:
  struct Subscribe;
  /// Returns when the connection is lost.
  boost::asio::awaitable<void> listen(RedisConnection& connection);
  void look() const { hear_({}); }

  const Environment& environment_;
  const RedisConfig& config_;
  const Queue& queue_;
  std::string worker_;
  std::function<void(const WakeUp&)> hear_;
  std::function<void(std::string_view)> hear_hold_;
};

}  // namespace core
