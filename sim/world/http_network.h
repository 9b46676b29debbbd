// The core's HTTP seam on a world's fakes: finds the fake by the request's URL, and applies what a real transport
// would: the caller's deadline, its bounds on headers and body, and what a partition holds back.
#pragma once

#include "core/http/http.h"
#include "sim/kernel/kernel.h"
#include "sim/world/services.h"

namespace sim {

class HttpNetwork final : public core::HttpTransport {
 public:
  HttpNetwork(Process& process, Services& services)
      : process_(process), services_(services), links_(services.links_of(process.name())) {}

  boost::asio::awaitable<core::HttpResult> send(const core::HttpRequest& request, core::SteadyTime deadline) override;

 private:
  struct OnItsWay;

  /// Hands the request to its fake, now.
  boost::asio::awaitable<core::HttpResult> deliver(const core::HttpRequest& request, Peer peer,
                                                   core::SteadyTime deadline);
  /// The same when the way to the service is open again.
  boost::asio::awaitable<core::HttpResult> deliver_later(const core::HttpRequest& request, Peer peer,
                                                         core::SteadyTime deadline);
  void tell(const core::HttpRequest& request, const fakes::Answer& answer, core::SteadyTime answered,
            const core::HttpResult& result) const;

  Process& process_;
  Services& services_;
  const Links& links_;
};

/// What arrives of a delivery at a client with the request's bounds; the time aside.
core::HttpResult received(fakes::Delivery delivery, const core::HttpRequest& request);

}  // namespace sim
