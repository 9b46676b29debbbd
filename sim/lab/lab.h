// The policy laboratory: two tables, each cell a simulation of its own, on several threads. The same rows for the same
// options on any number of threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "sim/lab/contention.h"
#include "sim/lab/fleet.h"

namespace sim {

struct LabOptions {
  // Empty: no such table. Rows are in the order of services, clients, strategies.
  std::vector<const LimitedService*> services;
  std::vector<const FleetStrategy*> strategies;
  std::vector<std::uint32_t> clients;
  FleetSettings fleet;

  std::vector<std::uint32_t> contenders;
  ContentionSettings contention;

  std::uint32_t threads = 1;
  const std::atomic<bool>* stop = nullptr;  ///< Set: ends soon, with the rows that there are.
  std::function<void(std::size_t done, std::size_t of)> progress = {};  ///< By one thread at a time.
};

struct LabResult {
  std::vector<FleetRow> fleet;
  std::vector<ContentionRow> contention;
  std::size_t cells = 0;  ///< That were to be measured.
  bool complete = false;
};

/// What a simulation throws ends the others, and is thrown.
LabResult run_lab(const LabOptions& options);

}  // namespace sim
