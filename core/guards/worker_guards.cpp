#include "core/guards/worker_guards.h"

namespace core {

static_assert(guards::kAll.size() + 2 <= Guards::kMost, "a call has room for all guards and two of its own");

WorkerGuards::WorkerGuards(const RetryEnvironment& environment, const Config& config) {
  for (std::size_t i = 0; i < guards_.size(); ++i) guards_[i] = guards::kAll[i](environment, config);
}

Guards WorkerGuards::between(CallGuard* first, CallGuard* last) const {
  Guards all;
  all.add(first);
  for (const auto& guard : guards_) all.add(guard.get());
  all.add(last);
  return all;
}

std::optional<LongWait> WorkerGuards::wait_of_one_more(std::string_view credential,
                                                       const SharedGuard::Needs& needs) const {
  std::optional<LongWait> longest;
  for_each([&](const SharedGuard& guard) { longest = longer(longest, guard.wait_of_one_more(credential, needs)); });
  return longest;
}

KnownToGuards WorkerGuards::known() const {
  KnownToGuards known;
  for_each([&](const SharedGuard& guard) { guard.tell(known); });
  return known;
}

void WorkerGuards::on_hold(const std::function<void(const Hold&)>& listener) {
  for_each([&](SharedGuard& guard) { guard.on_hold(listener); });
}

void WorkerGuards::hear(const Hold& hold) {
  for_each([&](SharedGuard& guard) { guard.hear(hold); });
}

void WorkerGuards::describe_state(std::string& out, SteadyTime now) const {
  for_each([&](const SharedGuard& guard) { guard.describe_state(out, now); });
}

}  // namespace core
