// A handler of jobs that measures how long they waited for this runner, which no event tells, before another handler
// runs them.
#pragma once

#include <string>

#include "core/worker/job_handler.h"
#include "runner/sinks/metrics.h"

namespace runner {

class MeasuredJobs final : public core::JobHandler {
 public:
  /// Both outlive it.
  MeasuredJobs(core::JobHandler& jobs, Metrics& metrics) : jobs_(jobs), metrics_(metrics) {}

  void read(core::JobRun& run) override { jobs_.read(run); }
  boost::asio::awaitable<core::AgentResult> run(core::JobRun& run) override {
    if (run.claimed.waited) metrics_.job_began_after(*run.claimed.waited);
    return jobs_.run(run);
  }
  core::Credentials& credentials() override { return jobs_.credentials(); }
  void stop() override { jobs_.stop(); }
  void describe_state(std::string& out, core::SteadyTime now) const override { jobs_.describe_state(out, now); }

 private:
  core::JobHandler& jobs_;
  Metrics& metrics_;
};

}  // namespace runner
