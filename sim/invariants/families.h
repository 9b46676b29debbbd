// The invariants that exist, one file a family. `config` outlives what is made of it.
#pragma once

#include <memory>
#include <vector>

#include "sim/invariants/invariant.h"

namespace sim {

/// What kind of run is judged.
struct Setting {
  /// Virtual time, in which nothing takes time that was not made to: what is due happens at that very instant. Events
  /// of a real machine come late.
  bool exact = true;
  /// Every disturbance of Redis and of the runners is told of when it happens.
  bool disturbances_told = false;
  /// The servers are watched too: all comments are told of.
  bool servers_watched = false;
  /// From then on Redis and the runners are left alone; nothing if that is not known.
  std::optional<core::SteadyTime> faults_end = std::nullopt;
  /// Nobody puts in a job again that has ended, or brings it back, and Redis loses nothing.
  bool ended_jobs_stay_ended = false;
};

using InvariantPointer = std::unique_ptr<Invariant>;

InvariantPointer make_backoff_invariant(const core::Config& config, Findings& findings);
InvariantPointer make_hints_invariant(Findings& findings);
InvariantPointer make_limits_invariant(const core::Config& config, Findings& findings);
InvariantPointer make_attempts_invariant(const core::Config& config, Findings& findings);
InvariantPointer make_budget_invariant(const core::Config& config, Findings& findings);
InvariantPointer make_circuit_invariant(const core::Config& config, const Setting& setting, Findings& findings);
InvariantPointer make_deadline_invariant(const core::Config& config, const Setting& setting, Findings& findings);
InvariantPointer make_pacing_invariant(const core::Config& config, const Setting& setting, Findings& findings);
InvariantPointer make_jobs_invariant(const core::Config& config, const Setting& setting, Findings& findings);
InvariantPointer make_effects_invariant(const core::Config& config, const Setting& setting, Findings& findings);
InvariantPointer make_time_invariant(const core::Config& config, const Setting& setting, Findings& findings);
InvariantPointer make_rest_invariant(const core::Config& config, const Setting& setting, Findings& findings);
InvariantPointer make_liveness_invariant(const core::Config& config, const Setting& setting, Findings& findings);
InvariantPointer make_leases_invariant(const core::Config& config, const Setting& setting, Findings& findings);
InvariantPointer make_queue_invariant(Findings& findings);
InvariantPointer make_redis_invariant(const core::Config& config, Findings& findings);
InvariantPointer make_refusals_invariant(const Setting& setting, Findings& findings);
InvariantPointer make_reasons_invariant(const core::Config& config, Findings& findings);
InvariantPointer make_answers_invariant(Findings& findings);
InvariantPointer make_credentials_invariant(const core::Config& config, const Setting& setting, Findings& findings);
InvariantPointer make_requests_invariant(Findings& findings);
InvariantPointer make_secrets_invariant(const core::Config& config, Findings& findings);

}  // namespace sim
