// What the clients of one process share beside their configuration, and for whom they make a call.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/retry/credentials.h"
#include "core/retry/policy.h"
#include "core/time/permit.h"
#include "core/time/time.h"

namespace core {

class WorkerGuards;

/// What is referred to outlives the clients.
struct ClientOptions {
  Duration ceiling = kRetryAfterCeiling;  ///< That of decide().
  Credentials* credentials = nullptr;     ///< Hears how the process's own credentials are answered; may be null.
  const WorkerGuards* guards = nullptr;   ///< Null: nothing holds calls back but their policies.
};

/// What is referred to outlives the call. See Call.
struct Caller {
  std::string_view job;
  std::uint32_t run = 0;
  Permit* permit = nullptr;
  std::optional<SteadyTime> run_since = std::nullopt;
  bool is_rerun = false;                    ///< The job was re-queued.
  SteadyTime deadline = SteadyTime::max();  ///< The job's: nothing that it waits for may take longer.
};

}  // namespace core
