// The metrics that are no counts of events but are looked up when somebody asks: what this build is, what the process
// uses, what is in the queue, and what is known of the services.
#pragma once

#include <prometheus/metric_family.h>

#include <optional>
#include <string_view>
#include <vector>

#include "core/breaker/breakers.h"
#include "core/limits/limits.h"
#include "core/queue/queue_counts.h"

namespace runner {

using MetricFamilies = std::vector<prometheus::MetricFamily>;

MetricFamilies build_values();

/// Under the names that Prometheus' own libraries give them. What the system does not tell is left out.
MetricFamilies process_values();

/// `counts`: nothing if Redis did not tell; then only that is said.
MetricFamilies queue_values(const std::optional<core::QueueCounts>& counts);

/// By operation and kind of credential: all installations are one, so that their number adds no series.
MetricFamilies limit_values(const std::vector<core::KnownLimit>& limits);
MetricFamilies circuit_values(const std::vector<core::KnownCircuit>& circuits);

/// "llm", "app", "installation", or "other".
std::string_view kind_of_credential(std::string_view credential);

}  // namespace runner
