#include "core/retry/classify.h"

#include <fmt/compile.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <utility>

#include "core/http/header_value.h"
#include "core/retry/rate_limit.h"
#include "core/text/compose.h"

namespace core {

namespace {

constexpr std::size_t kLongestMessage = 200;  ///< Bytes of somebody else's text in a message.

FailureKind kind_of(int status) {
  switch (status) {
    case 401:
      return FailureKind::Unauthorized;
    case 403:
      return FailureKind::Forbidden;
    case 404:
      return FailureKind::NotFound;
    case 429:
      return FailureKind::RateLimited;
    case 503:
      return FailureKind::Unavailable;
    default:
      break;
  }
  if (status >= 400 && status <= 499) return FailureKind::ClientError;
  if (status >= 500 && status <= 599) return FailureKind::ServerError;
  return FailureKind::Malformed;
}

Retryability retryability_of(FailureKind kind) {
  switch (kind) {
    case FailureKind::RateLimited:
    case FailureKind::Unavailable:
    case FailureKind::ServerError:
    case FailureKind::Timeout:
    case FailureKind::Connection:
    case FailureKind::Malformed:
    case FailureKind::EmptyAnswer:
      return Retryability::Retryable;
    case FailureKind::Unauthorized:
    case FailureKind::Forbidden:
    case FailureKind::NotFound:
    case FailureKind::ClientError:
    case FailureKind::Redirected:
      return Retryability::Final;
  }
  return Retryability::Final;
}

/// A status of 4xx says that nothing was done. No other failure does, a redirect after a POST included (RFC 9110
/// 15.4.4).
Failure failure_of(FailureKind kind, int status, std::string message) {
  const bool refused = status >= 400 && status <= 499;
  return {.kind = kind,
          .retryability = retryability_of(kind),
          .effect = refused ? Effect::None : Effect::Unknown,
          .status = status,
          .code = refused ? "ERR_BAD_REQUEST" : "ERR_BAD_RESPONSE",
          .message = std::move(message)};
}

/// OpenAI's 429 that no waiting cures.
bool is_used_up_quota(const HttpResponse& response) {
  constexpr std::string_view kName = "insufficient_quota";
  constexpr std::size_t kLongestError = 64 * 1024;
  if (response.body.size() > kLongestError || response.body.find(kName) == std::string::npos) return false;
  boost::system::error_code not_json;
  const boost::json::value body = boost::json::parse(response.body, not_json);
  if (not_json || !body.is_object()) return false;
  const boost::json::value* error = body.get_object().if_contains("error");
  if (error == nullptr || !error->is_object()) return false;
  for (const std::string_view key : {"code", "type"}) {
    const boost::json::value* value = error->get_object().if_contains(key);
    if (value != nullptr && value->is_string() && std::string_view(value->get_string()) == kName) return true;
  }
  return false;
}

bool says_do_not_retry(const HttpHeaders& headers) {
  return std::ranges::any_of(headers, [](const HttpHeader& header) {
    return equal_ignoring_case(header.name, "x-should-retry") && equal_ignoring_case(trimmed(header.value), "false");
  });
}

Failure timed_out(std::string_view message) {
  return {
      .kind = FailureKind::Timeout, .effect = Effect::Unknown, .code = "ECONNABORTED", .message = std::string(message)};
}

/// Text from outside, cut to kLongestMessage bytes, printable ASCII alone.
std::string quoted(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const std::string next =
        byte >= 0x20 && byte < 0x7f && c != '\\' ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
    if (result.size() + next.size() > kLongestMessage - 3) return result + "...";
    result += next;
  }
  return result;
}

}  // namespace

std::optional<Failure> classify(const HttpResponse& response, const ClassifyContext& context) {
  const int status = response.status;
  if (status >= 200 && status <= 299) return std::nullopt;
  const FailureKind kind = is_rate_limit(response, context) ? FailureKind::RateLimited : kind_of(status);
  Failure failure = failure_of(kind, status, compose(FMT_COMPILE("Request failed with status code {}"), status));
  if (status == 429 && context.service == Service::Llm && is_used_up_quota(response)) {
    failure.kind = FailureKind::ClientError;
    failure.retryability = Retryability::Final;
    failure.message += " (insufficient_quota)";
  }
  if (says_do_not_retry(response.headers)) failure.retryability = Retryability::Final;
  if (failure.retryable()) failure.hint = retry_hint(response, context);
  return failure;
}

Failure classify(TransportError error) {
  switch (error) {
    case TransportError::Timeout:
      return timed_out("no answer in time");
    case TransportError::FirstByteTimeout:
      return timed_out("the first byte of the answer did not come in time");
    case TransportError::IdleTimeout:
      return timed_out("the server was silent for too long within the answer");
    case TransportError::Refused:
      return {.kind = FailureKind::Connection,
              .effect = Effect::None,
              .code = "ECONNREFUSED",
              .message = "connection refused"};
    case TransportError::Reset:
      return {.kind = FailureKind::Connection,
              .effect = Effect::Unknown,
              .code = "ECONNRESET",
              .message = "connection lost before an answer"};
    case TransportError::Truncated:
      return {.kind = FailureKind::Connection,
              .effect = Effect::Unknown,
              .code = "ECONNRESET",
              .message = "connection lost within the answer"};
    case TransportError::TooLarge:
      return {.kind = FailureKind::Malformed,
              .effect = Effect::Unknown,
              .code = "ERR_BAD_RESPONSE",
              .message = "the answer is too large"};
    case TransportError::BadMessage:
      break;
  }
  return {.kind = FailureKind::Malformed,
          .effect = Effect::Unknown,
          .code = "ERR_BAD_RESPONSE",
          .message = "the answer is not HTTP"};
}

Failure malformed(int status, std::string_view message) {
  return failure_of(FailureKind::Malformed, status, quoted(message));
}

Failure error_in_stream(std::optional<int> named_status, std::string_view message) {
  constexpr int kCarrier = 200;
  const FailureKind kind = named_status ? kind_of(*named_status) : FailureKind::Malformed;
  return failure_of(kind, kind == FailureKind::Malformed ? kCarrier : *named_status, quoted(message));
}

}  // namespace core
