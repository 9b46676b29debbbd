#include "sim/world/arrival.h"

#include <variant>

namespace sim {

using core::Duration;
using core::SteadyTime;

namespace {

/// The wait of a client for an answer whose bytes come one after the other.
class ClientWait {
 public:
  ClientWait(const core::HttpRequest& request, SteadyTime sent, SteadyTime deadline)
      : idle_(request.idle_timeout), deadline_(deadline) {
    limit_by(request.first_byte_timeout, sent, core::TransportError::FirstByteTimeout);
  }

  /// False when the wait ends before `at`: it has ended by a timeout then.
  bool lasts_until(SteadyTime at) {
    if (at < limit_) return true;
    ended_ = {limit_, error_};
    return false;
  }
  /// Bytes have come: from now on silence counts.
  void heard(SteadyTime at) { limit_by(idle_, at, core::TransportError::IdleTimeout); }

  const Arrival& ended() const { return ended_; }

 private:
  void limit_by(const std::optional<Duration>& most, SteadyTime from, core::TransportError error) {
    limit_ = most ? core::saturating_add(from, *most) : SteadyTime::max();
    error_ = error;
    if (limit_ < deadline_) return;
    limit_ = deadline_;
    error_ = core::TransportError::Timeout;
  }

  const std::optional<Duration> idle_;
  const SteadyTime deadline_;
  SteadyTime limit_;
  core::TransportError error_ = core::TransportError::Timeout;
  Arrival ended_;
};

}  // namespace

Arrival arrival_of(const fakes::Answer& answer, const core::HttpRequest& request, SteadyTime sent,
                   SteadyTime deadline) {
  ClientWait wait(request, sent, deadline);
  const bool never = std::holds_alternative<fakes::NeverAnswer>(answer.delivery);
  SteadyTime at = never ? SteadyTime::max() : core::saturating_add(sent, answer.latency);
  const auto* respond = std::get_if<fakes::Respond>(&answer.delivery);
  if (respond != nullptr && !respond->parts.empty()) {
    const SteadyTime head = at;
    for (const fakes::BodyPart& part : respond->parts) {
      at = core::saturating_add(head, part.after);
      if (!wait.lasts_until(at)) return wait.ended();
      wait.heard(at);
    }
    return {at};
  }
  return wait.lasts_until(at) ? Arrival{at} : wait.ended();
}

}  // namespace sim
