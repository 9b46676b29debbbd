// Tells work that is new at an instant from work that repeats, for an instant that lasts long: a large world does much
// at once, and comes to an end; a livelock does the same again and again. What there is to be done at one instant is
// bounded by the jobs, the runners and what the configuration lets one job do.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "core/config/config.h"
#include "core/events/event.h"

namespace sim {

class NewWork {
 public:
  explicit NewWork(const core::Config& config);

  /// Whether the event tells of something that its runner has not done at this instant for its job, or not yet as often
  /// as the configuration allows. Numbers that an event counts, such as its attempt's, make it no new one: they grow in
  /// a livelock, too.
  bool is_new(const core::Event& event);

 private:
  const std::uint32_t most_;
  core::SteadyTime at_;
  // never iterated: its order reaches nothing
  std::unordered_map<std::uint64_t, std::uint32_t> times_done_;  ///< By a hash of what was done.
};

}  // namespace sim
