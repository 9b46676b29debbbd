// What a worker knows of a circuit breaker, for people: metrics and pages are made of it.
#pragma once

#include <string_view>

#include "core/breaker/circuit.h"

namespace core {

/// The state of the breaker of one operation of one credential. The texts live until the breakers are used again.
struct KnownCircuit {
  std::string_view credential;
  std::string_view api;
  Circuit::State state = Circuit::State::Closed;
};

}  // namespace core
