// Random worlds by the thousand, each judged by all invariants.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/fuzz/probe.h"
#include "sim/world/world.h"

namespace sim {

struct FuzzCounts {
  std::uint64_t worlds = 0;
  std::uint64_t violating = 0;
  std::uint64_t events = 0;
  core::Duration simulated{};                ///< As long as all worlds together; stuck at its largest value.
  std::array<std::uint64_t, kProbes> met{};  ///< Worlds that met each probe.
};

/// The first world, by number, that violated an invariant.
struct FuzzFound {
  std::uint64_t number = 0;
  Violation violation;
  std::uint64_t times = 0;
  std::uint64_t alone = 0;  ///< Worlds that violate nothing else.
};

struct FuzzOptions {
  std::uint64_t seed = 1;
  std::uint64_t first = 0;  ///< The number of the first world.
  std::uint64_t runs = UINT64_MAX;
  std::uint32_t threads = 1;
  std::set<std::string, std::less<>> invariants_off;
  const std::atomic<bool>* stop = nullptr;  ///< Set: the search ends in the midst of its worlds, which do not count.
  // Both are called every now and then, by one thread at a time.
  std::function<bool(const FuzzCounts&)> go_on;
  std::function<void(const FuzzFound&)> on_found;  ///< An invariant was violated in an earlier world than so far.
};

struct FuzzResult {
  FuzzCounts counts;
  std::vector<std::uint64_t> first_violating;           ///< The lowest numbers of such worlds, at most ten, in order.
  std::map<std::string, FuzzFound, std::less<>> found;  ///< By invariant.
  std::string digest;                                   ///< Of all worlds' digests, for the same runs always the same.
  std::vector<std::uint64_t> cut;                       ///< Worlds that `stop` has ended, in order.
  std::exception_ptr failure;                           ///< What ended the search early; what was found stands.
};

/// What an exception ends, in a world or in what is called from here, is told by `failure`.
FuzzResult fuzz(const FuzzOptions& options);

}  // namespace sim
