#include "runner/sinks/job_metrics.h"

#include "core/events/run_end.h"
#include "core/text/enum_names.h"

namespace runner {

namespace {

using core::Event;
using core::EventKind;
using core::JobFailReason;

const prometheus::Histogram::BucketBoundaries kRunBuckets{0.1,  0.25, 0.5,   1.0,   2.5,   5.0,    10.0,  20.0,
                                                          30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0};
const prometheus::Histogram::BucketBoundaries kQueueBuckets{0.01, 0.1,   1.0,   5.0,    15.0,
                                                            60.0, 300.0, 900.0, 3600.0, 14400.0};

std::pair<std::string, std::uint32_t> run_of(const Event& event) {
  return {std::string(event.job), event.run.value_or(0)};
}

/// What a job waits for whose agent has ended so and which is given back; empty: it was given back by a worker that
/// stops.
std::string_view what_for(core::AgentOutcome outcome) {
  if (outcome == core::AgentOutcome::RateLimited) return "limit";
  return outcome == core::AgentOutcome::ServiceError ? "circuit" : "";
}

std::string reason_label(const Event& event) {
  return std::string(event.reason.name());
}

}  // namespace

JobMetrics::JobMetrics(prometheus::Registry& registry)
    : jobs_(counters(registry, "runner_jobs_total",
                     "Runs of jobs by how they ended: completed, failed, requeued, released or lost.")),
      durations_(histograms(registry, "runner_job_duration_seconds", "How long runs of jobs took, by how they ended.")),
      waits_(histograms(registry, "runner_job_wait_seconds",
                        "For how long jobs could have been taken before this runner took them.")
                 .Add({}, kQueueBuckets)),
      put_off_(counters(registry, "runner_jobs_put_off_total",
                        "Jobs given back to wait in the queue, without a re-queue being spent, by what for: limit or "
                        "circuit.")),
      recovered_(counters(registry, "runner_jobs_recovered_total",
                          "Jobs whose leases ran out in other workers, by where they went: ready or, after too many "
                          "recoveries, failed.")),
      requeues_(counters(registry, "runner_job_requeues_total", "Re-queues of jobs, by reason.")),
      dead_letters_(counters(registry, "runner_dead_letters_total",
                             "Jobs that this runner put on the dead-letter list, by reason.")) {
  // An increase from nothing is none to Prometheus: what alerts go by is there from the beginning.
  for (const char* how : {"completed", "failed", "requeued", "released", "lost"}) jobs_.Add({{"result", how}});
  for (const char* to : {"ready", "failed"}) recovered_.Add({{"to", to}});
  for (const char* what : {"limit", "circuit"}) put_off_.Add({{"for", what}});
  for (const JobFailReason reason : core::values_of<JobFailReason>()) {
    if (reason != JobFailReason::Cancelled) dead_letters_.Add({{"reason", std::string(name_of(reason))}});
  }
}

void JobMetrics::began_after(core::Duration waited) {
  waits_.Observe(Seconds(waited).count());
}

void JobMetrics::on_event(const Event& event) {
  switch (event.kind) {
    case EventKind::JobStarted:
      runs_[run_of(event)] = {.begun = event.at};
      return;
    case EventKind::AgentFinished: {
      const auto run = runs_.find(run_of(event));
      if (run != runs_.end() && event.outcome) run->second.outcome = *event.outcome;
      return;
    }
    case EventKind::JobCompleted:
      return ended(event, "completed");
    case EventKind::JobFailed:
      return failed(event);
    case EventKind::JobRecovered:
      return recovered_.Add({{"to", "ready"}}).Increment();
    case EventKind::JobRequeued:
      requeues_.Add({{"reason", reason_label(event)}}).Increment();
      return ended(event, "requeued");
    case EventKind::JobReleased:
      return ended(event, "released");
    case EventKind::LeaseLost:
      return ended(event, "lost");
    default:
      return;
  }
}

void JobMetrics::failed(const Event& event) {
  if (event.reason != JobFailReason::Cancelled) dead_letters_.Add({{"reason", reason_label(event)}}).Increment();
  if (core::is_failed_by_recovery(event)) return recovered_.Add({{"to", "failed"}}).Increment();
  ended(event, "failed");
}

void JobMetrics::ended(const Event& event, const char* how) {
  jobs_.Add({{"result", how}}).Increment();
  const auto run = runs_.find(run_of(event));
  // One that is given back or lost may never have begun.
  if (run == runs_.end()) return;
  durations_.Add({{"result", how}}, kRunBuckets).Observe(Seconds(event.at - run->second.begun).count());
  const std::string_view put_off_for =
      event.kind == EventKind::JobReleased ? what_for(run->second.outcome) : std::string_view();
  if (!put_off_for.empty()) put_off_.Add({{"for", std::string(put_off_for)}}).Increment();
  runs_.erase(run);
}

}  // namespace runner
