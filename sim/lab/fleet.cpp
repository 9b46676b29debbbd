#include "sim/lab/fleet.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/time/text.h"
#include "sim/lab/fleet_watch.h"
#include "sim/lab/ratio.h"
#include "sim/scenario/types.h"

namespace sim {

namespace {

/// A world that is not at its end after twenty times the windows and two days never will be.
constexpr std::uint64_t kTooManyTimes = 20;
constexpr core::Duration kTooLong = std::chrono::hours(48);
constexpr std::uint64_t kWindowsOfTargets = 20;

/// In hundredths: of calls a success, and of the ideal time.
struct FleetTargets {
  std::uint64_t calls, time;
};
constexpr FleetTargets kTold{120, 110}, kUntold{200, 150};

std::uint64_t divided_up(std::uint64_t dividend, std::uint64_t divisor) {
  return dividend / divisor + (dividend % divisor > 0 ? 1 : 0);
}

void count_violations(const Outcome& outcome, ViolationCounts& counts) {
  for (const Violation& violation : outcome.violations) ++counts[violation.invariant];
  for (const auto& [invariant, more] : outcome.more_violations) counts[invariant] += more;
}

}  // namespace

std::uint64_t fleet_jobs(const FleetCell& cell, const FleetSettings& settings) {
  const std::uint64_t calls = settings.limit * settings.windows;
  return std::max<std::uint64_t>(divided_up(calls, cell.service->calls_of_job), cell.clients);
}

Scenario fleet_scenario(const FleetCell& cell, const FleetSettings& settings) {
  Scenario scenario;
  scenario.title = fmt::format("{}-{}-{}", cell.service->name, cell.strategy->name, cell.clients);
  scenario.file = scenario.title + ".json";
  scenario.why = fmt::format("{} clients beside a limit of {} calls a window of {}: {}.", cell.clients, settings.limit,
                             core::format_duration(settings.per), cell.strategy->what);
  scenario.seed = settings.seed;
  scenario.start = kDefaultStart;
  const auto windows = core::Wide{settings.per.count()} * settings.windows * kTooManyTimes;
  const core::Wide most = core::Duration::max().count() - kTooLong.count();
  scenario.limit = core::Duration(static_cast<core::Duration::rep>(std::min(windows, most))) + kTooLong;
  cell.strategy->configure(scenario.config);
  scenario.config.llm.min_interval = core::Duration::zero();
  const bool has_slots = cell.strategy->client == ClientIs::ASlot;
  scenario.runners = has_slots ? 1 : cell.clients;
  scenario.config.jobs.concurrency = has_slots ? cell.clients : 1;
  limit_service(scenario, *cell.service, settings.limit, settings.per, kFleetLatency);
  const std::uint64_t jobs = fleet_jobs(cell, settings);
  scenario.jobs.reserve(jobs);
  for (std::uint64_t i = 1; i <= jobs; ++i) scenario.jobs.push_back({.id = fmt::format("job-{}", i)});
  return scenario;
}

core::Duration ideal_time(std::uint64_t successes, std::uint64_t limit, core::Duration per) {
  const std::uint64_t windows = divided_up(successes, limit);
  return windows <= 1 ? core::Duration::zero() : per * static_cast<core::Duration::rep>(windows - 1);
}

core::Duration FleetRow::mean_wait() const {
  return completed == 0 ? core::Duration::zero() : core::Duration(static_cast<core::Duration::rep>(waits / completed));
}

core::Duration FleetRow::ideal() const {
  return ideal_time(successes(), settings.limit, settings.per);
}

FleetRow measure_fleet(const FleetCell& cell, const FleetSettings& settings, const std::atomic<bool>* stop) {
  const Scenario scenario = fleet_scenario(cell, settings);
  Recorder recorder(KeepEvents::No);
  FleetRow row{.cell = cell, .settings = settings, .jobs = scenario.jobs.size()};
  FleetWatch watch(row);
  const Report report = run_scenario(scenario, recorder, {.observer = &watch, .stop = stop});
  row.faults = watch.verdict().by_kind;
  count_violations(report.outcome, row.violations);
  return row;
}

bool has_targets(const FleetRow& row) {
  return row.cell.strategy->has_targets && row.settings.windows >= kWindowsOfTargets;
}

std::vector<std::string> missed_targets(const FleetRow& row) {
  std::vector<std::string> missed;
  if (!has_targets(row)) return missed;
  const bool is_told = row.cell.service->tells == Tells::TheWait;
  const FleetTargets& targets = is_told ? kTold : kUntold;
  const auto miss = [&missed](std::string what) { missed.push_back(std::move(what)); };
  if (is_above(row.calls, row.successes(), targets.calls)) {
    miss(fmt::format("{} calls a success, not {}", ratio_text(row.calls, row.successes()),
                     ratio_text(targets.calls, 100)));
  }
  const core::Duration time = row.completed_at.value_or(core::Duration::zero());
  if (is_above(time.count(), row.ideal().count(), targets.time)) {
    miss(fmt::format("{} of the ideal time, not {}", ratio_text(time.count(), row.ideal().count()),
                     ratio_text(targets.time, 100)));
  }
  if (row.completed < row.jobs) miss(fmt::format("{} jobs did not complete", row.jobs - row.completed));
  for (const auto& [kind, times] : row.faults) miss(fmt::format("{} {}", times, name_of(kind)));
  for (const auto& [invariant, times] : row.violations) miss(fmt::format("{} {}", times, invariant));
  return missed;
}

}  // namespace sim
