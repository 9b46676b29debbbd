#include "sim/world/runner_process.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "core/async/spawn.h"

namespace sim {

namespace {

constexpr std::chrono::seconds kAskAgainAfter(1);  // Of an operator whom Redis did not answer.

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
      redis_(process_, services, MeetRules::Yes),
      secrets_(services.random.fork(name).fork(incarnation)),
      environment_{name,
                   process_.executor(),
                   clock_,
                   services.random.fork(name).fork(incarnation),
                   http_,
                   redis_,
                   services.signature,
                   secrets_,
                   events},
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
      redis_(process_, services, MeetRules::No),
      secrets_(services.random.fork("client")),
      environment_{"",
                   process_.executor(),
                   clock_,
                   services.random.fork("client"),
                   http_,
                   redis_,
                   services.signature,
                   secrets_,
                   events},
      config_(without_bound(scenario.config.redis)),
      queue_(environment_, config_, scenario.config.jobs.lease),
      admin_(environment_, config_, scenario.config.jobs.lease),
      put_in_ended_(clock_) {
  core::spawn(environment_.executor, run());
}

EnqueueProcess::~EnqueueProcess() {
  kernel_.kill(process_);
}

boost::asio::awaitable<void> EnqueueProcess::run() {
  std::vector<std::uint32_t> places(scenario_.jobs.size());  // There may be a million.
  std::iota(places.begin(), places.end(), 0U);
  // total order: jobs of one instant go in as they stand in the file
  std::sort(places.begin(), places.end(), [&jobs = scenario_.jobs](std::uint32_t a, std::uint32_t b) {
    return jobs[a].at != jobs[b].at ? jobs[a].at < jobs[b].at : a < b;
  });
  for (const std::uint32_t place : places) {
    const ScenarioJob& job = scenario_.jobs[place];
    if (job.at > clock_.now()) co_await clock_.sleep_until(job.at);
    co_await put_in(job, "client/" + job.id);
  }
}

boost::asio::awaitable<void> EnqueueProcess::put_in(const ScenarioJob& job, std::string token) {
  while (being_put_in_.contains(job.id)) co_await put_in_ended_.wait();
  being_put_in_.insert(job.id);
  std::string payload = core::encode_job({job.repo, job.issue, job.installation, job.prompt, job.deadline, job.tools});
  co_await queue_.enqueue(std::move(token), job.id, std::move(payload));
  being_put_in_.erase(job.id);
  put_in_ended_.notify_all();
}

boost::asio::awaitable<void> EnqueueProcess::put_in_again(const ScenarioJob& job, std::string token) {
  co_await put_in(job, std::move(token));
  --pending_;
}

void EnqueueProcess::enqueue_again(const std::string& job) {
  const auto named = [&job](const ScenarioJob& each) { return each.id == job; };
  const ScenarioJob& known = *std::find_if(scenario_.jobs.begin(), scenario_.jobs.end(), named);
  ++pending_;
  core::spawn(environment_.executor, put_in_again(known, "client/" + job + "/again-" + std::to_string(++repetitions_)));
}

void EnqueueProcess::operate(const OperatorEntry& entry) {
  ++pending_;
  core::spawn(environment_.executor, do_as_operator(entry));
}

boost::asio::awaitable<void> EnqueueProcess::do_as_operator(OperatorEntry entry) {
  std::vector<std::string> ids;
  if (!entry.job.empty() || !names_a_job(entry.command)) {
    ids.push_back(entry.job);
  } else if (entry.command == core::OperatorCommand::Retry) {
    // Those that are there now: one that fails again meanwhile is not brought back a second time.
    ids = co_await dead_jobs();
  } else {
    for (const ScenarioJob& job : scenario_.jobs) ids.push_back(job.id);
  }
  for (std::string& id : ids) co_await act(entry.command, std::move(id));
  --pending_;
}

boost::asio::awaitable<void> EnqueueProcess::act(core::OperatorCommand command, std::string id) {
  const std::string token = "client/operator-" + std::to_string(++repetitions_);
  while (!co_await admin_.act(command, id, token)) {
    co_await clock_.sleep_until(core::saturating_add(clock_.now(), kAskAgainAfter));
  }
}

boost::asio::awaitable<std::vector<std::string>> EnqueueProcess::dead_jobs() {
  std::vector<std::string> ids;
  for (;;) {
    const auto listing = co_await admin_.list(core::QueuePart::Dead, ids.size(), scenario_.jobs.size());
    if (!listing) {
      co_await clock_.sleep_until(core::saturating_add(clock_.now(), kAskAgainAfter));
      continue;
    }
    for (const core::QueuedJob& dead : listing->jobs) ids.push_back(dead.id);
    if (listing->jobs.empty() || ids.size() >= listing->total) co_return ids;
  }
}

}  // namespace sim
