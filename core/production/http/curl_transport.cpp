#include "core/production/http/curl_transport.h"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <optional>
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

/// Until when the answer may be waited for as things stand, and what it means when that time has come.
struct Limit {
  SteadyTime at;
  TransportError error = TransportError::Timeout;
};

Limit limit_of(const HttpRequest& request, SteadyTime sent, SteadyTime deadline,
               std::optional<SteadyTime> last_byte_at) {
  const std::optional<Duration>& most = last_byte_at ? request.idle_timeout : request.first_byte_timeout;
  if (!most) return {deadline};
  const SteadyTime at = saturating_add(last_byte_at.value_or(sent), *most);
  if (at >= deadline) return {deadline};
  return {at, last_byte_at ? TransportError::IdleTimeout : TransportError::FirstByteTimeout};
}

std::string_view text_of(TransportError overdue) {
  if (overdue == TransportError::FirstByteTimeout) return "no first byte of an answer in time";
  if (overdue == TransportError::IdleTimeout) return "the server was silent for too long within its answer";
  return "no answer in time";
}

/// Waits for the exchange to end. Nothing when it has; else which of the timeouts passed first. The bytes of an answer
/// move the limit without a word: the wait looks at them when the limit that it knew has come.
boost::asio::awaitable<std::optional<TransportError>> wait_for_end(const CurlExchange& exchange,
                                                                   const HttpRequest& request, Clock& clock,
                                                                   Timer& timer, SteadyTime sent, SteadyTime deadline) {
  for (;;) {
    const Limit limit = limit_of(request, sent, deadline, exchange.last_byte_at());
    if (limit.at <= clock.now()) co_return limit.error;
    (void)co_await timer.wait_until(limit.at);
    if (exchange.state() != CurlExchange::State::UnderWay) co_return std::nullopt;
  }
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
  Clock& clock = clock_;
  if (const auto reason = reason_not_to_send(request)) {
    tell(*options, "", *reason);
    co_return TransportError::Refused;
  }
  const std::string_view origin = origin_of(request.url);
  const SteadyTime sent = clock.now();
  if (deadline <= sent) {
    tell(*options, origin, "its time was over before it began");
    co_return overdue_error(Progress::NotSent);
  }
  const std::unique_ptr<Timer> timer = clock.make_timer();
  for (const Connection connection : {Connection::KeptOrNew, Connection::New}) {
    if (loop->closed()) break;
    const ExchangeOptions how{options->connect_timeout, options->extra_certificates, connection};
    CurlExchange exchange(loop, request, how, clock, *timer);
    const std::optional<TransportError> overdue =
        co_await wait_for_end(exchange, request, clock, *timer, sent, deadline);

    if (exchange.state() == CurlExchange::State::Dropped) break;
    if (overdue) {
      tell(*options, origin, text_of(*overdue));
      co_return overdue_error(exchange.progress(), *overdue);
    }
    if (exchange.connection_was_stale()) continue;
    HttpResult result = exchange.result();
    if (!result) tell(*options, origin, exchange.failure_text());
    co_return result;
  }
  throw boost::system::system_error(boost::asio::error::operation_aborted);
}

}  // namespace core
