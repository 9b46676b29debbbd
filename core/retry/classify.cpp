#include "core/retry/classify.h"

#include <fmt/compile.h>

#include <algorithm>
#include <utility>

#include "core/http/header_value.h"
#include "core/retry/error_body.h"
#include "core/retry/rate_limit.h"
#include "core/text/compose.h"

namespace core {

namespace {

constexpr int kPaymentRequired = 402;

/// 304 is no redirect.
bool is_redirect(int status) {
  return status >= 300 && status <= 399 && status != 304;
}

FailureKind kind_of(int status, Service service) {
  switch (status) {
    case 401:
      return FailureKind::Unauthorized;
    case 403:
      return FailureKind::Forbidden;
    case 404:
      return FailureKind::NotFound;
    case 408:
      return FailureKind::Timeout;
    case 409:
      // A model's server has a lock that somebody holds; GitHub says that the request conflicts with what is there.
      return service == Service::Llm ? FailureKind::Unavailable : FailureKind::ClientError;
    case 425:
      return FailureKind::Unavailable;
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

}  // namespace

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

namespace {

/// A status of 4xx says that nothing was done, and so do the redirects that want the same request made elsewhere. No
/// other failure does, a 303 after a POST included (RFC 9110 15.4.4).
Failure failure_of(FailureKind kind, int status, std::string message) {
  const bool refused = status >= 400 && status <= 499;
  const bool moved = kind == FailureKind::Redirected && status != 303 && status >= 301 && status <= 308;
  return {.kind = kind,
          .retryability = retryability_of(kind),
          .effect = refused || moved ? Effect::None : Effect::Unknown,
          .status = status,
          .code = refused ? "ERR_BAD_REQUEST" : "ERR_BAD_RESPONSE",
          .message = std::move(message)};
}

/// The key is not accepted, or its account must be paid.
bool is_refused_key(int status) {
  return status == 401 || status == kPaymentRequired;
}

bool says_do_not_retry(const HttpHeaders& headers) {
  return std::ranges::any_of(headers, [](const HttpHeader& header) {
    return equal_ignoring_case(header.name, "x-should-retry") && equal_ignoring_case(trimmed(header.value), "false");
  });
}

/// Whether the refusal is one that a credential gets which GitHub does not know everywhere yet (reading 21).
bool may_be_unknown_credential(FailureKind kind, const ClassifyContext& context) {
  if (context.service != Service::GitHub) return false;
  if (kind == FailureKind::Forbidden) return context.rate_limited_403 == RateLimited403::Retry;
  return kind == FailureKind::Unauthorized;
}

Failure timed_out(std::string_view message) {
  return {
      .kind = FailureKind::Timeout, .effect = Effect::Unknown, .code = "ECONNABORTED", .message = std::string(message)};
}

}  // namespace

std::optional<Failure> classify(const HttpResponse& response, const ClassifyContext& context) {
  const int status = response.status;
  if (status >= 200 && status <= 299) return std::nullopt;
  const ErrorBody body(response.body);
  const bool redirected = context.service == Service::GitHub && is_redirect(status);
  const FailureKind kind = detail::is_rate_limit(response, body, context) ? FailureKind::RateLimited
                           : redirected                                   ? FailureKind::Redirected
                                                                          : kind_of(status, context.service);
  Failure failure = failure_of(kind, status, compose(FMT_COMPILE("Request failed with status code {}"), status));
  if (redirected) failure.message += ": a redirect that is not followed";
  if (context.service == Service::GitHub) failure.reason = body.github_reason();
  if (!failure.reason.empty()) failure.message += ": " + failure.reason;
  if (status == 429 && context.service == Service::Llm) {
    if (const auto word = body.account_word()) {
      failure.kind = FailureKind::ClientError;
      failure.retryability = Retryability::Final;
      failure.message += compose(FMT_COMPILE(" ({})"), *word);
      failure.refused_credential = Credential::ModelKey;
    }
  }
  if (context.service == Service::Llm && is_refused_key(status)) failure.refused_credential = Credential::ModelKey;
  if (says_do_not_retry(response.headers)) {
    failure.retryability = Retryability::Final;
  } else if (may_be_unknown_credential(kind, context)) {
    failure.settling = context.settling;
  }
  if (failure.retryable()) failure.hint = detail::retry_hint(response, body, context);
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
  return failure_of(FailureKind::Malformed, status, quoted_text(message));
}

Failure empty_answer(int status) {
  return failure_of(FailureKind::EmptyAnswer, status, "the answer is empty");
}

Failure ended_in_trouble(int status, std::string_view reason) {
  return failure_of(FailureKind::ServerError, status, quoted_text(fmt::format("the answer ended with {}", reason)));
}

Failure error_in_stream(const HttpResponse& response, WallTime own, std::optional<int> named_status,
                        std::string_view message, std::string_view error) {
  const ErrorBody body(error);
  // Some services call a limit that is met within a stream an invalid request.
  if (named_status == 400 && body.says_too_many_requests()) named_status = 429;
  FailureKind kind = named_status ? kind_of(*named_status, Service::Llm) : FailureKind::Malformed;
  int status = kind == FailureKind::Malformed ? response.status : *named_status;
  std::string text(message);
  bool refuses_key = is_refused_key(status);
  if (const auto word = body.account_word(); word && retryability_of(kind) == Retryability::Retryable) {
    refuses_key = true;
    if (kind != FailureKind::RateLimited) status = kPaymentRequired;
    kind = FailureKind::ClientError;
    text += compose(FMT_COMPILE(" ({})"), *word);
  }
  Failure failure = failure_of(kind, status, quoted_text(text));
  if (refuses_key) failure.refused_credential = Credential::ModelKey;
  if (failure.retryable()) failure.hint = detail::hint_in_stream(response, body, own);
  return failure;
}

}  // namespace core
