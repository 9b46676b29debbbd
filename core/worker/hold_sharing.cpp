#include "core/worker/hold_sharing.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/digest/hmac.h"
#include "core/limits/limits.h"
#include "core/state.h"

namespace core {

namespace {

/// On another machine the same address leads to another service.
bool is_of_this_machine(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  return url.starts_with("localhost") || url.starts_with("127.") || url.starts_with("[::1]");
}

/// Empty if another worker may mean another service by the same address.
std::string name_of_service(const std::string& credential, const std::string& url) {
  constexpr std::size_t kDigits = 16;
  if (credential.empty() && is_of_this_machine(url)) return {};
  return hmac_of(credential, "limits of " + url).substr(0, kDigits);
}

}  // namespace

HoldSharing::HoldSharing(const Environment& environment, const Config& config, Queue& queue, JobHandler& handler)
    : environment_(environment),
      is_on_(config.limits.adaptive && config.limits.shared),
      queue_(queue),
      handler_(handler),
      of_model_(name_of_service(config.llm.api_key, config.llm.base_url())),
      of_github_(name_of_service(config.github.app_id, config.github.url)),
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
  const std::string& service = credential == kLimitedModel ? of_model_ : of_github_;
  return service.empty() ? std::string() : service + "/" + std::string(credential);
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
  const bool is_meant = shared_name(credential) == hold.name;
  if (is_meant) handler_.hear({std::move(credential), hold.wait, hold.source});
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
