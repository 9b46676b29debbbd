// What Redis tells a worker that waits for jobs (core/queue/scripts/parts/wake.lua).
#pragma once

#include <cstdint>
#include <string_view>

#include "core/time/time.h"

namespace core {

struct WakeUp {
  enum class Kind : std::uint8_t {
    Look,   ///< For jobs, now.
    Guard,  ///< Another worker was told to look: look, too, when `in` is over, in case that it has died.
    Due,    ///< The next job is due, or the next lease runs out, when `in` is over.
    Taken,  ///< The same, and no job is ready any more: there is nothing to guard.
  };
  Kind kind = Kind::Look;
  Duration in = Duration::max();  ///< Whole microseconds; max(): never.
};

/// Of a message that it does not understand a worker looks for jobs.
WakeUp parse_wake_up(std::string_view message);

}  // namespace core
