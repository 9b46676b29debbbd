// A trace made into a scenario whose run gives the same decisions: its jobs when they came, and for each request a rule
// with the answer that it got, after as long as it took. What events do not tell is left at its default - prompts,
// issues, bodies - because no decision of the retry code depends on it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/config/config.h"
#include "core/events/event.h"

namespace sim {

struct ReplaySource {
  std::string title;
  std::string why;
  std::uint64_t seed = 1;
  std::uint64_t schedule = 0;
  core::Config config;
  std::optional<core::WallTime> started;  ///< The wall clock at the trace's time zero.
};

/// The text of a scenario file. The earliest event is at T=0 in it, runners are runner-1, runner-2, ... in the order in
/// which they are met.
std::string replay_scenario(const ReplaySource& source, const std::vector<core::Event>& events);

/// Which times are compared: those of a real machine come as they come, and its jitter was drawn from another seed.
enum class ReplayTimes : std::uint8_t { Exact, Ignored };

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
                                           const std::vector<core::Event>& replay, ReplayTimes times);

}  // namespace sim
