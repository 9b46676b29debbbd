// HTTP for production: core::HttpTransport by libcurl on the program's one Asio loop. Connections are kept and shared,
// HTTP/2 is spoken where TLS negotiates it, proxies are taken from the environment. Certificates are always verified;
// redirects are answers; there are no cookies, no .netrc, no decompression; a request is sent at most once.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include "core/http/http.h"
#include "core/production/http/certificates.h"
#include "core/time/clock.h"

namespace core {

class CurlLoop;

struct CurlOptions {
  /// For resolving the name, connecting and TLS together. Ends as Refused: nothing was sent.
  Duration connect_timeout = std::chrono::seconds(10);
  Certificates extra_certificates;  ///< Trusted besides the system's.

  /// Told of each request without an answer: where it went, as "https://host:port" (nothing of a request that must not
  /// be sent), and what happened, in words for people, which neither name a path nor quote a header or a body.
  std::function<void(std::string_view origin, std::string_view what)> on_failure;
};

/// What its errors mean beyond HttpTransport: Refused is everything that happened before the request's first byte could
/// have left, a deadline that passed included, and a request that must not be sent at all (see request_check.h). A body
/// that lasts until its connection ends is whole to libcurl however that ends, over TLS too: those who read bodies look
/// for an end of their own.
class CurlTransport final : public HttpTransport {
 public:
  /// `clock` waits on the same loop as `executor` and outlives this and all its requests.
  CurlTransport(const boost::asio::any_io_executor& executor, Clock& clock, CurlOptions options);
  /// Requests under way end with operation_aborted.
  ~CurlTransport() override;
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  boost::asio::awaitable<HttpResult> send(const HttpRequest& request, SteadyTime deadline) override;

 private:
  Clock& clock_;
  std::shared_ptr<const CurlOptions> options_;  ///< Shared with the requests, which may outlive this.
  std::shared_ptr<CurlLoop> loop_;
};

}  // namespace core
