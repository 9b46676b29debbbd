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
/// That a runner may take without an event: a hundred times what it takes to look for jobs in vain.
constexpr std::uint64_t kStepsOfRunner = 1'000;

bool is_brought_back(const Scenario& scenario) {
  return std::ranges::any_of(scenario.world, [](const WorldEntry& entry) {
    const auto* restart = std::get_if<RestartRedis>(&entry.action);
    return (restart != nullptr && restart->lose > core::Duration::zero()) ||
           std::holds_alternative<EnqueueAgain>(entry.action) || std::holds_alternative<OperatorEntry>(entry.action);
  });
}

Setting setting_of(const Scenario& scenario) {
  return {.exact = true,
          .disturbances_told = true,
          .servers_watched = true,
          .faults_end = faults_end_of(scenario),
          .ended_jobs_stay_ended = !is_brought_back(scenario)};
}

}  // namespace

World::World(const Scenario& scenario, Recorder& recorder, const RunOptions& options)
    : scenario_(scenario),
      recorder_(recorder),
      options_(options),
      kernel_(scenario.start),
      services_(kernel_, scenario),
      invariants_(scenario.config, setting_of(scenario), options.invariants_off, scenario.invariants),
      queue_watch_(kernel_, services_.redis, scenario.config, invariants_),
      jobs_(scenario, queue_watch_),
      new_work_(scenario.config),
      keep_log_(options.log == KeepLog::Yes || !scenario.expect.log.empty()) {
  if (scenario.schedule != 0) kernel_.shuffle(core::Random(scenario.seed).fork("schedule").fork(scenario.schedule));
  kernel_.set_step_budget(std::max(options.step_budget, scenario.runners * kStepsOfRunner));
  services_.watch = &invariants_;
  services_.redis.watch(&invariants_);
  services_.observer = options.observer;
  services_.describe_runners = [this](std::string& out) { describe_runners(out); };
  services_.redis.on_script([this](const fakes::redis::ScriptCall& call, const core::RedisCommand& command) {
    jobs_.on_script(call, command);
    queue_watch_.on_script(call, command);
  });
  services_.redis.on_fault([this](core::SteadyTime until, std::string_view runner) {
    invariants_.on_disturbance({.until = until, .runner = runner});
  });
  plan_entries();
  for (std::uint32_t i = 1; i <= scenario.runners; ++i)
    runners_.push_back({fmt::format("runner-{}", i), 0, nullptr, {}});
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

struct World::Doing {
  World& world;

  void operator()(const CrashRunner& crash) const { world.crash(world.runner_named(crash.runner)); }
  void operator()(const StartRunner& start) const {
    world.disturb({}, start.runner);
    world.start(world.runner_named(start.runner));
  }
  void operator()(const StopRunner& stop) const { world.stop(world.runner_named(stop.runner), stop); }
  void operator()(const ShiftWallClock& shift) const { world.shift_wall_clock(shift); }
  void operator()(const RestartRedis& restart) const { world.restart_redis(restart); }
  void operator()(const PartitionRunner& partition) const {
    world.partition(world.runner_named(partition.runner), partition.from, partition.lasts);
  }
  void operator()(const PauseRunner& pause) const { world.pause(world.runner_named(pause.runner), pause.lasts); }
  void operator()(const LimitRedis& limit) const {
    world.disturb(limit.lasts);
    world.services_.redis.limit(limit.condition, core::saturating_add(world.kernel_.now(), limit.lasts));
  }
  void operator()(const EnqueueAgain& again) const { world.client_->enqueue_again(again.job); }
  void operator()(const OperatorEntry& entry) const { world.client_->operate(entry); }
};

void World::do_entry(const WorldAction& action) {
  std::visit(Doing{*this}, action);
}

void World::disturb(core::Duration lasts, std::string_view runner, std::string_view stopping) {
  const core::SteadyTime until = core::saturating_add(kernel_.now(), lasts);
  invariants_.on_disturbance({.until = until, .stopping = stopping, .runner = runner});
}

void World::shift_wall_clock(const ShiftWallClock& shift) {
  invariants_.on_clock_shift(shift.runner, shift.by);
  if (shift.runner.empty()) return kernel_.shift_wall_clock(shift.by);
  Runner& runner = runner_named(shift.runner);
  runner.wall_shift = core::saturating_add(core::SteadyTime(runner.wall_shift), shift.by).time_since_epoch();
  if (runner.process) runner.process->process().shift_wall_clock(shift.by);
}

void World::pause(Runner& runner, core::Duration lasts) {
  if (!runner.process || runner.process->worker().stopped()) return;
  disturb(lasts, runner.name);
  const core::SteadyTime until = core::saturating_add(kernel_.now(), lasts);
  runner.paused_until = std::max(runner.paused_until.value_or(until), until);
  core::Event paused;
  paused.kind = core::EventKind::WorkerPaused;
  paused.delay = lasts;
  runner.process->environment().emit(paused);
  kernel_.pause(runner.process->process());
  kernel_.schedule_at(until, [this, &runner, number = runner.incarnations] { resume_if_due(runner, number); });
}

/// A later pause may have made it longer; and a crash ends it, so that another process knows nothing of it.
void World::resume_if_due(Runner& runner, std::uint64_t incarnation) {
  if (!runner.process || runner.incarnations != incarnation || !runner.paused_until) return;
  if (kernel_.now() < *runner.paused_until) return;
  runner.paused_until.reset();
  core::Event resumed;
  resumed.kind = core::EventKind::WorkerResumed;
  runner.process->environment().emit(resumed);
  kernel_.resume(runner.process->process());
}

void World::partition(const Runner& runner, const std::vector<Peer>& from, core::Duration lasts) {
  disturb(lasts, runner.name);
  const core::SteadyTime now = kernel_.now(), until = core::saturating_add(now, lasts);
  Links& links = services_.links_of(runner.name);
  for (const Peer peer : from) links.cut(peer, now, until);
  kernel_.schedule_at(until, [this, &links, name = std::string_view(runner.name)] {
    if (!links.is_cut(Peer::Redis, kernel_.now())) services_.redis.end_partition(name);
  });
}

World::Runner& World::runner_named(const std::string& name) {
  return *std::find_if(runners_.begin(), runners_.end(), [&name](const Runner& runner) { return runner.name == name; });
}

/// A runner that is up, or is still finishing its jobs, is left alone.
void World::start(Runner& runner) {
  if (runner.process && runner.process->worker().stopped()) runner.process.reset();
  if (runner.process) return;
  runner.paused_until.reset();
  runner.process =
      std::make_unique<RunnerProcess>(kernel_, runner.name, ++runner.incarnations, scenario_.config, services_, *this);
  runner.process->process().shift_wall_clock(runner.wall_shift);
}

void World::stop(Runner& runner, const StopRunner& stop) {
  if (!runner.process) return;
  if (runner.paused_until) {
    // The signal waits until the process goes on.
    kernel_.schedule_at(*runner.paused_until, [this, &runner, &stop, number = runner.incarnations] {
      if (runner.incarnations == number) this->stop(runner, stop);
    });
    return;
  }
  disturb(stop.within.value_or(core::Duration::zero()), runner.name, runner.name);
  runner.process->worker().stop();
  if (!stop.within) return;
  // Only if it is the same process still: another has its own time.
  kernel_.schedule_at(core::saturating_add(kernel_.now(), *stop.within), [&runner, number = runner.incarnations] {
    if (runner.process && runner.incarnations == number) runner.process->worker().give_back();
  });
}

void World::describe_runners(std::string& out) const {
  const core::SteadyTime now = kernel_.now();
  for (const Runner& runner : runners_) {
    core::append_state(out, runner.name);
    core::append_state(out, runner.process != nullptr);
    core::append_state(out, runner.paused_until.value_or(now), now);
    if (runner.process) runner.process->worker().describe_state(out, now);
  }
}

void World::crash(Runner& runner) {
  if (!runner.process) return;
  core::Event crashed;
  crashed.kind = core::EventKind::WorkerCrashed;
  runner.process->environment().emit(crashed);
  runner.process.reset();
  runner.paused_until.reset();
  disturb({}, runner.name);
}

void World::restart_redis(const RestartRedis& restart) {
  const bool loses = restart.lose > core::Duration::zero();
  services_.redis.go_down(loses ? std::optional(kernel_.now() - restart.lose) : std::nullopt);
  ++redis_restarts_;
  disturb(restart.down);
  core::Event restarted;
  restarted.kind = core::EventKind::RedisRestarted;
  restarted.at = kernel_.now();
  if (loses) restarted.lost = restart.lose;
  on_event(restarted);
  jobs_.look_at_all();
  if (restart.down == core::Duration::zero()) {
    services_.redis.come_up();
  } else {
    // Only if no later restart has taken it down again.
    kernel_.schedule_at(core::saturating_add(kernel_.now(), restart.down), [this, number = redis_restarts_] {
      if (number == redis_restarts_) services_.redis.come_up();
    });
  }
}

void World::note_progress(const core::Event& event) {
  // Of an instant that is short nobody asks.
  const bool is_long = kernel_.steps_at_instant() >= options_.step_budget / 10;
  if (is_long && new_work_.is_new(event)) kernel_.note_progress();
}

void World::on_event(const core::Event& event) {
  recorder_.on_event(event);
  note_progress(event);
  invariants_.on_event(event);
  if (options_.observer != nullptr) options_.observer->on_event(event);
  if (event.kind == core::EventKind::JobCompleted || event.kind == core::EventKind::JobFailed) {
    last_job_ended_at_ = event.at;
  }
  if (event.kind == core::EventKind::JobEnqueued) jobs_.note_acceptance(event.job);
  if (keep_log_) {
    for (std::string& line : core::log_lines(event)) log_.push_back(std::move(line));
  }
}

bool World::finished() const {
  // What the last end or entry sets off at that instant still belongs to the run.
  if (jobs_.any() || entries_left_ > 0 || !client_->idle() || !kernel_.instant_is_over()) return false;
  // An end that is recorded in Redis is still to be reported by the runner that recorded it.
  return std::all_of(runners_.begin(), runners_.end(),
                     [](const Runner& runner) { return !runner.process || runner.process->worker().idle(); });
}

Outcome World::run() {
  const auto stop = [this] {
    if (options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed)) throw RunStopped();
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

core::Duration World::lease_and_more() const {
  return scenario_.config.jobs.lease + kRestartAfter;
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
      invariants_.on_disturbance({.until = kernel_.now(), .stopping = {}, .cuts_redis = true});
      return services_.redis.drop_connections();
    case Blow::Kind::PauseRunner:
      return pause(runners_[blow.runner], lease_and_more());
    case Blow::Kind::PartitionRunner:
      return partition(runners_[blow.runner], {Peer::Redis, Peer::Llm, Peer::GitHub}, lease_and_more());
  }
}

Outcome World::outcome_of(RunResult result) {
  Outcome outcome;
  outcome.steps = steps_;
  outcome.result = result;
  outcome.stopped_at = kernel_.now();
  outcome.last_job_ended_at = last_job_ended_at_;
  outcome.violations = violations(result);
  outcome.more_violations = invariants_.findings().left_out();
  if (!scenario_.expect.jobs.empty()) {
    for (const ScenarioJob& job : scenario_.jobs) outcome.jobs.emplace(job.id, jobs_.state_of(job.id));
  }
  for (const auto& [issue, count] : scenario_.expect.comments) {
    outcome.comments.emplace(issue, services_.github.comments(issue));
  }
  for (const auto& [operation, count] : scenario_.expect.effects) {
    outcome.effects.emplace(operation, services_.github.effects(operation));
  }
  outcome.log = std::move(log_);
  outcome.idle_rules = idle_rules_of(services_);
  return outcome;
}

bool World::expects_an_unended_job() const {
  return std::any_of(scenario_.expect.jobs.begin(), scenario_.expect.jobs.end(), [](const auto& entry) {
    return entry.second != JobState::Completed && entry.second != JobState::Failed;
  });
}

std::vector<Violation> World::violations(RunResult result) {
  services_.github.for_each_effect([this](const fakes::MadeEffect& made) { invariants_.on_effect(made); });
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

bool World::is_paused_by_an_operator() {
  return services_.redis.look({"EXISTS", scenario_.config.redis.key_prefix + "job:paused"}).integer == 1;
}

bool World::only_waits_for_credentials() const {
  const auto is_up = [](const Runner& runner) { return static_cast<bool>(runner.process); };
  return std::ranges::any_of(runners_, is_up) && std::ranges::all_of(runners_, [&](const Runner& runner) {
           return !is_up(runner) || !runner.process->worker().refused_credentials().empty();
         });
}

std::vector<Violation> World::liveness_violations(RunResult result) {
  if (result.outcome == RunOutcome::Finished) return {};
  if (result.outcome == RunOutcome::Livelock) {
    if (options_.invariants_off.contains("livelock")) return {};
    return {{"livelock",
             fmt::format("{} steps at {} without time advancing, and nothing new is done", result.steps_at_instant,
                         core::format_duration(kernel_.now().time_since_epoch())),
             {},
             kernel_.now()}};
  }
  if (expects_an_unended_job() || options_.invariants_off.contains("liveness")) return {};
  if (is_paused_by_an_operator()) return {};
  const std::string open = jobs_.text();
  const std::string which = open.empty() ? "the world did not come to rest" : "not ended: " + open;
  if (result.outcome == RunOutcome::Deadlock) {
    return {{"liveness",
             fmt::format("deadlock: from {} on nothing will ever happen; {}",
                         core::format_duration(kernel_.now().time_since_epoch()), which),
             {},
             kernel_.now()}};
  }
  if (only_waits_for_credentials()) return {};
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
