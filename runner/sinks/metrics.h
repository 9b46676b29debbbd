// Metrics of one runner, in Prometheus' text format: counted from the event stream, and looked up when asked for.
// docs/metrics.md is their contract. Labels come from closed sets, so that neither a job nor a model can make their
// number grow.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/events/event.h"
#include "core/queue/queue_counts.h"

namespace runner {

class Metrics final : public core::EventSink {
 public:
  Metrics();

  void on_event(const core::Event& event) override;

  /// The text of /metrics. `running`: how many jobs run now, which events alone do not tell: one that is given back, or
  /// lost, may never have begun. `queue`: nothing if Redis does not tell.
  std::string text(std::uint32_t running, const std::optional<core::QueueCounts>& queue) const;

 private:
  void on_call(const core::Event& event);
  void attempt_ended(const core::Event& event, std::string_view result);

  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& attempts_;
  prometheus::Family<prometheus::Histogram>& durations_;
  prometheus::Family<prometheus::Counter>& retries_;
  prometheus::Family<prometheus::Counter>& waited_;
  prometheus::Family<prometheus::Counter>& gave_up_;
  prometheus::Family<prometheus::Counter>& tools_;
  prometheus::Family<prometheus::Counter>& jobs_;
  prometheus::Family<prometheus::Counter>& recovered_;
  prometheus::Family<prometheus::Counter>& requeues_;
  prometheus::Family<prometheus::Counter>& refusals_;
  prometheus::Family<prometheus::Gauge>& refused_;
  prometheus::Gauge& running_;
  /// Attempts under way, by job and API: one of each at a time.
  std::map<std::pair<std::string, std::string>, core::SteadyTime> begun_;
};

}  // namespace runner
