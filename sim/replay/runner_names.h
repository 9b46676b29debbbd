// The runners of a trace by the names that they have in a world: runner-1, runner-2, ... in the order in which they are
// met.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/events/event.h"

namespace sim {

class RunnerNames {
 public:
  explicit RunnerNames(const std::vector<core::Event>& events);

  std::size_t count() const { return std::max<std::size_t>(names_.size(), 1); }
  std::string_view of(std::string_view runner) const;

 private:
  std::map<std::string, std::string, std::less<>> names_;
};

/// As they would be in the world: from T=0 on, its runners' names in place of their own. The texts are those of `names`
/// and of the events.
std::vector<core::Event> in_the_world(std::vector<core::Event> events, const RunnerNames& names);

}  // namespace sim
