// The queue as an operator sees it: how many jobs are where, which ones, and what an operator can do. Everything is one
// atomic look or step of Redis, safe to repeat and to run beside working runners.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/config.h"
#include "core/environment.h"
#include "core/queue/job.h"
#include "core/queue/operator_command.h"
#include "core/redis/session.h"

namespace core {

enum class QueuePart : std::uint8_t { Ready, Delayed, Running, Dead };
std::string_view name_of(QueuePart part);  ///< "ready", "delayed", "running", "dead".

/// What became of it.
enum class OperatorAnswer : std::uint8_t {
  Done,
  NotInThatState,  ///< The job has ended, has not ended, is not on the list; the queue is paused, or is not.
  NoSuchJob,
};

struct QueuedJob {
  std::string id;
  std::optional<Duration> left;  ///< Until it is due, or until its lease ends; negative when that is past.
  std::uint32_t retry_count = 0;
  std::uint32_t recoveries = 0;
  std::string reason;  ///< Of its failure.
  JobError last_error;
  std::optional<Duration> error_ago;
  std::string owner;  ///< The owner token of the claim that leases it, see runner_of(); empty if it is not leased.
};

struct QueueListing {
  std::uint64_t total = 0;      ///< In that part of the queue.
  std::vector<QueuedJob> jobs;  ///< The first ones of those that were asked for: one call brings a few MiB at most.
};

/// All that Redis knows of one job.
struct ShownJob {
  std::string state;                   ///< "waiting", "delayed", "running", "completed", "failed".
  std::optional<std::uint64_t> place;  ///< In the ready list, from 0.
  Duration left{};                     ///< Until it is due, or until its lease ends.
  std::string owner;                   ///< The runner that has it; empty: none.
  std::uint32_t retry_count = 0;
  std::uint32_t recoveries = 0;
  std::uint32_t runs = 0;
  std::uint64_t payload_bytes = 0;
  std::string payload;  ///< Empty where it is longer than is shown.
  std::string reason;
  JobError last_error;
  std::optional<Duration> error_ago;
  std::vector<std::pair<std::string, std::string>> journal;
};

/// A worker that listens for wake-ups or waits for jobs. A worker that does neither is known by its leased jobs alone.
struct KnownWorker {
  std::string worker;  ///< What its jobs' owner tokens begin with.
  /// On the node of Redis that was asked. A worker that does not has died, is connecting, or listens on another node.
  bool listens = false;
  bool waits = false;  ///< It has room.
};

struct KnownWorkers {
  bool is_paused = false;  ///< By an operator: nobody takes jobs.
  std::vector<KnownWorker> workers;
};

class QueueAdmin {
 public:
  /// `environment` and `config` outlive this. `lease`: of the installation's jobs.
  QueueAdmin(const Environment& environment, const RedisConfig& config, Duration lease);

  /// `count` jobs from the `first` on, counted from 0, in the order in which they will be taken, be due, lose their
  /// leases or have died. Asked once: what went wrong is for the caller to tell.
  boost::asio::awaitable<boost::system::result<QueueListing, Failure>> list(QueuePart part, std::uint64_t first,
                                                                            std::uint64_t count);

  boost::asio::awaitable<boost::system::result<KnownWorkers, Failure>> workers();

  /// Nothing: there is no such job. Of longer texts than `most_bytes` only the length is brought.
  boost::asio::awaitable<boost::system::result<std::optional<ShownJob>, Failure>> show(std::string id,
                                                                                       std::uint64_t most_bytes);

  /// One step of the operator's, which is reported when it is done; a cancelled job's end, too. `id`: none of Pause and
  /// Resume. `token` is new for every command and the same when it is repeated for want of an answer.
  boost::asio::awaitable<boost::system::result<OperatorAnswer, Failure>> act(OperatorCommand command, std::string id,
                                                                             std::string token);

 private:
  void report(OperatorCommand command, const std::string& id) const;

  const Environment& environment_;
  RedisSession session_;
  std::string root_;
  Duration lease_;
};

}  // namespace core
