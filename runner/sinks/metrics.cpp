#include "runner/sinks/metrics.h"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <utility>

#include "core/api/api.h"
#include "core/events/run_end.h"
#include "runner/sinks/current_values.h"

namespace runner {

namespace {

using core::Event;
using core::EventKind;

using Seconds = std::chrono::duration<double>;

const prometheus::Histogram::BucketBoundaries kBuckets{0.005, 0.01, 0.025, 0.05, 0.1,  0.25, 0.5,
                                                       1.0,   2.5,  5.0,   10.0, 20.0, 30.0, 60.0};

/// A model may ask for a tool of any name.
std::string tool_label(std::string_view tool) {
  return core::is_tool(tool) ? std::string(tool) : "other";
}

prometheus::Family<prometheus::Counter>& counters(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

}  // namespace

Metrics::Metrics()
    : attempts_(counters(registry_, "runner_attempts_total",
                         "Attempts of calls by API and result: ok, or the kind of failure.")),
      durations_(prometheus::BuildHistogram()
                     .Name("runner_attempt_duration_seconds")
                     .Help("How long attempts took, by API.")
                     .Register(registry_)),
      retries_(counters(registry_, "runner_retries_total", "Retries by API and by what set the wait before them.")),
      waited_(counters(registry_, "runner_retry_wait_seconds_total", "Waits before retries, announced, by API.")),
      gave_up_(counters(registry_, "runner_calls_given_up_total", "Calls given up, by API and reason.")),
      tools_(counters(registry_, "runner_tool_calls_total", "Tool calls by tool and result.")),
      jobs_(counters(registry_, "runner_jobs_total",
                     "Runs of jobs by how they ended: completed, failed, requeued, released or lost.")),
      recovered_(counters(registry_, "runner_jobs_recovered_total",
                          "Jobs whose leases ran out in other workers, by where they went: ready or, after too many "
                          "recoveries, failed.")),
      requeues_(counters(registry_, "runner_job_requeues_total", "Re-queues of jobs, by reason.")),
      refusals_(counters(registry_, "runner_credential_refusals_total",
                         "Refusals of the runner's own credentials, by the API that refused.")),
      refused_(prometheus::BuildGauge()
                   .Name("runner_credential_refused")
                   .Help("1 while an API refuses the runner's own credential and no job is taken, else 0.")
                   .Register(registry_)),
      running_(
          prometheus::BuildGauge().Name("runner_jobs_running").Help("Jobs that run now.").Register(registry_).Add({})) {
}

void Metrics::on_event(const Event& event) {
  const auto job_ended = [this](const char* how) { jobs_.Add({{"result", how}}).Increment(); };
  switch (event.kind) {
    case EventKind::JobCompleted:
      return job_ended("completed");
    case EventKind::JobFailed:
      if (core::is_failed_by_recovery(event)) return recovered_.Add({{"to", "failed"}}).Increment();
      return job_ended("failed");
    case EventKind::JobRecovered:
      return recovered_.Add({{"to", "ready"}}).Increment();
    case EventKind::JobRequeued:
      requeues_.Add({{"reason", std::string(event.reason.name())}}).Increment();
      return job_ended("requeued");
    case EventKind::JobReleased:
      return job_ended("released");
    case EventKind::LeaseLost:
      return job_ended("lost");
    case EventKind::CredentialRefused:
      refusals_.Add({{"api", std::string(event.api)}}).Increment();
      return refused_.Add({{"api", std::string(event.api)}}).Set(1);
    case EventKind::CredentialAccepted:
      return refused_.Add({{"api", std::string(event.api)}}).Set(0);
    case EventKind::ToolSucceeded:
      return tools_.Add({{"tool", tool_label(event.tool)}, {"result", "ok"}}).Increment();
    case EventKind::ToolFailed:
      return tools_.Add({{"tool", tool_label(event.tool)}, {"result", "failed"}}).Increment();
    default:
      return on_call(event);
  }
}

void Metrics::on_call(const Event& event) {
  const std::string api(event.api);
  switch (event.kind) {
    case EventKind::CallStarted:
      begun_[std::pair(std::string(event.job), api)] = event.at;
      return;
    case EventKind::CallSucceeded:
      return attempt_ended(event, "ok");
    case EventKind::CallFailed:
      return attempt_ended(event, event.failure ? core::name_of(*event.failure) : "unknown");
    case EventKind::CallRetry:
      retries_.Add({{"api", api}, {"source", std::string(event.source ? core::name_of(*event.source) : "unknown")}})
          .Increment();
      waited_.Add({{"api", api}}).Increment(Seconds(event.delay.value_or(core::Duration::zero())).count());
      return;
    case EventKind::CallGaveUp:
      // A cancelled attempt has no other end.
      begun_.erase(std::pair(std::string(event.job), api));
      gave_up_.Add({{"api", api}, {"reason", std::string(event.reason.name())}}).Increment();
      return;
    default:
      return;
  }
}

void Metrics::attempt_ended(const Event& event, std::string_view result) {
  const std::string api(event.api);
  attempts_.Add({{"api", api}, {"result", std::string(result)}}).Increment();
  const auto begun = begun_.find(std::pair(std::string(event.job), api));
  // Redis' own calls are told of only when something is wrong, and have no beginning.
  if (begun == begun_.end()) return;
  durations_.Add({{"api", api}}, kBuckets).Observe(Seconds(event.at - begun->second).count());
  begun_.erase(begun);
}

std::string Metrics::text(std::uint32_t running, const std::optional<core::QueueCounts>& queue) const {
  running_.Set(running);
  MetricFamilies all = registry_.Collect();
  for (MetricFamilies more : {queue_values(queue), build_values(), process_values()})
    std::ranges::move(more, std::back_inserter(all));
  return prometheus::TextSerializer().Serialize(all);
}

}  // namespace runner
