// The counters behind `rate_limit` rules: fixed windows that begin with the first request of a credential. They run on
// the steady clock, so that a jump of the wall clock neither frees nor blocks anybody.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "fakes/faults/rule.h"

namespace fakes {

/// What is left of a window after a request.
struct Quota {
  std::uint64_t limit = 0;
  std::uint64_t used = 0;
  core::Duration resets_in{};  ///< More than zero.
  bool exceeded = false;       ///< The request was over the limit and is not counted in `used`.
  std::uint64_t remaining() const { return limit - used; }
};

class RateWindows {
 public:
  /// Counts a request of `credential` against the rule of that index.
  Quota take(std::size_t rule, const DoRateLimit& limit, std::string_view credential, core::SteadyTime now);

 private:
  struct Window {
    core::SteadyTime ends;
    std::uint64_t used = 0;
  };
  static constexpr std::size_t kFewCredentials = 4096;
  static constexpr std::size_t kMostBytes = 64UL * 1024 * 1024;  ///< Past that all windows are forgotten.
  struct Windows {
    std::map<std::string, Window, std::less<>> by_credential;
    std::size_t bytes = 0;                   ///< Of their names.
    std::size_t sweep_at = kFewCredentials;  ///< At that many the windows that have ended are dropped.
  };

  std::map<std::size_t, Windows> by_rule_;
};

}  // namespace fakes
