// Counts what a fleet does in its world, and keeps its exchanges for the verdict.
#pragma once

#include <vector>

#include "fakes/verdict/verdict.h"
#include "sim/lab/fleet.h"
#include "sim/world/world.h"

namespace sim {

class FleetWatch final : public WorldObserver {
 public:
  /// `row`, whose cell is set, outlives it; the rest of it is filled in meanwhile.
  explicit FleetWatch(FleetRow& row) : row_(row) {}

  /// On all requests of the world, the unlimited ones, too.
  fakes::Verdict verdict() const { return fakes::judge(exchanges_); }

  void on_event(const core::Event& event) override;
  void before_request(Services& services, std::string_view runner, const core::HttpRequest& request) override;
  void on_answer(const fakes::Answer& answer, std::optional<core::TransportError> timeout) override;

 private:
  FleetRow& row_;
  const core::HttpRequest* request_ = nullptr;  ///< Between before_request() and on_answer(), which follows at once.
  fakes::Now sent_{};
  std::vector<fakes::Exchange> exchanges_;
};

}  // namespace sim
