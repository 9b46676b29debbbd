#include "sim/replay/divergence.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "core/api/api.h"
#include "core/events/run_end.h"
#include "sim/replay/clients.h"
#include "sim/replay/runner_names.h"

namespace sim {

namespace {

using core::Event;
using core::EventKind;
using core::SteadyTime;

using ByJob = std::map<std::string_view, std::vector<Event>>;

/// What a runner does once for all its jobs; the event is in the name of the one that came first.
bool is_for_all_jobs(const Event& event) {
  const bool is_wait_to_begin = event.kind == EventKind::CallRetry && event.attempt == 1U;
  const bool is_of_credential =
      event.kind == EventKind::CredentialRefused || event.kind == EventKind::CredentialAccepted;
  return is_wait_to_begin || is_of_credential || event.api == core::api::kToken;
}

bool is_repeated(const Event& event, bool with_clients, Comparison comparison) {
  const bool is_of_clients = core::kClientKinds.contains(event.kind) || core::is_cancelled(event);
  if (is_of_clients && !with_clients) return false;
  if (core::name_of(event.kind).starts_with("worker.")) return false;
  if (comparison == Comparison::Exact) return true;
  if (core::is_of(core::Service::Redis, event.api) || event.kind == EventKind::RedisRestarted) return false;
  return comparison == Comparison::Decisions || !is_for_all_jobs(event);
}

ByJob by_job(const std::vector<Event>& events, bool with_clients, Comparison comparison) {
  ByJob jobs;
  for (const Event& event : events) {
    if (is_repeated(event, with_clients, comparison)) jobs[event.job].push_back(event);
  }
  return jobs;
}

Event compared(Event event, Comparison comparison) {
  event.runner = {};
  if (comparison == Comparison::Exact) return event;
  event.at = {};
  event.delay = std::nullopt;
  event.call = std::nullopt;  // Counted over all jobs, whose calls come in the order of their times.
  return event;
}

}  // namespace

Comparison comparison_for(bool simulated, const std::vector<Event>& trace, const core::Config& config) {
  if (simulated) return Comparison::Exact;
  const bool one_by_one = config.jobs.concurrency == 1 && RunnerNames(trace).count() == 1;
  return one_by_one ? Comparison::Decisions : Comparison::DecisionsOfEachJob;
}

std::optional<Divergence> first_divergence(const std::vector<Event>& trace, const std::vector<Event>& replay,
                                           Comparison comparison) {
  const RunnerNames names(trace);
  const bool with_clients = tells_of_clients(trace);
  ByJob expected = by_job(in_the_world(trace, names), with_clients, comparison);
  ByJob actual = by_job(replay, with_clients, comparison);
  for (const auto& [job, events] : actual) expected.try_emplace(job);
  std::optional<Divergence> earliest;
  SteadyTime earliest_at;
  for (auto& [job, events] : expected) {
    std::vector<Event>& replayed = actual[job];
    const auto same = [comparison](const Event& a, const Event& b) {
      return compared(a, comparison) == compared(b, comparison);
    };
    const auto place = static_cast<std::size_t>(
        std::mismatch(events.begin(), events.end(), replayed.begin(), replayed.end(), same).first - events.begin());
    if (place == events.size() && place == replayed.size()) continue;
    const SteadyTime at = place < events.size() ? events[place].at : replayed[place].at;
    if (earliest && earliest_at <= at) continue;
    earliest_at = at;
    earliest = Divergence{std::string(job), std::move(events), std::move(replayed), place};
    // Their names are those of the world, which end with this call; the divergence is about other things.
    for (Event& event : earliest->trace) event.runner = {};
    for (Event& event : earliest->replay) event.runner = {};
  }
  return earliest;
}

bool has_part_of_a_job(const std::vector<Event>& trace) {
  std::set<std::string_view> met;
  return std::ranges::any_of(trace, [&met](const Event& event) {
    return event.kind == EventKind::JobStarted && met.insert(event.job).second && event.run > 1U;
  });
}

}  // namespace sim
