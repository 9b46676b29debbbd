// The guards of one worker's calls.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/guards/all_guards.h"

namespace core {

class WorkerGuards {
 public:
  /// `config` outlives it, and so does what `environment` refers to.
  WorkerGuards(const RetryEnvironment& environment, const Config& config);
  WorkerGuards(const WorkerGuards&) = delete;
  WorkerGuards& operator=(const WorkerGuards&) = delete;

  /// With two more, null or not: one that refuses or delays goes first, one that gives out turns or only listens last.
  Guards between(CallGuard* first, CallGuard* last) const;

  /// Whether one of them does.
  bool wait_for_limits() const { return between(nullptr, nullptr).wait_for_limits(); }

  /// The longest that one of them tells of. See SharedGuard.
  std::optional<LongWait> wait_of_one_more(std::string_view credential, const SharedGuard::Needs& needs) const;
  KnownToGuards known() const;
  void on_hold(const std::function<void(const Hold&)>& listener);
  void hear(const Hold& hold);
  void describe_state(std::string& out, SteadyTime now) const;

 private:
  template <class Use>
  void for_each(Use use) const {
    for (const auto& guard : guards_) {
      if (guard) use(*guard);
    }
  }

  std::array<std::unique_ptr<SharedGuard>, guards::kAll.size()> guards_;  ///< Null where it is off.
};

/// The two alone where there are none.
inline Guards guards_between(const WorkerGuards* shared, CallGuard* first, CallGuard* last) {
  return shared == nullptr ? Guards{first, last} : shared->between(first, last);
}

}  // namespace core
