#include "runner/sinks/metrics.h"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/api/api.h"
#include "core/text/enum_names.h"
#include "runner/sinks/current_values.h"

namespace runner {

namespace {

using core::Event;
using core::EventKind;

/// A model may ask for a tool of any name.
std::string tool_label(std::string_view tool) {
  return core::is_tool(tool) ? std::string(tool) : "other";
}

}  // namespace

Metrics::Metrics()
    : calls_(registry_),
      jobs_(registry_),
      tools_(counters(registry_, "runner_tool_calls_total", "Tool calls by tool and result.")),
      refusals_(counters(registry_, "runner_credential_refusals_total",
                         "Refusals of the runner's own credentials, by the API that refused.")),
      refused_(gauges(registry_, "runner_credential_refused",
                      "1 while an API refuses the runner's own credential and no job is taken, else 0.")),
      circuits_opened_(counters(registry_, "runner_circuit_openings_total",
                                "How often a circuit breaker opened, because a service failed too often.")),
      running_(gauges(registry_, "runner_jobs_running", "Jobs that run now.").Add({})) {
  for (const core::Credential credential : {core::Credential::ModelKey, core::Credential::GithubApp}) {
    refused_.Add({{"api", std::string(core::api_of(credential))}}).Set(0);
  }
  const std::pair<const core::Api&, const char*> breakers[] = {{core::api::kChat, "llm"}, {core::api::kToken, "app"}};
  for (const auto& [api, kind] : breakers) circuits_opened_.Add({{"api", std::string(api.name)}, {"credential", kind}});
  for (const core::Api* api : core::kApis) {
    if (!core::is_of_tool(api)) continue;
    const char* kind = api->limit == core::ApiLimit::CodeSearch ? "code_search" : "installation";
    circuits_opened_.Add({{"api", std::string(api->name)}, {"credential", kind}});
  }
}

void Metrics::on_event(const Event& event) {
  calls_.on_event(event);
  jobs_.on_event(event);
  const bool is_of_tool = event.kind == EventKind::ToolSucceeded || event.kind == EventKind::ToolFailed;
  if (is_of_tool) {
    const char* result = event.kind == EventKind::ToolSucceeded ? "ok" : "failed";
    tools_.Add({{"tool", tool_label(event.tool)}, {"result", result}}).Increment();
  }
  if (core::kCredentialKinds.contains(event.kind)) on_credential(event);
  if (event.kind == EventKind::CircuitOpened) {
    const std::string kind(kind_of_credential(event.credential));
    circuits_opened_.Add({{"api", std::string(event.api)}, {"credential", kind}}).Increment();
  }
}

void Metrics::on_credential(const Event& event) {
  const bool is_refused = event.kind == EventKind::CredentialRefused;
  const std::string api(event.api);
  if (is_refused) refusals_.Add({{"api", api}}).Increment();
  refused_.Add({{"api", api}}).Set(is_refused ? 1 : 0);
}

std::string Metrics::text(const CurrentValues& now) const {
  running_.Set(now.running);
  MetricFamilies all = registry_.Collect();
  for (MetricFamilies more : {queue_values(now.queue), limit_values(now.limits), circuit_values(now.circuits),
                              build_values(), process_values()})
    std::ranges::move(more, std::back_inserter(all));
  return prometheus::TextSerializer().Serialize(all);
}

}  // namespace runner
