// One runner of a world: the production worker, unchanged, on the simulator's side of every seam.
#pragma once

#include "core/agent/agent_jobs.h"
#include "core/environment.h"
#include "core/worker/worker.h"
#include "sim/kernel/clock.h"
#include "sim/kernel/kernel.h"
#include "sim/world/http_network.h"
#include "sim/world/redis_connection.h"
#include "sim/world/services.h"

namespace sim {

class RunnerProcess {
 public:
  /// `incarnation` counts the processes of this name: a restarted runner does not repeat its jitter. `config`,
  /// `services` and `events` outlive the process.
  RunnerProcess(Kernel& kernel, const std::string& name, std::uint64_t incarnation, const core::Config& config,
                Services& services, core::EventSink& events);
  /// What is left of the process is dropped, as by a crash.
  ~RunnerProcess();
  RunnerProcess(const RunnerProcess&) = delete;
  RunnerProcess& operator=(const RunnerProcess&) = delete;

  core::Worker& worker() { return worker_; }
  const core::Environment& environment() const { return environment_; }

 private:
  Kernel& kernel_;
  Process& process_;
  SimClock clock_;
  HttpNetwork http_;
  SimRedis redis_;
  core::Environment environment_;
  core::AgentJobs jobs_;
  core::Worker worker_;
};

/// The client of the harness that puts the jobs in, at their times and in their order; no rule touches it, and it tries
/// again until Redis accepts.
class EnqueueProcess {
 public:
  EnqueueProcess(Kernel& kernel, const Scenario& scenario, Services& services, core::EventSink& events);
  ~EnqueueProcess();
  EnqueueProcess(const EnqueueProcess&) = delete;
  EnqueueProcess& operator=(const EnqueueProcess&) = delete;

 private:
  boost::asio::awaitable<void> run();

  const Scenario& scenario_;
  Kernel& kernel_;
  Process& process_;
  SimClock clock_;
  HttpNetwork http_;
  SimRedis redis_;
  core::Environment environment_;
  const core::RedisConfig config_;
  core::Queue queue_;
};

}  // namespace sim
