// Metrics of one runner, in Prometheus' text format: counted from the event stream, and looked up when asked for.
// docs/metrics.md is their contract. Labels come from closed sets, so that neither a job nor a model can make their
// number grow.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/breaker/breakers.h"
#include "core/events/event.h"
#include "core/limits/limits.h"
#include "core/queue/queue_counts.h"
#include "runner/sinks/call_metrics.h"
#include "runner/sinks/families.h"
#include "runner/sinks/job_metrics.h"

namespace runner {

/// What is looked up when somebody asks.
struct CurrentValues {
  /// How many jobs run now, which events alone do not tell: one that is given back, or lost, may never have begun.
  std::uint32_t running = 0;
  std::optional<core::QueueCounts> queue = {};  ///< Nothing if Redis does not tell.
  std::vector<core::KnownLimit> limits = {};
  std::vector<core::KnownCircuit> circuits = {};
};

class Metrics final : public core::EventSink {
 public:
  Metrics();

  void on_event(const core::Event& event) override;

  /// A run begins of a job that could have been taken for so long.
  void job_began_after(core::Duration waited) { jobs_.began_after(waited); }

  /// The text of /metrics.
  std::string text(const CurrentValues& now) const;

 private:
  void on_credential(const core::Event& event);

  prometheus::Registry registry_;
  CallMetrics calls_;
  JobMetrics jobs_;
  Counters& tools_;
  Counters& refusals_;
  Gauges& refused_;
  Counters& circuits_opened_;
  prometheus::Gauge& running_;
};

}  // namespace runner
