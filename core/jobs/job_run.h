// One attempt of a job, while it runs: what its worker holds and its handler works with.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <string>
#include <vector>

#include "core/queue/job.h"
#include "core/queue/queue.h"
#include "core/retry/client_options.h"
#include "core/retry/retry.h"
#include "core/state.h"

namespace core {

/// Owned by the worker for as long as the attempt runs.
struct JobRun {
  ClaimedJob claimed;
  JobSpec spec;
  std::string token;  ///< Of the lease.
  Random random;      ///< The branch of this attempt.
  Queue& queue;
  bool effect_in_doubt = false;  ///< A request was sent whose effect may come to pass whatever becomes of this run.
  /// The lease, by this process's own clock; null: nobody watches it.
  Permit* lease = nullptr;
  SteadyTime deadline = SteadyTime::max();  ///< The job's.
  std::string malformed = {};               ///< What is wrong with the payload; empty: it is in `spec`.

  std::map<std::string, std::string> told = {};  ///< What each tool answered last in this run, by its name.

  std::vector<const Stateful*> under_way = {};  ///< What works within it now, the innermost last.

  /// Throws LeaseLostError once the lease has run out: from then on another may run the job. To be called immediately
  /// before an effect is handed to the transport, and after every wait.
  void check_lease() const {
    if (lease != nullptr) lease->check();
  }

  /// Of the calls that are made for it.
  Caller caller() const {
    return {claimed.id, claimed.run, lease, claimed.claimed_at, claimed.retry_count > 0, deadline};
  }
};

/// Has a part of a run describe its state while it works. Parts end in the reverse order of their beginnings.
class UnderWay {
 public:
  UnderWay(JobRun& run, const Stateful& part) : run_(run) { run_.under_way.push_back(&part); }
  ~UnderWay() { run_.under_way.pop_back(); }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;

 private:
  JobRun& run_;
};

/// Thrown when the lease is lost: the attempt ends without a trace of its own.
struct LeaseLostError : PermitDenied {};

/// Writes the entry of an effect that is to be begun. False: the journal has no room for it. Throws LeaseLostError.
boost::asio::awaitable<bool> journal_begin(JobRun& run, std::string entry, std::string text);

/// Writes how an effect that was begun has ended, in Redis and in `run`. Throws LeaseLostError.
boost::asio::awaitable<void> journal_end(JobRun& run, std::string entry, std::string text);

}  // namespace core
