// The invariants that a scenario adds to those that always hold.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "sim/invariants/invariant.h"
#include "sim/invariants/pattern.h"

namespace sim {

/// No event is like this.
struct Never {
  EventPattern never;
  bool operator==(const Never&) const = default;
};

/// Each event like `after` is followed, at most `within` later, by one like `expect`: of the same job, if the first is
/// of a job and `expect` lists none.
struct After {
  EventPattern after;
  core::Duration within{};
  EventPattern expect;
  bool operator==(const After&) const = default;
};

struct OwnInvariant {
  std::string name;  ///< What it is called in violations.
  std::variant<Never, After> rule;
  bool operator==(const OwnInvariant&) const = default;
};

/// `own` outlives it.
std::unique_ptr<Invariant> make_own_invariant(const OwnInvariant& own, Findings& findings);

}  // namespace sim
