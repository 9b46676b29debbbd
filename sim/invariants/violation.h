// What an invariant found.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/time/time.h"

namespace sim {

/// `invariant` is the name that scenarios list under expect.violations.
struct Violation {
  std::string invariant;
  std::string message;
  std::string job;  ///< Empty: of no job in particular.
  core::SteadyTime at;
};

/// Numbers of violations by the name of the invariant.
using ViolationCounts = std::map<std::string, std::uint64_t, std::less<>>;

/// The violations of one run, in the order in which they were found. Of each invariant only the first are kept: one
/// fault often shows at every later event, and must not hide what others find.
class Findings {
 public:
  static constexpr std::size_t kMostKept = 20;

  void add(std::string_view invariant, std::string_view job, core::SteadyTime at, std::string message) {
    ++count_;
    const auto counted = counts_.try_emplace(std::string(invariant)).first;
    if (++counted->second > kMostKept) return;
    kept_.push_back({counted->first, std::move(message), std::string(job), at});
  }

  std::uint64_t count() const { return count_; }
  const std::vector<Violation>& kept() const { return kept_; }
  /// How many of each invariant are not kept; those of which all are kept are not listed.
  ViolationCounts left_out() const {
    ViolationCounts left_out;
    for (const auto& [invariant, count] : counts_) {
      if (count > kMostKept) left_out.emplace(invariant, count - kMostKept);
    }
    return left_out;
  }

 private:
  std::vector<Violation> kept_;
  ViolationCounts counts_;
  std::uint64_t count_ = 0;
};

}  // namespace sim
