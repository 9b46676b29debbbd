#include "sim/world/open_jobs.h"

#include "core/text/enum_names.h"

namespace sim {

namespace {

bool has_ended(std::optional<JobState> state) {
  return state == JobState::Completed || state == JobState::Failed;
}

}  // namespace

OpenJobs::OpenJobs(const Scenario& scenario, QueueWatch& queue) : scenario_(scenario), queue_(queue) {
  for (const ScenarioJob& job : scenario.jobs) ends_.emplace(job.id, End::Coming);
  open_ = ends_.size();
}

std::string OpenJobs::text() const {
  constexpr std::size_t kLongest = 100;
  std::string text;
  for (const auto& [job, end] : ends_) {
    if (!is_open(end)) continue;
    if (text.size() > kLongest) return text + ", ...";
    text += (text.empty() ? "" : ", ") + std::string(job);
  }
  return text;
}

std::optional<JobState> OpenJobs::state_of(std::string_view job) {
  return core::value_named<JobState>(queue_.state_of(job));
}

void OpenJobs::note_acceptance(std::string_view job) {
  const auto found = ends_.find(job);
  if (found != ends_.end() && found->second == End::Coming) found->second = End::Open;
}

void OpenJobs::look_at(std::string_view job) {
  if (has_ended(state_of(job))) set(job, End::Ended);
}

void OpenJobs::look_whether_open(std::string_view job) {
  const auto found = ends_.find(job);
  if (found == ends_.end() || is_open(found->second)) return;
  const std::optional<JobState> state = state_of(job);
  if (state && !has_ended(state)) set(job, End::Open);
}

void OpenJobs::look_at_all() {
  for (const ScenarioJob& job : scenario_.jobs) {
    if (ends_.at(job.id) == End::Coming) continue;
    const std::optional<JobState> state = state_of(job.id);
    set(job.id, has_ended(state) ? End::Ended : state ? End::Open : End::Lost);
  }
}

void OpenJobs::set(std::string_view job, End end) {
  const auto found = ends_.find(job);
  if (found == ends_.end()) return;
  if (is_open(found->second) && !is_open(end)) --open_;
  if (!is_open(found->second) && is_open(end)) ++open_;
  found->second = end;
}

}  // namespace sim
