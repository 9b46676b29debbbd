// What a worker does with a job that it has taken. The worker knows jobs by their ids, leases and retry counts alone;
// what a payload means, its handler knows.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>

#include "core/jobs/job_run.h"
#include "core/jobs/outcome.h"
#include "core/limits/hold.h"
#include "core/retry/credentials.h"
#include "core/state.h"

namespace core {

/// describe_state() tells of what is shared by all runs; JobRun::under_way lists what describes the state of one run.
class JobHandler : public Stateful {
 public:
  /// Reads the payload, before the run begins: sets the run's `spec` and `deadline`, or `malformed`.
  virtual void read(JobRun& run) = 0;

  /// One attempt of the job; several jobs run at once. Throws LeaseLostError when the job is no longer the worker's,
  /// and operation_aborted when it is cancelled.
  virtual boost::asio::awaitable<AgentResult> run(JobRun& run) = 0;

  /// What its calls show to services, and how that was last answered. The worker listens to it.
  virtual Credentials& credentials() = 0;

  /// `listener` is called when a service wants no call of a credential for a while; empty: nobody listens any more.
  virtual void on_hold(std::function<void(const Hold&)> listener) = 0;
  /// Another worker was told so.
  virtual void hear(const Hold& hold) = 0;

  /// The worker has come to its end: nothing runs any more, nor is to be waited for.
  virtual void stop() {}
};

}  // namespace core
