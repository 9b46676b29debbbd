// The queue as an operator sees it: how many jobs are where, which ones, and one brought back from the dead-letter
// list. Everything is one atomic look or step of Redis; workers are not disturbed.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/config.h"
#include "core/environment.h"
#include "core/redis/session.h"

namespace core {

enum class QueuePart : std::uint8_t { Ready, Delayed, Running, Dead };
std::string_view name_of(QueuePart part);  ///< "ready", "delayed", "running", "dead".

struct QueuedJob {
  std::string id;
  std::optional<Duration> left;  ///< Until it is due, or until its lease ends; negative when that is past.
  std::uint32_t retry_count = 0;
  std::uint32_t recoveries = 0;
  std::string reason;      ///< Of its failure.
  std::string last_error;  ///< For people.
};

struct QueueListing {
  std::uint64_t total = 0;      ///< In that part of the queue.
  std::vector<QueuedJob> jobs;  ///< Those that were asked for.
};

class QueueAdmin {
 public:
  /// Both outlive this.
  QueueAdmin(const Environment& environment, const RedisConfig& config);

  /// `count` jobs from the `first` on, counted from 0, in the order in which they will be taken, be due, lose their
  /// leases or have died. Asked once: what went wrong is for the caller to tell.
  boost::asio::awaitable<boost::system::result<QueueListing, Failure>> list(QueuePart part, std::uint64_t first,
                                                                            std::uint64_t count);

  /// Puts the job back to be run anew, with all its retries, and reports it; false if it is not on the dead-letter
  /// list.
  boost::asio::awaitable<boost::system::result<bool, Failure>> revive(std::string id);

 private:
  const Environment& environment_;
  RedisSession session_;
  std::string root_;
};

}  // namespace core
