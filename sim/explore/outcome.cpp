#include "sim/explore/outcome.h"

#include <vector>

namespace sim {

std::span<const CallOutcome> call_outcomes() {
  static const std::vector<CallOutcome> all = [] {
    std::vector<CallOutcome> outcomes = {{"ok", std::monostate{}}};
    for (const HttpFaultKind& kind : http_fault_kinds())
      outcomes.insert(outcomes.end(), kind.explored.begin(), kind.explored.end());
    return outcomes;
  }();
  return all;
}

}  // namespace sim
