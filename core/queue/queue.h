// The job queue in Redis: atomic transitions by Lua scripts (core/queue/scripts), each safe to repeat when its answer
// was lost. Every call goes through the one retry loop. What a job's owner has to say is repeated until Redis has
// answered or the caller is cancelled, however few attempts the policy allows: after those the queue rests for the
// policy's longest wait and makes the call anew. A worker that is no longer a job's owner can change nothing about it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/api/api.h"
#include "core/config/config.h"
#include "core/environment.h"
#include "core/events/event.h"
#include "core/queue/job.h"
#include "core/queue/joined_script.h"
#include "core/queue/mended.h"
#include "core/queue/shared_hold.h"
#include "core/redis/session.h"

namespace core {

/// Names a claim, and is from then on the owner of all jobs that it takes.
struct ClaimToken {
  std::string worker;        ///< Like no other worker's, nor that of an earlier process.
  std::uint64_t number = 0;  ///< Higher than that of the worker's last claim.

  std::string text() const { return worker + std::to_string(number); }
};

struct ClaimSize {
  std::uint32_t most = 1;      ///< So many jobs are taken at the most.
  bool has_more_room = false;  ///< The worker could run more jobs than that. Redis then says whether any is left.
};

struct Claim {
  std::vector<ClaimedJob> jobs;
  bool may_be_more =
      false;  ///< To claim again as soon as there is room. Otherwise Redis wakes the worker when a job is ready.
  // Told where no job is left:
  /// To look again then: when a delayed job is due or a lease runs out, or before that.
  std::optional<SteadyTime> next;
  bool lease_ran_out = false;  ///< recover() has something to do.
  SteadyTime asked_at;         ///< Not after the moment from which Redis counts the leases of `jobs`.
};

enum class Ownership : std::uint8_t { Held, Lost };
enum class Journalled : std::uint8_t { Written, NoRoom, Lost };

/// Of the payloads and journals that one claim brings, and so of any job that is run: half of what a reply may have.
constexpr std::size_t kMostClaimedBytes = 32UL * 1024 * 1024;
/// Of a journal that an effect is added to. What ends the effects that were begun is always written.
constexpr std::size_t kMostJournalBytes = 16UL * 1024 * 1024;

/// A job whose lease had run out, and what became of it.
struct RecoveredJob {
  std::string id;
  bool failed = false;  ///< It was recovered too often and is on the dead-letter list; otherwise it is ready again.
};
enum class Enqueued : std::uint8_t {
  Added,
  AlreadyThere,
  Unanswered,  ///< Where the policy bounds the attempts: it may be there or not.
};

/// What is done for a run of a job takes `run`, its number, for the events of the call alone (0: none).
class Queue {
 public:
  /// `environment` and `config` outlive the queue. `lease`: of the installation's jobs.
  Queue(const Environment& environment, const RedisConfig& config, Duration lease);

  /// Where a worker, named as in its claims, hears when to look for jobs: with all others, and alone.
  std::vector<std::string> wake_channels(const std::string& worker) const;
  /// Where workers hear of limits that others have met.
  std::string hold_channel() const { return root_ + "wake:holds"; }

  /// Puts the job in and emits job.enqueued; a job of that id that is there already, ended ones included, is left as it
  /// is. `token` is new for every call.
  boost::asio::awaitable<Enqueued> enqueue(std::string token, std::string id, std::string payload);

  /// Takes jobs as `token`; one claim of a worker at a time. Nothing: a guard refused an attempt, or the policy bounds
  /// the attempts and none was answered.
  boost::asio::awaitable<std::optional<Claim>> claim(ClaimToken token, ClaimSize size, Duration lease,
                                                     const Guards& guards = {});

  /// Says that the worker takes no jobs until it claims again, so that others are woken. Tried once, and told nobody:
  /// if it fails (false), others look a little later than they could.
  boost::asio::awaitable<bool> leave(std::string worker);

  /// Tells other workers that a service is not to be called with a credential for a while (nothing if the name is
  /// empty), and returns all such waits that are known. Tried once, and told nobody: if it fails, they learn it
  /// themselves.
  boost::asio::awaitable<std::vector<SharedHold>> hold(SharedHold told);

  /// When the lease ends from now on; nothing if the job is no longer the caller's.
  boost::asio::awaitable<std::optional<SteadyTime>> renew(std::string token, std::string id, Duration lease,
                                                          std::uint32_t run = 0);

  boost::asio::awaitable<Ownership> complete(std::string token, std::string id, std::uint32_t run = 0);

  /// The job's retry count from now on; nothing if the job is no longer the caller's. `delay` is a whole number of
  /// microseconds, as Redis' clock counts. `hold`: for so long no operator can have it run before its delay is over,
  /// because an effect of it may still come.
  boost::asio::awaitable<std::optional<std::uint32_t>> requeue(std::string token, std::string id, Duration delay,
                                                               JobError error, Duration hold = {},
                                                               std::uint32_t run = 0);

  boost::asio::awaitable<Ownership> fail(std::string token, std::string id, JobFailReason reason, JobError error,
                                         std::uint32_t run = 0);

  /// `most_bytes`, if given: of the whole journal with this entry.
  boost::asio::awaitable<Journalled> journal(std::string token, std::string id, std::string entry, std::string text,
                                             std::optional<std::size_t> most_bytes, std::uint32_t run = 0);

  /// Gives the job back: to be taken next, or after `delay`, a whole number of microseconds. No retry is spent.
  boost::asio::awaitable<Ownership> release(std::string token, std::string id, Duration delay, std::uint32_t run = 0);

  /// Recovers the jobs whose leases have run out. One that has been recovered `most` times already, since it was put
  /// in, revived or last re-queued, fails. Nothing as for claim(). `token` is new for every call.
  boost::asio::awaitable<std::optional<std::vector<RecoveredJob>>> recover(std::string token, std::uint32_t most,
                                                                           const Guards& guards = {});

  /// When the jobs are due that this process re-queued: Redis knows that less exactly.
  void describe_state(std::string& out, SteadyTime now) const;

  /// From now until a call may be made anew whose attempts, as many as the policy allows, were not answered.
  SteadyTime end_of_rest() const;

 private:
  struct Request {
    const Api& api;
    const Script& script;
    std::string job = {};
    std::uint32_t run = 0;
    std::vector<std::string> arguments = {};
    Guards guards = {};
  };
  struct Answer {
    RedisValue value;
    SteadyTime asked_at;  ///< When the command that was answered was sent, so not after the script ran.
  };
  /// Nothing where a guard refused an attempt, or the policy bounds the attempts and none was answered.
  boost::asio::awaitable<std::optional<Answer>> ask(const Request& request);
  boost::asio::awaitable<Answer> ask_until_answered(Request request);
  boost::asio::awaitable<Ownership> ask_as_owner(Request request);
  /// Redis counts microseconds; for a job that this process re-queued the exact moment is known.
  void refine_next(Claim& claim, SteadyTime now);

  const Environment& environment_;
  const RedisConfig& config_;
  std::string root_;
  Mending mending_;
  Random random_;
  std::uint64_t calls_ = 0;
  RedisSession session_;
  JoinedScript completions_;
  std::set<SteadyTime> own_due_times_;  ///< Of the jobs that this process re-queued.
};

}  // namespace core
