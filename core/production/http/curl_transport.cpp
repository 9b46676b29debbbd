#include "core/production/http/curl_transport.h"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <string>
#include <utility>

#include "core/check.h"
#include "core/production/http/curl_exchange.h"
#include "core/production/http/curl_loop.h"
#include "core/production/http/request_check.h"

namespace core {

namespace {

void start_libcurl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) broken_invariant("libcurl cannot be started");
}

std::shared_ptr<CurlLoop> make_loop(const boost::asio::any_io_executor& executor) {
  start_libcurl();
  return std::make_shared<CurlLoop>(executor);
}

void tell(const CurlOptions& options, std::string_view origin, std::string_view what) {
  if (!options.on_failure) return;
  // Text of the far end may be in it.
  std::string printable;
  for (const char c : what) printable += c >= ' ' && c <= '~' ? c : '?';
  options.on_failure(origin, printable);
}

}  // namespace

CurlTransport::CurlTransport(const boost::asio::any_io_executor& executor, Clock& clock, CurlOptions options)
    : clock_(clock), options_(std::make_shared<CurlOptions>(std::move(options))), loop_(make_loop(executor)) {}

CurlTransport::~CurlTransport() {
  loop_->close();
}

boost::asio::awaitable<HttpResult> CurlTransport::send(const HttpRequest& request, SteadyTime deadline) {
  // From the first wait on, the transport may be gone.
  const std::shared_ptr<const CurlOptions> options = options_;
  const std::shared_ptr<CurlLoop> loop = loop_;
  if (const auto reason = reason_not_to_send(request)) {
    tell(*options, "", *reason);
    co_return TransportError::Refused;
  }
  const std::string_view origin = origin_of(request.url);
  if (deadline <= clock_.now()) {
    tell(*options, origin, "its time was over before it began");
    co_return overdue_error(Progress::NotSent);
  }
  const std::unique_ptr<Timer> timer = clock_.make_timer();
  for (const Connection connection : {Connection::KeptOrNew, Connection::New}) {
    if (loop->closed()) break;
    const ExchangeOptions how{options->connect_timeout, options->extra_certificates, connection};
    CurlExchange exchange(loop, request, how, *timer);
    (void)co_await timer->wait_until(deadline);

    if (exchange.state() == CurlExchange::State::Dropped) break;
    if (exchange.state() == CurlExchange::State::UnderWay) {
      tell(*options, origin, "no answer in time");
      co_return overdue_error(exchange.progress());
    }
    if (exchange.connection_was_stale()) continue;
    HttpResult result = exchange.result();
    if (!result) tell(*options, origin, exchange.failure_text());
    co_return result;
  }
  throw boost::system::system_error(boost::asio::error::operation_aborted);
}

}  // namespace core
