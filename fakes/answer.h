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

/// What the model of an answer said, whatever the form that it was written in.
struct ModelSaid {
  enum class Kind : std::uint8_t { Text, Nothing, ToolCalls, Cut, Filtered, Trouble };
  struct ToolCall {
    std::string id;  ///< Empty where the form has none.
    std::string name;
    std::string arguments;  ///< A JSON object's text.
  };

  Kind kind = Kind::Text;
  std::vector<ToolCall> calls;  ///< Of ToolCalls alone.
  std::string text = {};        ///< Beside them.
  int status = 0;               ///< Of Trouble: what the answer names; 0: nothing.
};

struct Answer {
  Delivery delivery;
  core::Duration latency{};
  std::string_view operation;  ///< As rules name it.
  /// What the rule's `retry_after` means, or when its limit ends, counted from the request. Nothing where it says no
  /// plain time, or where the rule's own headers may say otherwise.
  std::optional<core::Duration> asked_to_wait;
  /// Of a chat that was done. Nothing where a rule wrote the body itself.
  std::optional<ModelSaid> said = std::nullopt;
  /// What the service itself answered, where no rule answers in its place: a rule may still have lost it on the way.
  std::optional<int> own_status = std::nullopt;
  /// Where an issue's comments lie by the repository's name, where the request named it by its number; else empty.
  std::string place = {};
  const HttpRule* rule = nullptr;  ///< The rule that the request met, which belongs to the fake; null: none.
};

/// The two clocks that a fake reads; both come from its host.
struct Now {
  core::SteadyTime steady;
  core::WallTime wall;
};

}  // namespace fakes
