// What the services last said of this process's own credentials. Each answer of one that can refuse them is told here;
// the worker asks, and hears of a change for the better.
#pragma once

#include <functional>
#include <set>
#include <utility>

#include "core/retry/failure.h"

namespace core {

class Credentials {
 public:
  /// An attempt that shows the credential has ended: well, or with this failure. One that no service answered says
  /// nothing.
  void hear(Credential credential, const Failure* failure) {
    if (failure != nullptr && failure->refused_credential == credential) {
      refused_.insert(credential);
    } else if ((failure == nullptr || failure->status) && refused_.erase(credential) > 0 && on_accepted_) {
      on_accepted_(credential);
    }
  }

  /// By the last answer.
  bool is_refused(Credential credential) const { return refused_.contains(credential); }
  bool any_refused() const { return !refused_.empty(); }

  /// Is told each time that a refused credential is accepted.
  void on_accepted(std::function<void(Credential)> listener) { on_accepted_ = std::move(listener); }

 private:
  std::set<Credential> refused_;
  std::function<void(Credential)> on_accepted_;
};

}  // namespace core
