// When a service tells one worker not to call it with a credential for a while, this worker tells the others through
// Redis, and they wait, too. A worker acts only on messages about its own credentials: the name in a message is made
// with the credential, and nobody can read the credential from it. Each message is sent once. If it is lost, the other
// workers learn of the limit when the service refuses them.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <string>
#include <string_view>

#include "core/async/notifier.h"
#include "core/config/config.h"
#include "core/environment.h"
#include "core/limits/hold.h"
#include "core/queue/queue.h"
#include "core/worker/job_handler.h"

namespace core {

class HoldSharing {
 public:
  /// All that is referred to outlives it.
  HoldSharing(const Environment& environment, const Config& config, Queue& queue, JobHandler& handler);
  HoldSharing(const HoldSharing&) = delete;
  HoldSharing& operator=(const HoldSharing&) = delete;

  bool is_on() const { return is_on_; }
  /// Tells the others. Does not return; to be ended by cancelling it.
  boost::asio::awaitable<void> run();
  /// A message of another worker; empty: some may have been missed.
  void hear(std::string_view message);

  void describe_state(std::string& out, SteadyTime now) const;

 private:
  struct Untold {
    SteadyTime until;
    DelaySource source;
  };

  std::string shared_name(std::string_view credential) const;
  void hear(const SharedHold& hold);

  const Environment& environment_;
  const bool is_on_;
  Queue& queue_;
  JobHandler& handler_;
  const std::string of_model_, of_github_;  ///< What the names in Redis begin with.
  std::map<std::string, Untold, std::less<>> untold_;
  bool asks_ = false;  ///< What is known, as some messages may have been missed.
  Notifier changed_;
};

}  // namespace core
