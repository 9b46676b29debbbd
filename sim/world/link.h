// The ways between one runner's machine and the services. While one is cut, what either side sends is held back; it
// arrives when the cut ends.
#pragma once

#include <algorithm>
#include <array>

#include "core/time/time.h"
#include "sim/scenario/scenario.h"

namespace sim {

class Links {
 public:
  /// Cuts the way from `now` on; one that is cut already stays so until the later of the two ends.
  void cut(Peer peer, core::SteadyTime now, core::SteadyTime until) {
    Cut& known = cuts_[static_cast<std::size_t>(peer)];
    if (known.until <= now) known.from = now;
    known.until = std::max(known.until, until);
  }

  /// When what is sent at `time` arrives: then, or at the end of the cut that the time lies in. Of the cuts that are
  /// over only the last one is known.
  core::SteadyTime arrival(Peer peer, core::SteadyTime time) const {
    const Cut& known = cuts_[static_cast<std::size_t>(peer)];
    return known.from <= time && time < known.until ? known.until : time;
  }
  bool is_cut(Peer peer, core::SteadyTime time) const { return arrival(peer, time) != time; }

 private:
  struct Cut {
    core::SteadyTime from, until;  ///< Half-open.
  };
  std::array<Cut, kPeers> cuts_{};
};

}  // namespace sim
