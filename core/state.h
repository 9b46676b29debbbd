// State that describes itself: whatever holds state on which later behaviour depends says what it is. The harness takes
// two worlds whose descriptions are equal for one (docs/exploration.md), so what is left out here is what must not
// matter.
#pragma once

#include <fmt/compile.h>

#include <concepts>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "core/time/time.h"

namespace core {

class Stateful {
 public:
  virtual ~Stateful() = default;

  /// Appends all on which its later behaviour depends, times relative to `now`: what has the same description goes on
  /// alike. What has no state appends nothing.
  virtual void describe_state(std::string& out, SteadyTime now) const = 0;
};

/// One value after another, such that no two sequences have one text.
inline void append_state(std::string& out, std::string_view text) {
  fmt::format_to(std::back_inserter(out), FMT_COMPILE("{}:"), text.size());
  out += text;
}
void append_state(std::string& out, std::integral auto number) {
  fmt::format_to(std::back_inserter(out), FMT_COMPILE("{};"), static_cast<std::int64_t>(number));
}
inline void append_state(std::string& out, Duration duration) {
  append_state(out, duration.count());
}
/// For how long it is still to come: what is over is over, however long ago, and SteadyTime::max() never comes.
inline void append_state(std::string& out, SteadyTime until, SteadyTime now) {
  append_state(out, until == SteadyTime::max() ? Duration::max() : until > now ? until - now : Duration::zero());
}

}  // namespace core
