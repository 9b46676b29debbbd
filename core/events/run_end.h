// Which events end a run of a job in the process that reports them.
#pragma once

#include "core/events/event.h"

namespace core {

/// A worker that recovers a job for the last time reports its end; the run that was lost was another process's.
constexpr bool is_failed_by_recovery(const Event& event) {
  return event.kind == EventKind::JobFailed && event.reason == JobFailReason::RecoveredTooOften;
}

/// The end of a job that an operator cancelled. The runner that still has it learns so when it renews the lease.
constexpr bool is_cancelled(const Event& event) {
  return event.kind == EventKind::JobFailed && event.reason == JobFailReason::Cancelled;
}

/// A run of the job has ended in this process, however it ended.
constexpr bool ends_a_run(const Event& event) {
  switch (event.kind) {
    case EventKind::JobCompleted:
    case EventKind::JobRequeued:
    case EventKind::JobReleased:
    case EventKind::LeaseLost:
      return true;
    case EventKind::JobFailed:
      return !is_failed_by_recovery(event) && !is_cancelled(event);
    default:
      return false;
  }
}

}  // namespace core
