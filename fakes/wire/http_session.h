// One client's HTTP/1.1 connection: requests are read whole, handed to the host, and what the fake answers is delivered
// as far as the answer says: late, in part, without end, never, or as a reset. Requests that no fake could be asked are
// refused here: 400 for what is not HTTP or leaves open where the body ends, 501 for a body in a coding that is not
// known, 413 and 431 for what is larger than the bounds below, 408 for what takes longer than the host lets it take,
// 503 for what all requests together have no room for.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/http/http.h"
#include "fakes/answer.h"
#include "fakes/verdict/exchange.h"
#include "fakes/wire/listener.h"
#include "fakes/wire/real_clock.h"
#include "fakes/wire/unfinished_requests.h"

namespace fakes::wire {

inline constexpr std::uint32_t kMaxHeaderBytes = 64 * 1024;
inline constexpr std::uint64_t kMaxBodyBytes = 16 * 1024 * 1024;

class HttpHost {
 public:
  virtual ~HttpHost() = default;

  struct Reply {
    Answer answer;
    std::optional<std::uint64_t> exchange;  ///< Its number; nothing where the host itself has answered.
  };

  /// The request has arrived. What it causes has happened when this returns.
  /// `local` is the address that the client has connected to.
  virtual Reply on_request(Service service, const core::HttpRequest& request, const Now& now,
                           const boost::asio::ip::address& local) = 0;
  virtual void on_end(std::uint64_t exchange, Ending ending, core::SteadyTime at) = 0;
  virtual const RealClock& clock() const = 0;
  /// A request that has begun to arrive has that long at least, and twice that at most.
  virtual std::chrono::milliseconds request_time() const = 0;
  virtual UnfinishedRequests& unfinished_requests() = 0;
};

/// The connection lives until either side closes it, and keeps the host alive.
void start_http_session(boost::asio::ip::tcp::socket socket, ConnectionSlot slot, Service service,
                        std::shared_ptr<HttpHost> host);

}  // namespace fakes::wire
