// A guard that all calls of a worker share, whatever their credential: breaker, budget, limits. What it knows of each
// credential it keeps by Attempt::credential.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "core/breaker/known_circuit.h"
#include "core/events/event_kind.h"
#include "core/limits/hold.h"
#include "core/limits/known_limit.h"
#include "core/retry/guard.h"

namespace core {

/// A job had better wait in the queue for so long; its run then ends with that outcome.
struct LongWait {
  Duration wait{};
  AgentOutcome outcome = AgentOutcome::RateLimited;
};

/// Among equals being limited counts.
inline std::optional<LongWait> longer(const std::optional<LongWait>& a, const std::optional<LongWait>& b) {
  if (!a || !b) return a ? a : b;
  if (a->wait != b->wait) return a->wait > b->wait ? a : b;
  return a->outcome == AgentOutcome::RateLimited ? a : b;
}

/// What guards know of services, for people. The texts live until a call is made.
struct KnownToGuards {
  std::vector<KnownLimit> limits;
  std::vector<KnownCircuit> circuits;
};

class SharedGuard : public CallGuard {
 public:
  /// Whether a job would need that operation.
  using Needs = std::function<bool(std::string_view api)>;

  /// Whether one more call with that credential, of an operation that is needed, would have to wait for longer than a
  /// job should hold a slot for.
  virtual std::optional<LongWait> wait_of_one_more(std::string_view, const Needs&) const { return std::nullopt; }

  virtual void tell(KnownToGuards&) const {}

  /// `listener` is called when a service wants no call of a credential for a while.
  virtual void on_hold(std::function<void(const Hold&)>) {}
  /// Another worker was told so.
  virtual void hear(const Hold&) {}
};

}  // namespace core
