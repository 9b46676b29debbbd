// The HTTP seam: one request, one whole answer or one failure. Bodies and headers are bounded by the request, because
// the far end is not trusted to end. What an answer means is not decided here.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time/permit.h"
#include "core/time/time.h"

namespace core {

struct HttpHeader {
  std::string name;  ///< As sent; compared without regard to ASCII case.
  std::string value;
  bool operator==(const HttpHeader&) const = default;
};
using HttpHeaders = std::vector<HttpHeader>;

/// The first header of that name.
std::optional<std::string_view> find_header(const HttpHeaders& headers, std::string_view name);
bool equal_ignoring_case(std::string_view a, std::string_view b);

struct HttpRequest {
  std::string method;  ///< Upper case.
  std::string url;     ///< Absolute.
  HttpHeaders headers;
  std::string body;
  std::size_t max_header_bytes = 64 * 1024;
  std::size_t max_body_bytes = 8 * 1024 * 1024;
  /// How long the first byte of the answer's body may take, counted from send(). The head alone does not count: servers
  /// send it before the work is done. An answer without a body must be whole by then. Absent: not limited.
  std::optional<Duration> first_byte_timeout;
  /// How long the server may be silent between two bytes of the body, and between the last byte and the end of the
  /// answer. Absent: not limited.
  std::optional<Duration> idle_timeout;
  /// Looked at in the moment before the first byte leaves, when the connection stands: that may have taken its time. If
  /// it does not hold, nothing is sent (Refused). Outlives the call; null: it may be sent at any time.
  const Permit* permit = nullptr;
};

struct HttpResponse {
  int status = 0;  ///< 100-599.
  HttpHeaders headers;
  std::string body;
};

/// Why there is no whole answer.
enum class TransportError {
  Timeout,           ///< Not answered by the deadline. The request may have been acted on.
  FirstByteTimeout,  ///< The request's first_byte_timeout passed. The request may have been acted on.
  IdleTimeout,       ///< The request's idle_timeout passed within the answer.
  Refused,           ///< No connection: the request was not sent.
  Reset,             ///< The connection was lost before an answer began. The request may have been acted on.
  Truncated,         ///< The connection was lost within the answer.
  TooLarge,          ///< The answer passed one of the request's bounds and was cut off.
  BadMessage,        ///< The answer is not HTTP.
};

using HttpResult = boost::system::result<HttpResponse, TransportError>;

/// The name of the header that tells the far end, its logs and its fakes which job a request was made for. The value is
/// the job's id, percent-encoded where it is not a plain token.
inline constexpr std::string_view kJobHeader = "X-Correlation-Id";
/// The name of the header that says which runner sent a request: its name, percent-encoded in the same way.
inline constexpr std::string_view kRunnerHeader = "X-Runner-Name";

class HttpTransport {
 public:
  virtual ~HttpTransport() = default;

  /// Sends, and waits for the whole answer until `deadline`, or until one of the request's own timeouts passes first
  /// (of two that pass at one instant the deadline counts). The request must outlive the call. Cancelling the
  /// coroutine drops the request and ends with operation_aborted.
  virtual boost::asio::awaitable<HttpResult> send(const HttpRequest& request, SteadyTime deadline) = 0;
};

}  // namespace core
