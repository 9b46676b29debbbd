// What the clients of a fleet do about being refused: configurations of the production core, one a row. A further way
// of sharing what is learnt is a further line in strategies.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/config/config.h"

namespace sim {

/// What one client is: a slot of the one runner that there is, or a runner of its own.
enum class ClientIs : std::uint8_t { ASlot, ARunner };

struct FleetStrategy {
  std::string_view name;
  std::string_view what;  ///< In words.
  ClientIs client;
  bool has_targets;  ///< What the project promises is promised of it.
  void (*configure)(core::Config& config);
};

/// In the order of the table.
std::span<const FleetStrategy> fleet_strategies();
/// Null: there is none of that name.
const FleetStrategy* find_fleet_strategy(std::string_view name);

}  // namespace sim
