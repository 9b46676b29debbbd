// Exhaustive exploration: every sequence of outcomes over the first calls of a scenario, all layers, and a blow at
// every step. Prefixes whose worlds are alike are merged, so that one of them stands for all; docs/exploration.md says
// why that is sound. The same result whatever the number of threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/world/world.h"

namespace sim {

struct ExploreProgress {
  std::uint32_t call = 0;  ///< Whose outcomes are being tried, from 1.
  std::uint64_t done = 0;
  std::uint64_t of = 0;
};

struct ExploreOptions {
  std::uint32_t depth = 4;
  std::uint32_t threads = 1;
  bool merge = true;  ///< False only to try the merging itself.
  std::set<std::string, std::less<>> invariants_off;
  std::function<void(const ExploreProgress&)> progress;  ///< Called by one thread at a time.
  const std::atomic<bool>* stop = nullptr;               ///< Set: ends soon, with what there is.
};

/// What the violating run was: outcomes by call, and blows.
struct FoundViolation {
  Violation violation;
  std::vector<std::uint8_t> outcomes;
  std::vector<Blow> blows;
  std::uint64_t times = 0;  ///< Runs that violated the same invariant; this was the first of them.
};

struct Exploration {
  std::uint64_t runs = 0;
  std::uint64_t sequences = 0;        ///< That the runs stand for; stuck at 2^64 - 1 where there are more.
  std::vector<std::uint64_t> states;  ///< By call: different worlds before it.
  std::uint64_t ended = 0;            ///< Sequences whose world ended before the depth was reached.
  bool complete = false;              ///< All of it was done.
  std::map<std::string, FoundViolation, std::less<>> found;  ///< By invariant.
  /// Ends of runs, as job states with comments, and how many sequences led to each.
  std::map<std::string, std::uint64_t> ends;
};

/// All sequences of call_outcomes() over the first `depth` HTTP calls; after them the scenario's own rules hold.
/// Precondition: the scenario has no schedule; no fingerprint holds the state of its draws.
Exploration explore_calls(const Scenario& scenario, const ExploreOptions& options);

/// Each kind of blow at each step of the scenario as it is, one at a time and, with `pairs`, two at a time.
Exploration explore_blows(const Scenario& scenario, bool pairs, const ExploreOptions& options);

/// The scenario with the outcomes of its first calls fixed by rules, as its own file would have them.
Scenario with_outcomes(const Scenario& scenario, const std::vector<std::uint8_t>& outcomes,
                       const std::vector<bool>& for_llm);

}  // namespace sim
