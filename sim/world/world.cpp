#include "sim/world/world.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/logging/log_line.h"
#include "core/time/text.h"
#include "sim/world/expectations.h"
#include "sim/world/remains.h"

namespace sim {

namespace {

constexpr std::chrono::seconds kRestartAfter(1);  // A runner that was struck down.

/// When the last fault of Redis and the last entry of the world are over; those of the services end by themselves.
std::optional<core::SteadyTime> faults_end_of(const Scenario& scenario) {
  core::SteadyTime end{};
  for (const fakes::RedisRule& rule : scenario.redis) {
    if (!rule.until) return std::nullopt;
    end = std::max(end, *rule.until);
  }
  for (const WorldEntry& entry : scenario.world) {
    const auto* restart = std::get_if<RestartRedis>(&entry.action);
    end = std::max(end, restart == nullptr ? entry.at : core::saturating_add(entry.at, restart->down));
  }
  return end;
}

Setting setting_of(const Scenario& scenario, const RunOptions& options) {
  const bool undisturbed = scenario.redis.empty() && scenario.world.empty() && options.blows.empty();
  return {
      .exact = true, .undisturbed_queue = undisturbed, .servers_watched = true, .faults_end = faults_end_of(scenario)};
}

}  // namespace

World::World(const Scenario& scenario, Recorder& recorder, const RunOptions& options)
    : scenario_(scenario),
      recorder_(recorder),
      options_(options),
      kernel_(scenario.start),
      services_(kernel_, scenario),
      invariants_(scenario.config, setting_of(scenario, options), options.invariants_off, scenario.invariants),
      queue_watch_(kernel_, services_.redis, scenario.config, invariants_),
      keep_log_(options.log == KeepLog::Yes || !scenario.expect.log.empty()) {
  if (scenario.schedule != 0) kernel_.shuffle(core::Random(scenario.seed).fork("schedule").fork(scenario.schedule));
  services_.watch = &invariants_;
  services_.redis.watch(&invariants_);
  services_.observer = options.observer;
  for (const ScenarioJob& job : scenario.jobs) ends_.emplace(job.id, JobEnd::Coming);
  open_jobs_ = ends_.size();
  services_.redis.on_script([this](const fakes::redis::ScriptCall& call, const core::RedisCommand& command) {
    if (call.script == "complete" || call.script == "fail") {
      for (const std::string_view job : call.jobs) look_at(job);
    } else if (call.script == "recover" && command.size() > 4) {
      for (const std::string& job : queue_watch_.recovered_by(command[4])) look_at(job);
    }
    queue_watch_.on_script(call, command);
  });
  plan_entries();
  for (std::uint32_t i = 1; i <= scenario.runners; ++i) runners_.push_back({fmt::format("runner-{}", i), 0, nullptr});
  for (Runner& runner : runners_) start(runner);
  client_ = std::make_unique<EnqueueProcess>(kernel_, scenario, services_, *this);
}

World::~World() = default;

void World::plan_entries() {
  entries_left_ = scenario_.world.size();
  for (const WorldEntry& entry : scenario_.world) {
    const auto* restart = std::get_if<RestartRedis>(&entry.action);
    if (restart != nullptr && restart->lose > core::Duration::zero()) {
      kernel_.schedule_at(entry.at - restart->lose, [this] { services_.redis.keep_snapshot(); });
    }
  }
  for (const WorldEntry& entry : scenario_.world) {
    kernel_.schedule_at(entry.at, [this, &entry] {
      do_entry(entry.action);
      --entries_left_;
    });
  }
}

void World::do_entry(const WorldAction& action) {
  if (const auto* crashed = std::get_if<CrashRunner>(&action)) {
    crash(runner_named(crashed->runner));
  } else if (const auto* started = std::get_if<StartRunner>(&action)) {
    start(runner_named(started->runner));
  } else if (const auto* stopped = std::get_if<StopRunner>(&action)) {
    stop(runner_named(stopped->runner), *stopped);
  } else if (const auto* shift = std::get_if<ShiftWallClock>(&action)) {
    kernel_.shift_wall_clock(shift->by);
    invariants_.on_clock_shift({});
  } else if (const auto* restart = std::get_if<RestartRedis>(&action)) {
    restart_redis(*restart);
  }
}

World::Runner& World::runner_named(const std::string& name) {
  return *std::find_if(runners_.begin(), runners_.end(), [&name](const Runner& runner) { return runner.name == name; });
}

/// A runner that is up, or is still finishing its jobs, is left alone.
void World::start(Runner& runner) {
  if (runner.process && runner.process->worker().stopped()) runner.process.reset();
  if (runner.process) return;
  runner.process =
      std::make_unique<RunnerProcess>(kernel_, runner.name, ++runner.incarnations, scenario_.config, services_, *this);
}

void World::stop(Runner& runner, const StopRunner& stop) {
  if (!runner.process) return;
  runner.process->worker().stop();
  if (!stop.within) return;
  // Only if it is the same process still: another has its own time.
  kernel_.schedule_at(core::saturating_add(kernel_.now(), *stop.within), [&runner, number = runner.incarnations] {
    if (runner.process && runner.incarnations == number) runner.process->worker().give_back();
  });
}

void World::crash(Runner& runner) {
  if (!runner.process) return;
  core::Event crashed;
  crashed.kind = core::EventKind::WorkerCrashed;
  runner.process->environment().emit(crashed);
  runner.process.reset();
}

void World::restart_redis(const RestartRedis& restart) {
  const bool loses = restart.lose > core::Duration::zero();
  services_.redis.go_down(loses ? std::optional(kernel_.now() - restart.lose) : std::nullopt);
  ++redis_restarts_;
  core::Event restarted;
  restarted.kind = core::EventKind::RedisRestarted;
  restarted.at = kernel_.now();
  if (loses) restarted.lost = restart.lose;
  on_event(restarted);
  look_at_all();
  if (restart.down == core::Duration::zero()) {
    services_.redis.come_up();
  } else {
    // Only if no later restart has taken it down again.
    kernel_.schedule_at(core::saturating_add(kernel_.now(), restart.down), [this, number = redis_restarts_] {
      if (number == redis_restarts_) services_.redis.come_up();
    });
  }
}

void World::on_event(const core::Event& event) {
  recorder_.on_event(event);
  invariants_.on_event(event);
  if (options_.observer != nullptr) options_.observer->on_event(event);
  if (event.kind == core::EventKind::JobCompleted || event.kind == core::EventKind::JobFailed) {
    last_job_ended_at_ = event.at;
  }
  if (event.kind == core::EventKind::JobEnqueued) note_acceptance(event.job);
  if (keep_log_) {
    for (std::string& line : core::log_lines(event)) log_.push_back(std::move(line));
  }
}

std::optional<JobState> World::state_of(std::string_view job) {
  const std::string_view state = queue_watch_.state_of(job);
  for (const JobState candidate :
       {JobState::Completed, JobState::Failed, JobState::Waiting, JobState::Delayed, JobState::Running}) {
    if (name_of(candidate) == state) return candidate;
  }
  return std::nullopt;
}

void World::look_at(std::string_view job) {
  const std::optional<JobState> state = state_of(job);
  if (state == JobState::Completed || state == JobState::Failed) set_end(job, JobEnd::Ended);
}

/// After a restart that lost writes, jobs may be gone that had been accepted, and others may be open again.
void World::look_at_all() {
  for (const ScenarioJob& job : scenario_.jobs) {
    if (ends_.at(job.id) == JobEnd::Coming) continue;
    const std::optional<JobState> state = state_of(job.id);
    const bool ended = state == JobState::Completed || state == JobState::Failed;
    set_end(job.id, ended ? JobEnd::Ended : state ? JobEnd::Open : JobEnd::Lost);
  }
}

void World::set_end(std::string_view job, JobEnd end) {
  const auto found = ends_.find(job);
  if (found == ends_.end()) return;
  const auto is_open = [](JobEnd e) { return e == JobEnd::Coming || e == JobEnd::Open; };
  if (is_open(found->second) && !is_open(end)) --open_jobs_;
  if (!is_open(found->second) && is_open(end)) ++open_jobs_;
  found->second = end;
}

void World::note_acceptance(std::string_view job) {
  const auto found = ends_.find(job);
  if (found != ends_.end() && found->second == JobEnd::Coming) found->second = JobEnd::Open;
}

bool World::finished() const {
  // What the last end or entry sets off at that instant still belongs to the run.
  if (open_jobs_ > 0 || entries_left_ > 0 || !kernel_.instant_is_over()) return false;
  // An end that is recorded in Redis is still to be reported by the runner that recorded it.
  return std::all_of(runners_.begin(), runners_.end(),
                     [](const Runner& runner) { return !runner.process || runner.process->worker().idle(); });
}

Outcome World::run() {
  const auto stop = [this] {
    before_step();
    return finished();
  };
  const RunResult result = kernel_.run(stop, core::SteadyTime(scenario_.limit));
  return outcome_of(result);
}

void World::before_step() {
  while (next_blow_ < options_.blows.size() && options_.blows[next_blow_].step <= steps_) {
    strike(options_.blows[next_blow_++]);
  }
  ++steps_;
}

void World::strike(const Blow& blow) {
  switch (blow.kind) {
    case Blow::Kind::CrashRunner: {
      Runner& runner = runners_[blow.runner];
      if (!runner.process) return;
      crash(runner);
      kernel_.schedule_at(core::saturating_add(kernel_.now(), kRestartAfter), [this, &runner] { start(runner); });
      return;
    }
    case Blow::Kind::RestartRedis:
      return restart_redis({});
    case Blow::Kind::DropConnections:
      return services_.redis.drop_connections();
  }
}

Outcome World::outcome_of(RunResult result) {
  Outcome outcome;
  outcome.steps = steps_;
  outcome.result = result;
  outcome.stopped_at = kernel_.now();
  outcome.last_job_ended_at = last_job_ended_at_;
  outcome.violations = violations(result);
  if (!scenario_.expect.jobs.empty()) {
    for (const ScenarioJob& job : scenario_.jobs) outcome.jobs.emplace(job.id, state_of(job.id));
  }
  for (const auto& [issue, count] : scenario_.expect.comments) {
    outcome.comments.emplace(issue, services_.github.comments(issue));
  }
  outcome.log = std::move(log_);
  return outcome;
}

bool World::expects_an_unended_job() const {
  return std::any_of(scenario_.expect.jobs.begin(), scenario_.expect.jobs.end(), [](const auto& entry) {
    return entry.second != JobState::Completed && entry.second != JobState::Failed;
  });
}

std::vector<Violation> World::violations(RunResult result) {
  services_.github.for_each_comment([this](std::string_view issue, const fakes::Comment& comment) {
    const bool was_there = comment.app.empty();
    if (!was_there) invariants_.on_comment({issue, comment.body});
  });
  const bool cut_short = result.outcome == RunOutcome::LimitReached || result.outcome == RunOutcome::Livelock;
  invariants_.at_end(kernel_.now(), cut_short ? RunEnd::CutShort : RunEnd::Complete);
  std::vector<Violation> found = invariants_.findings().kept();
  for (Violation& violation : liveness_violations(result)) found.push_back(std::move(violation));
  if (result.outcome == RunOutcome::Finished && !options_.invariants_off.contains("remains")) {
    for (std::string& remains : unexplained_remains(scenario_, services_.redis)) {
      found.push_back({"remains", std::move(remains), {}, kernel_.now()});
    }
  }
  return found;
}

std::vector<Violation> World::liveness_violations(RunResult result) {
  if (result.outcome == RunOutcome::Finished) return {};
  if (result.outcome == RunOutcome::Livelock) {
    if (options_.invariants_off.contains("livelock")) return {};
    return {{"livelock",
             fmt::format("{} steps at {} without time advancing", result.steps_at_instant,
                         core::format_duration(kernel_.now().time_since_epoch())),
             {},
             kernel_.now()}};
  }
  if (expects_an_unended_job() || options_.invariants_off.contains("liveness")) return {};
  std::string open;
  for (const auto& [job, end] : ends_) {
    if (end == JobEnd::Ended || end == JobEnd::Lost) continue;
    if (open.size() > 100) {
      open += ", ...";
      break;
    }
    open += (open.empty() ? "" : ", ") + std::string(job);
  }
  const std::string which = open.empty() ? "the world did not come to rest" : "not ended: " + open;
  if (result.outcome == RunOutcome::Deadlock) {
    return {{"liveness",
             fmt::format("deadlock: from {} on nothing will ever happen; {}",
                         core::format_duration(kernel_.now().time_since_epoch()), which),
             {},
             kernel_.now()}};
  }
  return {{"liveness",
           fmt::format("the limit of {} was passed; {}", core::format_duration(scenario_.limit), which),
           {},
           kernel_.now()}};
}

Report run_scenario(const Scenario& scenario, Recorder& recorder, const RunOptions& options) {
  Report report;
  {
    World world(scenario, recorder, options);
    report.outcome = world.run();
  }
  report.digest = recorder.digest();
  report.events = recorder.count();
  report.mismatches = mismatches(scenario.expect, recorder.events(), report.outcome);
  return report;
}

}  // namespace sim
