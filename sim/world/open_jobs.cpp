#include "sim/world/open_jobs.h"

#include <algorithm>

#include "core/text/enum_names.h"

namespace sim {

namespace {

bool has_ended(std::optional<JobState> state) {
  return state == JobState::Completed || state == JobState::Failed;
}

}  // namespace

OpenJobs::OpenJobs(const Scenario& scenario, QueueWatch& queue)
    : scenario_(scenario),
      queue_(queue),
      places_(scenario.jobs.size(), HashId{{scenario.jobs}}, SameId{{scenario.jobs}}),
      ends_(scenario.jobs.size(), End::Coming) {
  for (std::size_t i = 0; i < scenario.jobs.size(); ++i) places_.insert(static_cast<Place>(i));
  open_ = places_.size();
}

std::string OpenJobs::text() const {
  constexpr std::size_t kLongest = 100;
  std::vector<std::string_view> ids;
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    if (is_open(ends_[i])) ids.push_back(scenario_.jobs[i].id);
  }
  // total order: no id comes twice
  std::sort(ids.begin(), ids.end());
  std::string text;
  for (const std::string_view job : ids) {
    if (text.size() > kLongest) return text + ", ...";
    text += (text.empty() ? "" : ", ") + std::string(job);
  }
  return text;
}

std::optional<JobState> OpenJobs::state_of(std::string_view job) {
  return core::value_named<JobState>(queue_.state_of(job));
}

OpenJobs::End* OpenJobs::find(std::string_view job) {
  const auto place = places_.find(job);
  return place == places_.end() ? nullptr : &ends_[*place];
}

void OpenJobs::note_acceptance(std::string_view job) {
  End* const known = find(job);
  if (known != nullptr && *known == End::Coming) *known = End::Open;
}

void OpenJobs::on_script(const fakes::redis::ScriptCall& call, const core::RedisCommand& command) {
  if (call.script == "complete" || call.script == "fail" || call.script == "cancel") {
    for (const std::string_view job : call.jobs) look_at(job);
  } else if (call.script == "recover" && command.size() > 4) {
    for (const std::string& job : queue_.recovered_by(command[4])) look_at(job);
  } else if (call.script == "enqueue" || call.script == "revive") {
    for (const std::string_view job : call.jobs) look_whether_open(job);
  }
}

void OpenJobs::look_at(std::string_view job) {
  if (!has_ended(state_of(job))) return;
  if (End* const known = find(job)) set(*known, End::Ended);
}

void OpenJobs::look_whether_open(std::string_view job) {
  End* const known = find(job);
  if (known == nullptr || is_open(*known)) return;
  const std::optional<JobState> state = state_of(job);
  if (state && !has_ended(state)) set(*known, End::Open);
}

void OpenJobs::look_at_all() {
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    if (ends_[i] == End::Coming) continue;
    const std::optional<JobState> state = state_of(scenario_.jobs[i].id);
    set(ends_[i], has_ended(state) ? End::Ended : state ? End::Open : End::Lost);
  }
}

void OpenJobs::set(End& known, End end) {
  if (is_open(known) && !is_open(end)) --open_;
  if (!is_open(known) && is_open(end)) ++open_;
  known = end;
}

}  // namespace sim
