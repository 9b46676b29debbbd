// When runners last stood still: what is due or answered meanwhile they do or read when they go on.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/events/event.h"

namespace sim {

class Pauses {
 public:
  void on_event(const core::Event& event) {
    switch (event.kind) {
      case core::EventKind::WorkerPaused: {
        // A pause may be made longer by another.
        Pause& pause = pauses_.try_emplace(std::string(event.runner), Pause{event.at, {}}).first->second;
        if (pause.until) pause = {event.at, {}};
        return;
      }
      case core::EventKind::WorkerResumed:
        if (const auto pause = pauses_.find(event.runner); pause != pauses_.end()) pause->second.until = event.at;
        return;
      case core::EventKind::WorkerStarted:
        pauses_.erase(std::string(event.runner));
        return;
      default:
        return;
    }
  }

  /// When the pause began that ended for this runner at that very time; nothing if none did.
  std::optional<core::SteadyTime> begin_of_pause_until(core::SteadyTime end, std::string_view runner) const {
    const auto pause = pauses_.find(runner);
    if (pause == pauses_.end() || pause->second.until != end) return std::nullopt;
    return pause->second.from;
  }

  /// When this runner reads what arrives at that time, as far as its last pause says.
  core::SteadyTime read_at(core::SteadyTime arrival, std::string_view runner) const {
    const auto pause = pauses_.find(runner);
    if (pause == pauses_.end() || !pause->second.until || arrival < pause->second.from) return arrival;
    return std::max(arrival, *pause->second.until);
  }

 private:
  struct Pause {
    core::SteadyTime from;
    std::optional<core::SteadyTime> until;  ///< None: it stands still.
  };

  std::map<std::string, Pause, std::less<>> pauses_;  ///< By runner: the last one.
};

}  // namespace sim
