// What a retried call stands on: a clock, who hears of its events, and the count from which calls get their numbers.
// A program that uses the retry loop alone makes one of these; a runner's Environment converts to it. What the
// references refer to outlives every call.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/events/event.h"
#include "core/time/clock.h"

namespace core {

struct RetryEnvironment {
  Clock& clock;
  EventSink& events;
  std::uint64_t& calls_reported;  ///< How many calls of this process have been given a number; zero at its start.
  std::string_view runner = {};   ///< The name of this process in events.

  /// The number of a call in events, the first time that it is reported: 1, 2, 3, ...
  std::uint64_t number_call() const { return ++calls_reported; }

  /// Fills in the time and the runner.
  void emit(Event event) const {
    event.at = clock.now();
    event.runner = runner;
    events.on_event(event);
  }
};

}  // namespace core
