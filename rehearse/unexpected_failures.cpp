#include "rehearse/unexpected_failures.h"

#include <algorithm>

namespace rehearse {

void UnexpectedFailures::on_event(const core::Event& event) {
  switch (event.kind) {
    case core::EventKind::JobFailed:
      if (event.reason != core::JobFailReason::Cancelled && !is_expected(event)) failed_.emplace(event.job);
      return;
    case core::EventKind::JobEnqueued:
    case core::EventKind::JobStarted:
    case core::EventKind::OperatorRetry:
      if (const auto before = failed_.find(event.job); before != failed_.end()) failed_.erase(before);
      return;
    default:
      return;
  }
}

bool UnexpectedFailures::is_expected(const core::Event& failure) const {
  if (expect_.jobs.contains("*") || expect_.jobs.contains(std::string(failure.job))) return true;
  return std::ranges::any_of(expect_.timeline,
                             [&](const sim::ExpectedEvent& expected) { return sim::matches(expected, failure); });
}

}  // namespace rehearse
