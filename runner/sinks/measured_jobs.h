// The jobs of the runner, measured: for how long each waited for this runner, which no event tells.
#pragma once

#include "core/agent/agent_jobs.h"
#include "runner/sinks/metrics.h"

namespace runner {

/// It is the handler rather than one before it: whatever else a worker asks of its handler is answered as before.
class MeasuredJobs final : public core::AgentJobs {
 public:
  /// All outlive it.
  MeasuredJobs(const core::Environment& environment, const core::Config& config, Metrics& metrics)
      : AgentJobs(environment, config), metrics_(metrics) {}

  boost::asio::awaitable<core::AgentResult> run(core::JobRun& run) override {
    if (run.claimed.waited) metrics_.job_began_after(*run.claimed.waited);
    return AgentJobs::run(run);
  }

 private:
  Metrics& metrics_;
};

}  // namespace runner
