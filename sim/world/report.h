// What a run of a world came to.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time/time.h"
#include "sim/invariants/violation.h"
#include "sim/kernel/kernel.h"
#include "sim/record/recorder.h"
#include "sim/scenario/scenario.h"
#include "sim/world/idle_rules.h"

namespace sim {

/// The state of a job in Redis at the end; nothing for one that is not there.
using FinalStates = std::map<std::string, std::optional<JobState>, std::less<>>;

/// How the world stood when it ended.
struct Outcome {
  RunResult result{};
  std::uint64_t steps = 0;
  core::SteadyTime stopped_at;
  std::optional<core::SteadyTime> last_job_ended_at;
  FinalStates jobs;  ///< Filled where the scenario expects something of its jobs.
  std::map<std::string, std::uint64_t> comments;
  std::map<std::string, std::uint64_t> effects;  ///< Of those that are expected.
  std::vector<std::string> log;                  ///< Filled where the scenario expects log lines, or on demand.
  std::vector<Violation> violations;
  ViolationCounts more_violations;  ///< How many of an invariant are not listed.
  std::vector<IdleRule> idle_rules;
};

struct Report {
  Outcome outcome;
  std::string digest;
  std::uint64_t events = 0;
  std::vector<std::string> mismatches;  ///< Each several lines long, for people.
  bool held() const { return mismatches.empty(); }
};

}  // namespace sim
