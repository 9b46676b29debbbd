#include "sim/world/runner_process.h"

#include <algorithm>
#include <functional>

#include "core/async/spawn.h"

namespace sim {

namespace {

core::RedisConfig without_bound(core::RedisConfig config) {
  config.retry.attempts.reset();
  return config;
}

}  // namespace

RunnerProcess::RunnerProcess(Kernel& kernel, const std::string& name, std::uint64_t incarnation,
                             const core::Config& config, Services& services, core::EventSink& events)
    : kernel_(kernel),
      process_(kernel.create_process(name)),
      clock_(process_),
      http_(process_, services),
      redis_(process_, services.redis, MeetRules::Yes),
      environment_{name,   process_.executor(), clock_, services.random.fork(name).fork(incarnation), http_,
                   redis_, services.signature,  events},
      jobs_(environment_, config),
      worker_(environment_, config, jobs_) {
  core::spawn(environment_.executor, worker_.run());
}

RunnerProcess::~RunnerProcess() {
  kernel_.kill(process_);
}

EnqueueProcess::EnqueueProcess(Kernel& kernel, const Scenario& scenario, Services& services, core::EventSink& events)
    : scenario_(scenario),
      kernel_(kernel),
      process_(kernel.create_process("client")),
      clock_(process_),
      http_(process_, services),
      redis_(process_, services.redis, MeetRules::No),
      environment_{"",     process_.executor(), clock_, services.random.fork("client"), http_,
                   redis_, services.signature,  events},
      config_(without_bound(scenario.config.redis)),
      queue_(environment_, config_) {
  core::spawn(environment_.executor, run());
}

EnqueueProcess::~EnqueueProcess() {
  kernel_.kill(process_);
}

boost::asio::awaitable<void> EnqueueProcess::run() {
  std::vector<const ScenarioJob*> jobs;
  jobs.reserve(scenario_.jobs.size());
  for (const ScenarioJob& job : scenario_.jobs) jobs.push_back(&job);
  // total order: jobs of one instant go in as they stand in the file
  std::sort(jobs.begin(), jobs.end(), [](const ScenarioJob* a, const ScenarioJob* b) {
    return a->at != b->at ? a->at < b->at : std::less<>()(a, b);
  });
  for (const ScenarioJob* job : jobs) {
    if (job->at > clock_.now()) co_await clock_.sleep_until(job->at);
    std::string payload = core::encode_job({job->repo, job->issue, job->installation, job->prompt});
    co_await queue_.enqueue("client/" + job->id, job->id, std::move(payload));
  }
}

}  // namespace sim
