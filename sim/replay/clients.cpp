#include "sim/replay/clients.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "core/api/api.h"
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

namespace {

using core::OperatorCommand;

/// What a runner's own trace has told of a job so far.
struct TraceOfJob {
  bool has_failed = false;
  bool renewal_failed = false;            ///< In this run.
  std::optional<core::SteadyTime> due;    ///< When its retry is.
  std::optional<core::SteadyTime> taken;  ///< When it was taken away; it has not been seen since.
};

}  // namespace

std::vector<WorldEntry> untold_commands(const std::vector<Event>& events, core::Duration lease) {
  std::vector<WorldEntry> commands;
  if (tells_of_clients(events)) return commands;
  std::map<std::string, TraceOfJob, std::less<>> jobs;
  for (const Event& event : events) {
    if (event.job.empty()) continue;
    TraceOfJob& job = jobs[std::string(event.job)];
    if (event.kind == EventKind::JobStarted) {
      const bool is_early = job.due && event.at < *job.due;
      if (job.has_failed || is_early) {
        commands.push_back({event.at, OperatorEntry{OperatorCommand::Retry, std::string(event.job)}});
      }
      job = {};
    }
    if (event.kind == EventKind::JobFailed) job.has_failed = true;
    if (event.kind == EventKind::JobRequeued && event.delay) job.due = core::saturating_add(event.at, *event.delay);
    if (event.kind == EventKind::CallFailed && event.api == core::api::kRenew) job.renewal_failed = true;
    if (event.kind == EventKind::LeaseLost && !job.renewal_failed) job.taken = event.at;
  }
  for (const auto& [id, job] : jobs) {
    // The runner heard of it at its renewal, so it was done at any time since the one before.
    if (job.taken) commands.push_back({*job.taken - lease / 6, OperatorEntry{OperatorCommand::Cancel, id}});
  }
  return commands;
}

}  // namespace sim
