// Whether services accept this process's own credentials, by their last answers. The clients report each answer here;
// the worker asks, and is called when a refused credential is accepted again.
#pragma once

#include <functional>
#include <set>
#include <utility>

#include "core/retry/guard.h"

namespace core {

class Credentials {
 public:
  /// A client reports how an attempt with this credential ended: well (null), or with this failure. A failure without
  /// an answer of the service, such as a timeout, changes nothing.
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

  void describe_state(std::string& out) const {
    append_state(out, refused_.size());
    for (const Credential credential : refused_) append_state(out, api_of(credential));
  }

  /// `listener` is called each time that a refused credential is accepted again.
  void on_accepted(std::function<void(Credential)> listener) { on_accepted_ = std::move(listener); }

 private:
  std::set<Credential> refused_;
  std::function<void(Credential)> on_accepted_;
};

/// Reports how the attempts of a client's calls end, all of which show one credential. It holds nobody back.
class CredentialGuard final : public CallGuard {
 public:
  /// `credentials` may be null: then nobody hears. It outlives the guard.
  CredentialGuard(Credentials* credentials, Credential credential)
      : credentials_(credentials), credential_(credential) {}

  Admission admit(const Attempt&, Waiter&) override { return Admit{}; }
  void ended(const Attempt&, const Waiter&, AttemptEnd end, const Failure* failure) override {
    const bool is_answered = end == AttemptEnd::Succeeded || end == AttemptEnd::Failed;
    if (is_answered && credentials_ != nullptr) credentials_->hear(credential_, failure);
  }
  void describe_state(std::string&, SteadyTime) const override {}

 private:
  Credentials* credentials_;
  Credential credential_;
};

}  // namespace core
