#include "core/worker/hold_sharing.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/digest/hmac.h"
#include "core/limits/limits.h"
#include "core/state.h"

namespace core {

HoldSharing::HoldSharing(const Environment& environment, const Config& config, Queue& queue, JobHandler& handler)
    : environment_(environment),
      is_on_(config.limits.adaptive && config.limits.shared),
      queue_(queue),
      handler_(handler),
      of_model_(hmac_of(config.llm.api_key, "limits of " + config.llm.base_url()).substr(0, 16) + "/"),
      of_github_(hmac_of(config.github.app_id, "limits of " + config.github.url).substr(0, 16) + "/"),
      changed_(environment.clock) {
  if (!is_on_) return;
  handler_.on_hold([this](const Hold& hold) {
    const SteadyTime until = saturating_add(environment_.clock.now(), hold.wait);
    Untold& untold = untold_[hold.credential];
    if (until > untold.until) untold = {until, hold.source};
    changed_.notify_all();
  });
}

std::string HoldSharing::shared_name(std::string_view credential) const {
  return (credential == kLimitedModel ? of_model_ : of_github_) + std::string(credential);
}

void HoldSharing::hear(std::string_view message) {
  if (message.empty()) {
    asks_ = true;
    changed_.notify_all();
  } else if (const std::optional<SharedHold> hold = parse_hold(message)) {
    hear(*hold);
  }
}

void HoldSharing::hear(const SharedHold& hold) {
  const std::size_t slash = hold.name.find('/');
  if (slash == std::string::npos) return;
  std::string credential = hold.name.substr(slash + 1);
  if (shared_name(credential) == hold.name) handler_.hear({std::move(credential), hold.wait, hold.source});
}

boost::asio::awaitable<void> HoldSharing::run() {
  for (;;) {
    while (untold_.empty() && !asks_) co_await changed_.wait();
    asks_ = false;
    SharedHold told;
    if (!untold_.empty()) {
      const auto first = untold_.begin();
      told = {shared_name(first->first), first->second.until - environment_.clock.now(), first->second.source};
      untold_.erase(first);
    }
    const std::vector<SharedHold> known = co_await queue_.hold(std::move(told));
    for (const SharedHold& hold : known) hear(hold);
  }
}

void HoldSharing::describe_state(std::string& out, SteadyTime now) const {
  append_state(out, asks_);
  append_state(out, untold_.size());
  for (const auto& [credential, untold] : untold_) {
    append_state(out, credential);
    append_state(out, untold.until, now);
    append_state(out, name_of(untold.source));
  }
}

}  // namespace core
