// A fleet of clients against a limited service: one world, run as `rehearse run` runs it, and what it came to. All jobs
// are there from the start; the far ends do nothing wrong but refuse what is over the limit.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/time/wide.h"
#include "fakes/verdict/verdict.h"
#include "sim/invariants/violation.h"
#include "sim/lab/services.h"
#include "sim/lab/strategies.h"

namespace sim {

struct FleetSettings {
  std::uint64_t limit = 50;  ///< Calls that pass in a window.
  core::Duration per = std::chrono::minutes(1);
  std::uint64_t windows = 20;  ///< The work is at least what passes in so many.
  std::uint64_t seed = 1;
};

/// Every answer of the limited service takes that long, a refusal, too.
inline constexpr core::Duration kFleetLatency = std::chrono::milliseconds(200);

/// What one row is about.
struct FleetCell {
  const LimitedService* service = nullptr;
  const FleetStrategy* strategy = nullptr;
  std::uint32_t clients = 1;
};

/// Enough for the windows, and for every client at least one.
std::uint64_t fleet_jobs(const FleetCell& cell, const FleetSettings& settings);

Scenario fleet_scenario(const FleetCell& cell, const FleetSettings& settings);

struct FleetRow {
  FleetCell cell;
  FleetSettings settings;
  std::uint64_t jobs = 0;
  std::uint64_t completed = 0, dead = 0;             ///< Jobs; those that are left had not ended in time.
  std::uint64_t calls = 0;                           ///< Of the limited service.
  std::uint64_t passed = 0, refused = 0;             ///< Together all calls.
  std::optional<core::Duration> completed_at;        ///< The last job that completed.
  core::Duration longest_wait{};                     ///< From the start to the completion of a job.
  core::UnsignedWide waits = 0;                      ///< Of all completed jobs together, in nanoseconds.
  std::map<fakes::FaultKind, std::uint64_t> faults;  ///< By the verdict of `rehearse serve`.
  ViolationCounts violations;

  /// Calls that the completed jobs needed.
  std::uint64_t successes() const { return completed * cell.service->calls_of_job; }
  core::Duration mean_wait() const;
  /// The earliest time at which the service could have let the successes through, the first call being at zero.
  core::Duration ideal() const;
};

/// (successes / limit - 1) windows, the quotient rounded up; zero where one window is enough.
core::Duration ideal_time(std::uint64_t successes, std::uint64_t limit, core::Duration per);

/// Throws RunStopped when `stop` is set meanwhile.
FleetRow measure_fleet(const FleetCell& cell, const FleetSettings& settings, const std::atomic<bool>* stop = nullptr);

/// Whether the project promises something of the row: of some strategies, where the work is at least twenty windows.
bool has_targets(const FleetRow& row);
/// What it promises and the row does not keep, in words.
std::vector<std::string> missed_targets(const FleetRow& row);

}  // namespace sim
