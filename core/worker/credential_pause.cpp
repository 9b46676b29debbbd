#include "core/worker/credential_pause.h"

#include <algorithm>

namespace core {

namespace {

constexpr Duration kFirstWait = std::chrono::seconds(1);
constexpr Duration kLongestWait = std::chrono::seconds(60);

}  // namespace

Duration CredentialPause::refuse(Credential credential, SteadyTime now) {
  wait_ = is_on() ? std::min(2 * wait_, kLongestWait) : kFirstWait;
  refused_.insert(credential);
  next_look_ = saturating_add(now, wait_);
  return wait_;
}

}  // namespace core
