// Clients that contend for one record with optimistic locking, after the article "Exponential Backoff And Jitter" of
// the AWS architecture blog and its simulator (github.com/aws-samples/aws-arch-backoff-simulator). Each reads the
// record, then writes it with the version that it read, and is done; where another was faster it backs off and begins
// again. The calls go through core's retry loop on the virtual clock.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/retry/policy.h"

namespace sim {

struct ContentionStrategy {
  std::string_view name;
  core::BackoffPolicy backoff;
};

/// In the order of the table, with the article's numbers: from 10 ms on, twice as long each time, at most 2 s.
/// Decorrelated jitter begins with 5 ms, as its formula does there.
std::span<const ContentionStrategy> contention_strategies();

struct ContentionSettings {
  std::uint64_t runs = 20;  ///< Of each cell, with other chances each time.
  std::uint64_t seed = 1;
};

struct ContentionCell {
  const ContentionStrategy* strategy = nullptr;
  std::uint32_t clients = 1;
};

/// Sums over all runs.
struct ContentionRow {
  ContentionCell cell;
  std::uint64_t runs = 0;
  std::uint64_t calls = 0;      ///< Writes, those in vain, too: the article's work.
  std::uint64_t successes = 0;  ///< Writes that were accepted: one for each client.
  std::uint64_t conflicts = 0;
  core::Duration time{};  ///< Until the last client has its answer.
};

/// Throws RunStopped when `stop` is set meanwhile.
ContentionRow measure_contention(const ContentionCell& cell, const ContentionSettings& settings,
                                 const std::atomic<bool>* stop = nullptr);

}  // namespace sim
