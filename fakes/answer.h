// What a fake does with an HTTP request: the outcome, and how long after the request it arrives. The effect has taken
// place by the time handle() returns. Whoever delivers it (simulator or socket) applies the caller's timeout and
// bounds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/http/http.h"
#include "core/time/time.h"
#include "fakes/faults/rule.h"

namespace fakes {

/// A part of a body that comes in several.
struct BodyPart {
  std::size_t end = 0;   ///< How many bytes of the body have come with it.
  core::Duration after;  ///< Counted from the answer's latency; Duration::max(): it never comes.
  bool operator==(const BodyPart&) const = default;
};

/// A complete answer, or its first `body_bytes_sent` bytes before the connection closes.
struct Respond {
  core::HttpResponse response;
  std::size_t body_bytes_sent = SIZE_MAX;  ///< SIZE_MAX: all of it.
  /// Rising in both; the last one ends the body. The head comes at the answer's latency. Empty: all of the body does.
  std::vector<BodyPart> parts = {};
};
/// An answer whose body (or header block) is this long, made of filler: it is never held in memory.
struct Flood {
  int status = 200;
  bool headers = false;
  std::uint64_t bytes = 0;
};
struct NeverAnswer {};
struct RefuseConnection {};
struct ResetConnection {};
using Delivery = std::variant<Respond, Flood, NeverAnswer, RefuseConnection, ResetConnection>;

struct Answer {
  Delivery delivery;
  core::Duration latency{};
  std::string_view operation;  ///< As rules name it.
  /// What the rule's `retry_after` means, counted from the request. Nothing where it says no plain time, or where the
  /// rule's own headers may say otherwise.
  std::optional<core::Duration> asked_to_wait;
  const HttpRule* rule = nullptr;  ///< The rule that the request met, which belongs to the fake; null: none.
};

/// The two clocks that a fake reads; both come from its host.
struct Now {
  core::SteadyTime steady;
  core::WallTime wall;
};

}  // namespace fakes
