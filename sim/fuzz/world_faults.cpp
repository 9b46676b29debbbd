#include "sim/fuzz/world_faults.h"

#include <fmt/format.h>

#include <algorithm>

namespace sim {

namespace {

using namespace std::chrono_literals;
using core::Duration;
using core::SteadyTime;

StopRunner make_stop(Dice& dice, const std::string& runner) {
  StopRunner stop{runner, {}};
  if (dice.chance(50)) stop.within = dice.duration(0ms, 20s);
  return stop;
}

void make_crashes(Dice& dice, Scenario& scenario) {
  const std::uint64_t count = dice.between(1, 3);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string runner = fmt::format("runner-{}", dice.between(1, scenario.runners));
    const SteadyTime at(dice.duration(0ms, 120s));
    add_entry(scenario,
              {at, dice.chance(80) ? WorldAction(CrashRunner{runner}) : WorldAction(make_stop(dice, runner))});
    // Long enough for a graceful stop to be over, in most cases; one that is not over is left alone.
    add_entry(scenario, {at + dice.duration(0ms, 90s), StartRunner{runner}});
  }
  // Whatever became of them, everybody is up in the end.
  for (std::uint32_t i = 1; i <= scenario.runners; ++i) {
    add_entry(scenario, {SteadyTime(kTroubleEnds), StartRunner{fmt::format("runner-{}", i)}});
    add_entry(scenario, {SteadyTime(kTroubleEnds * 6), StartRunner{fmt::format("runner-{}", i)}});
  }
}

/// A runner that comes down again and again, as one does whose job kills it.
void make_crash_loop(Dice& dice, Scenario& scenario) {
  const std::string runner = fmt::format("runner-{}", dice.between(1, scenario.runners));
  SteadyTime at(dice.duration(0ms, 10s));
  const std::uint64_t count = dice.between(2, 8);
  for (std::uint64_t i = 0; i < count; ++i) {
    add_entry(scenario, {at, CrashRunner{runner}});
    at += dice.duration(0ms, 5s);
    add_entry(scenario, {at, StartRunner{runner}});
    at += dice.duration(1ms, scenario.config.jobs.lease * 2);
  }
}

const std::string& one_job(Dice& dice, const Scenario& scenario) {
  return scenario.jobs[dice.between(0, scenario.jobs.size() - 1)].id;
}

/// Half of them longer than a lease.
void make_pauses(Dice& dice, Scenario& scenario) {
  const Duration lease = scenario.config.jobs.lease;
  for (std::uint64_t i = dice.between(1, 3); i > 0; --i) {
    const std::string runner = one_runner(dice, scenario);
    add_entry(scenario, {SteadyTime(dice.duration(0ms, 120s)), PauseRunner{runner, dice.duration(1ms, lease * 2)}});
  }
}

void make_partitions(Dice& dice, Scenario& scenario) {
  for (std::uint64_t i = dice.between(1, 3); i > 0; --i) {
    PartitionRunner partition{one_runner(dice, scenario), {}, dice.duration(1ms, 60s)};
    const std::uint64_t cut = dice.between(1, (1 << kPeers) - 1);
    for (std::size_t peer = 0; peer < kPeers; ++peer) {
      if ((cut >> peer & 1) != 0) partition.from.push_back(static_cast<Peer>(peer));
    }
    add_entry(scenario, {SteadyTime(dice.duration(0ms, 120s)), std::move(partition)});
  }
}

void make_redis_limits(Dice& dice, Scenario& scenario) {
  using fakes::redis::Condition;
  for (std::uint64_t i = dice.between(1, 2); i > 0; --i) {
    const Condition condition = dice.chance(50) ? Condition::Full : Condition::ReadOnly;
    add_entry(scenario, {SteadyTime(dice.duration(0ms, 120s)), LimitRedis{condition, dice.duration(1ms, 60s)}});
  }
}

void make_repetitions(Dice& dice, Scenario& scenario) {
  for (std::uint64_t i = dice.between(1, 3); i > 0; --i) {
    add_entry(scenario, {SteadyTime(dice.duration(0ms, 180s)), EnqueueAgain{one_job(dice, scenario)}});
  }
}

/// What is paused is resumed, so that every job ends.
void make_operators_pause(Dice& dice, Scenario& scenario) {
  const Duration begin = dice.duration(0ms, 120s);
  add_entry(scenario, {SteadyTime(begin), OperatorEntry{core::OperatorCommand::Pause, {}}});
  add_entry(scenario, {SteadyTime(begin + dice.duration(1ms, 300s)), OperatorEntry{core::OperatorCommand::Resume, {}}});
}

/// Late enough for some jobs to have failed, or early enough for some to be open.
void make_operator(Dice& dice, Scenario& scenario) {
  for (std::uint64_t i = dice.between(1, kMostOperatorEntries); i > 0; --i) {
    OperatorEntry entry;
    if (dice.chance(30)) {
      entry.command = dice.chance(60) ? core::OperatorCommand::Cancel : core::OperatorCommand::Drop;
    } else if (dice.chance(15)) {
      make_operators_pause(dice, scenario);
      continue;
    }
    if (dice.chance(entry.command == core::OperatorCommand::Retry ? 50 : 90)) entry.job = one_job(dice, scenario);
    add_entry(scenario, {SteadyTime(dice.duration(1s, dice.chance(50) ? Duration(60s) : kTroubleEnds)), entry});
  }
}

}  // namespace

std::string one_runner(Dice& dice, const Scenario& scenario) {
  return fmt::format("runner-{}", dice.between(1, scenario.runners));
}

void add_entry(Scenario& scenario, WorldEntry entry) {
  const auto place = std::upper_bound(scenario.world.begin(), scenario.world.end(), entry.at,
                                      [](SteadyTime at, const WorldEntry& other) { return at < other.at; });
  scenario.world.insert(place, std::move(entry));
}

void make_world(Dice& dice, const Swarm& swarm, Scenario& scenario) {
  if (swarm.uses(Fault::Crash)) make_crashes(dice, scenario);
  if (swarm.uses(Fault::Pause)) make_pauses(dice, scenario);
  if (swarm.uses(Fault::Partition)) make_partitions(dice, scenario);
  if (swarm.uses(Fault::RedisLimit)) make_redis_limits(dice, scenario);
  if (swarm.uses(Fault::Again)) make_repetitions(dice, scenario);
  if (swarm.uses(Fault::Operator)) make_operator(dice, scenario);
  if (swarm.uses(Fault::Clock)) {
    const Duration by = dice.duration(1s, 3h);
    ShiftWallClock shift{dice.chance(50) ? by : -by, {}};
    if (dice.chance(50)) shift.runner = one_runner(dice, scenario);
    add_entry(scenario, {SteadyTime(dice.duration(0ms, 120s)), std::move(shift)});
  }
  if (swarm.uses(Fault::Restart)) {
    RestartRedis restart;
    const Duration at = dice.duration(1s, 120s);
    if (dice.chance(30)) restart.lose = std::min(at, dice.duration(1ms, 10s));
    if (dice.chance(50)) restart.down = dice.duration(1ms, 30s);
    add_entry(scenario, {SteadyTime(at), restart});
  }
}

void make_fate(Dice dice, const Swarm& swarm, Scenario& scenario) {
  if (dice.chance(60)) scenario.config.jobs.recoveries = static_cast<std::uint32_t>(dice.between(0, 3));
  if (swarm.uses(Fault::Crash) && dice.chance(40)) make_crash_loop(dice, scenario);
}

}  // namespace sim
