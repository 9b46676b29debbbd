#include "runner/sinks/call_metrics.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/api/api.h"

namespace runner {

namespace {

using core::Event;
using core::EventKind;

const prometheus::Histogram::BucketBoundaries kAttemptBuckets{0.005, 0.01, 0.025, 0.05, 0.1,  0.25, 0.5,   1.0,
                                                              2.5,   5.0,  10.0,  20.0, 30.0, 60.0, 120.0, 300.0};
/// From the first backoff to the day that a service may ask for.
const prometheus::Histogram::BucketBoundaries kWaitBuckets{0.1,  0.5,   1.0,   2.5,    5.0,     10.0,   30.0,
                                                           60.0, 300.0, 900.0, 3600.0, 14400.0, 86400.0};

std::string api_label(const Event& event) {
  return std::string(event.api);
}

}  // namespace

CallMetrics::CallMetrics(prometheus::Registry& registry)
    : attempts_(counters(registry, "runner_attempts_total",
                         "Attempts of calls by API and result: ok, or the kind of failure.")),
      durations_(histograms(registry, "runner_attempt_duration_seconds", "How long attempts took, by API.")),
      retries_(counters(registry, "runner_retries_total",
                        "Attempts made again after a failure, by API and by what set the wait before them.")),
      held_back_(counters(registry, "runner_calls_held_back_total",
                          "Calls whose first attempt had to wait, by API and by what set the wait.")),
      waits_(histograms(registry, "runner_attempt_wait_seconds",
                        "How long attempts that had to wait did so before they began or were given up, by API and by "
                        "what set the wait.")),
      gave_up_(counters(registry, "runner_calls_given_up_total", "Calls given up, by API and reason.")) {
  // An increase from nothing is none to Prometheus: what alerts go by is there from the beginning.
  for (const core::Api* api : core::kApis) {
    if (api->service == core::Service::Redis) continue;
    const std::string name(api->name);
    attempts_.Add({{"api", name}, {"result", "ok"}});
    attempts_.Add({{"api", name}, {"result", std::string(name_of(core::FailureKind::RateLimited))}});
  }
}

void CallMetrics::on_event(const Event& event) {
  if (!core::kCallKinds.contains(event.kind)) return;
  const std::uint64_t number = event.call.value_or(0);
  OpenCall& call = open_[number];
  switch (event.kind) {
    case EventKind::CallStarted:
      return attempt_began(event, call);
    case EventKind::CallSucceeded:
      attempt_ended(event, call, "ok");
      open_.erase(number);
      return;
    case EventKind::CallFailed:
      attempt_ended(event, call, event.failure ? core::name_of(*event.failure) : "unknown");
      call.has_failed = true;
      return;
    case EventKind::CallRetry:
      return waits(event, call);
    default:
      wait_ended(event, call, event.at);
      gave_up_.Add({{"api", api_label(event)}, {"reason", std::string(event.reason.name())}}).Increment();
      open_.erase(number);
      return;
  }
}

void CallMetrics::attempt_began(const Event& event, OpenCall& call) {
  wait_ended(event, call, event.at);
  // After a refusal by a limit, a wait of less than a second is not announced.
  if (std::exchange(call.has_failed, false)) {
    const std::string source(name_of(core::DelaySource::Limit));
    retries_.Add({{"api", api_label(event)}, {"source", source}}).Increment();
  }
  call.begun = event.at;
}

void CallMetrics::attempt_ended(const Event& event, OpenCall& call, std::string_view result) {
  // Redis' own calls are told of only when something is wrong: their attempts have no beginning.
  if (call.wait) wait_ended(event, call, std::min(event.at, call.wait->until));
  attempts_.Add({{"api", api_label(event)}, {"result", std::string(result)}}).Increment();
  if (!call.begun) return;
  durations_.Add({{"api", api_label(event)}}, kAttemptBuckets).Observe(Seconds(event.at - *call.begun).count());
  call.begun.reset();
}

void CallMetrics::waits(const Event& event, OpenCall& call) {
  const core::SteadyTime until = core::saturating_add(event.at, event.delay.value_or(core::Duration::zero()));
  if (call.wait) {
    call.wait->until = until;
    return;
  }
  call.wait = {event.at, until, event.source.value_or(core::DelaySource::Backoff)};
  Counters& counted = std::exchange(call.has_failed, false) ? retries_ : held_back_;
  counted.Add({{"api", api_label(event)}, {"source", std::string(core::name_of(call.wait->source))}}).Increment();
}

void CallMetrics::wait_ended(const Event& event, OpenCall& call, core::SteadyTime at) {
  if (!call.wait) return;
  const Wait wait = *std::exchange(call.wait, {});
  waits_.Add({{"api", api_label(event)}, {"source", std::string(core::name_of(wait.source))}}, kWaitBuckets)
      .Observe(Seconds(at - wait.since).count());
}

}  // namespace runner
