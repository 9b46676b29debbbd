// What an invariant found.
#pragma once

#include <cstdint>
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

/// The violations of one run, in the order in which they were found. Their number is bounded: one fault often shows at
/// every later event.
class Findings {
 public:
  static constexpr std::size_t kMostKept = 20;

  void add(std::string_view invariant, std::string_view job, core::SteadyTime at, std::string message) {
    ++count_;
    if (kept_.size() < kMostKept) kept_.push_back({std::string(invariant), std::move(message), std::string(job), at});
  }

  std::uint64_t count() const { return count_; }
  const std::vector<Violation>& kept() const { return kept_; }

 private:
  std::vector<Violation> kept_;
  std::uint64_t count_ = 0;
};

}  // namespace sim
