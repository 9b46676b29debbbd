#include "sim/replay/clients.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "core/text/enum_names.h"

namespace sim {

using core::Event;
using core::EventKind;

std::optional<core::OperatorCommand> operator_command_of(EventKind kind) {
  for (const auto command : core::values_of<core::OperatorCommand>()) {
    if (event_of(command) == kind) return command;
  }
  return std::nullopt;
}

bool tells_of_clients(const std::vector<Event>& events) {
  return std::ranges::any_of(events, [](const Event& event) { return core::kClientKinds.contains(event.kind); });
}

std::vector<WorldEntry> untold_retries(const std::vector<Event>& events) {
  std::vector<WorldEntry> retries;
  if (tells_of_clients(events)) return retries;
  std::set<std::string_view> failed;
  for (const Event& event : events) {
    if (event.kind == EventKind::JobFailed) failed.insert(event.job);
    if (event.kind != EventKind::JobStarted || failed.erase(event.job) == 0) continue;
    retries.push_back({event.at, OperatorEntry{core::OperatorCommand::Retry, std::string(event.job)}});
  }
  return retries;
}

}  // namespace sim
