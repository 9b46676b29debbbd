#include "sim/lab/fleet_watch.h"

#include <algorithm>
#include <utility>

#include "core/api/api.h"

namespace sim {

void FleetWatch::on_event(const core::Event& event) {
  if (event.kind == core::EventKind::JobFailed) ++row_.dead;
  if (event.kind != core::EventKind::JobCompleted) return;
  const core::Duration waited = event.at.time_since_epoch();
  ++row_.completed;
  row_.completed_at = waited;
  row_.waits += static_cast<std::uint64_t>(waited.count());
  row_.longest_wait = std::max(row_.longest_wait, waited);
}

void FleetWatch::before_request(Services& services, std::string_view, const core::HttpRequest& request) {
  request_ = &request;
  sent_ = services.now();
}

void FleetWatch::on_answer(const fakes::Answer& answer, std::optional<core::TransportError>) {
  fakes::Exchange exchange = fakes::describe(*std::exchange(request_, nullptr), answer, sent_);
  const bool is_chat = answer.operation == core::api::kChat.operation;
  exchange.number = exchanges_.size() + 1;
  exchange.service = is_chat ? fakes::Service::Llm : fakes::Service::GitHub;
  exchange.ended = core::saturating_add(exchange.arrived, answer.latency);
  exchange.ending = fakes::Ending::Complete;
  exchanges_.push_back(std::move(exchange));
  if (answer.operation != row_.cell.service->operation) return;
  ++row_.calls;
  // The service itself has answered what the limit has let through.
  ++(answer.own_status ? row_.passed : row_.refused);
}

}  // namespace sim
