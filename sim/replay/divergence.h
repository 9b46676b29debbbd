// Where a replay parts from the trace that it was made of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/config/config.h"
#include "core/events/event.h"

namespace sim {

/// What of a trace a replay repeats.
enum class Comparison : std::uint8_t {
  Exact,  ///< Everything: the run was simulated.
  /// Real time: times come as they come, jitter was drawn from another seed, and it depends on both how often Redis was
  /// asked in vain.
  Decisions,
  /// Real time, and jobs ran side by side: which of them a runner asks for a token for, which finds a limit that
  /// another one was told of, and which is taken to look whether a credential is accepted again, are races.
  DecisionsOfEachJob,
};

Comparison comparison_for(bool simulated, const std::vector<core::Event>& trace, const core::Config& config);

/// The events of one job (or of none) in both, from which on they are no longer the same.
struct Divergence {
  std::string job;
  std::vector<core::Event> trace;
  std::vector<core::Event> replay;
  std::size_t place = 0;
};

/// The earliest divergence, job by job: what different jobs do at one instant may come in any order. Events of workers
/// themselves are passed over. The texts are those of the events given.
std::optional<Divergence> first_divergence(const std::vector<core::Event>& trace,
                                           const std::vector<core::Event>& replay, Comparison comparison);

/// Whether the trace tells of a job's later run and not of its first: another runner had it before.
bool has_part_of_a_job(const std::vector<core::Event>& trace);

}  // namespace sim
