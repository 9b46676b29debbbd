// When an answer of a fake has arrived at a client, and which of the client's timeouts ends the wait before that. Pure.
#pragma once

#include <optional>

#include "core/http/http.h"
#include "fakes/answer.h"

namespace sim {

struct Arrival {
  core::SteadyTime at;  ///< Of the answer's last byte, of the connection's end, or of the timeout.
  std::optional<core::TransportError> timeout = std::nullopt;  ///< Nothing: the answer has arrived.
};

/// Of an answer to a request that was sent at `sent` and is waited for until `deadline`. What comes at the instant of a
/// timeout comes too late; of two timeouts at one instant the deadline counts.
Arrival arrival_of(const fakes::Answer& answer, const core::HttpRequest& request, core::SteadyTime sent,
                   core::SteadyTime deadline);

}  // namespace sim
