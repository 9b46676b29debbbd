// One runner of a world: the production worker, unchanged, on the simulator's side of every seam.
#pragma once

#include <set>
#include <string>

#include "core/agent/agent_jobs.h"
#include "core/async/notifier.h"
#include "core/environment.h"
#include "core/queue/queue_admin.h"
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
  Process& process() { return process_; }
  const core::Worker& worker() const { return worker_; }
  const core::Environment& environment() const { return environment_; }

 private:
  Kernel& kernel_;
  Process& process_;
  SimClock clock_;
  HttpNetwork http_;
  SimRedis redis_;
  SimSecrets secrets_;
  core::Environment environment_;
  core::AgentJobs jobs_;
  core::Worker worker_;
};

/// The client of the harness that puts the jobs in, at their times and in their order, and gives the operator's
/// commands; no rule touches it, and it tries again until Redis accepts.
class EnqueueProcess {
 public:
  EnqueueProcess(Kernel& kernel, const Scenario& scenario, Services& services, core::EventSink& events);
  ~EnqueueProcess();
  EnqueueProcess(const EnqueueProcess&) = delete;
  EnqueueProcess& operator=(const EnqueueProcess&) = delete;

  /// Puts that job in once more; one whose id is there is left as it is.
  void enqueue_again(const std::string& job);
  void operate(const OperatorEntry& entry);
  /// All that it was asked for beside the jobs themselves has been answered.
  bool idle() const { return pending_ == 0; }

 private:
  boost::asio::awaitable<void> run();
  boost::asio::awaitable<void> put_in(const ScenarioJob& job, std::string token);
  boost::asio::awaitable<void> put_in_again(const ScenarioJob& job, std::string token);
  boost::asio::awaitable<void> do_as_operator(OperatorEntry entry);
  /// Asks until Redis has answered.
  boost::asio::awaitable<void> act(core::OperatorCommand command, std::string id);
  boost::asio::awaitable<std::vector<std::string>> dead_jobs();

  const Scenario& scenario_;
  Kernel& kernel_;
  Process& process_;
  SimClock clock_;
  HttpNetwork http_;
  SimRedis redis_;
  SimSecrets secrets_;
  core::Environment environment_;
  const core::RedisConfig config_;
  core::Queue queue_;
  core::QueueAdmin admin_;
  core::Notifier put_in_ended_;
  std::set<std::string, std::less<>> being_put_in_;  ///< Ids: one call for each at a time.
  std::uint64_t pending_ = 0;
  std::uint64_t repetitions_ = 0;
};

}  // namespace sim
