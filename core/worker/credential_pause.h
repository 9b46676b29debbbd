// A credential of the process itself that a service refuses is not the jobs' fault: the job that met the refusal first
// fails, and while the credential is refused the worker takes none but, now and then, one to look again.
#pragma once

#include <set>

#include "core/retry/failure.h"
#include "core/state.h"
#include "core/time/time.h"

namespace core {

class CredentialPause {
 public:
  bool is_on() const { return !refused_.empty(); }
  /// When a job may be taken to look again.
  SteadyTime next_look() const { return next_look_; }
  const std::set<Credential>& refused() const { return refused_; }

  /// Begins the pause or prolongs it. Returns the wait until the next look: 1, 2, 4 ... 60 s.
  Duration refuse(Credential credential, SteadyTime now);

  void describe_state(std::string& out, SteadyTime now) const {
    append_state(out, refused_.size());
    if (!is_on()) return;
    for (const Credential credential : refused_) append_state(out, api_of(credential));
    append_state(out, wait_);
    append_state(out, next_look_, now);
  }

  /// False: nobody was told that it is refused. The pause ends with the last one.
  bool accept(Credential credential) { return refused_.erase(credential) > 0; }

 private:
  std::set<Credential> refused_;
  Duration wait_{};
  SteadyTime next_look_;
};

}  // namespace core
