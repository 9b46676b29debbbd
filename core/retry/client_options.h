// What the clients of one process share beside their configuration.
#pragma once

#include "core/limits/limits.h"
#include "core/retry/credentials.h"
#include "core/retry/policy.h"

namespace core {

/// What is referred to outlives the clients.
struct ClientOptions {
  Duration ceiling = kRetryAfterCeiling;  ///< That of decide().
  Credentials* credentials = nullptr;     ///< Hears how the process's own credentials are answered; may be null.
  Limits* limits = nullptr;               ///< Null: nobody waits for limits, and each refusal counts as an attempt.
};

}  // namespace core
