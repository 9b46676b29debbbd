// What went wrong with a call, in the terms that every later decision is made in. What a service answered, and what its
// connection came to, classify() turns into one; failures that no service told (a request that cannot be signed, a
// reply of Redis, a journal that cannot be read) are made where they are found.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/api/api.h"
#include "core/time/time.h"

namespace core {

/// What this process itself shows to a service: no job and no installation has brought it.
enum class Credential : std::uint8_t {
  ModelKey,
  GithubApp,  ///< The App's JWT, by which installation tokens are asked for.
};
/// The API whose answers say whether the credential is accepted.
constexpr std::string_view api_of(Credential credential) {
  return credential == Credential::ModelKey ? api::kChat : api::kToken;
}

/// The names that traces, logs and scenarios use are in name_of().
enum class FailureKind : std::uint8_t {
  RateLimited,   ///< 429, or GitHub's 403 or 422 with the evidence of a rate limit.
  Unavailable,   ///< 503, 425, and a model's 409.
  ServerError,   ///< Every other 5xx.
  Timeout,       ///< No answer in time, or 408.
  Connection,    ///< Refused, reset or cut short.
  Malformed,     ///< A complete answer that is not what was asked for.
  EmptyAnswer,   ///< A model's whole answer with nothing in it but thinking, or nothing at all.
  Unauthorized,  ///< 401.
  Forbidden,     ///< 403.
  NotFound,      ///< 404.
  ClientError,   ///< Every other 4xx, and a 429 that no waiting cures.
  Redirected,    ///< GitHub's redirect that is not followed.
};
constexpr std::string_view name_of(FailureKind kind) {
  switch (kind) {
    case FailureKind::RateLimited:
      return "rate_limited";
    case FailureKind::Unavailable:
      return "unavailable";
    case FailureKind::ServerError:
      return "server_error";
    case FailureKind::Timeout:
      return "timeout";
    case FailureKind::Connection:
      return "connection";
    case FailureKind::Malformed:
      return "malformed";
    case FailureKind::EmptyAnswer:
      return "empty_answer";
    case FailureKind::Unauthorized:
      return "unauthorized";
    case FailureKind::Forbidden:
      return "forbidden";
    case FailureKind::NotFound:
      return "not_found";
    case FailureKind::ClientError:
      return "client_error";
    case FailureKind::Redirected:
      return "redirected";
  }
  return {};
}

/// Where the length of a wait came from.
enum class DelaySource : std::uint8_t {
  Backoff,
  RetryAfter,
  RateLimitReset,
  Limit,    ///< What was learnt of a limit.
  Circuit,  ///< A circuit breaker is open.
  Budget,   ///< The retry budget does not cover it yet.
  Guard,    ///< Another guard holds it back (core/guards/all_guards.h).
};
constexpr std::string_view name_of(DelaySource source) {
  switch (source) {
    case DelaySource::Backoff:
      return "backoff";
    case DelaySource::RetryAfter:
      return "retry_after";
    case DelaySource::RateLimitReset:
      return "rate_limit_reset";
    case DelaySource::Limit:
      return "limit";
    case DelaySource::Circuit:
      return "circuit";
    case DelaySource::Budget:
      return "budget";
    case DelaySource::Guard:
      return "guard";
  }
  return {};
}

/// What the server asked for: not to be called again before `delay` has passed. Always positive.
/// Duration::max() stands for everything too long to be represented.
struct RetryHint {
  Duration delay;
  DelaySource source = DelaySource::RetryAfter;
  bool operator==(const RetryHint&) const = default;
};

/// Whether the far end may have acted on the request.
enum class Effect : std::uint8_t { None, Unknown };

enum class Retryability : std::uint8_t { Retryable, Final };

struct Failure {
  FailureKind kind = FailureKind::Connection;
  Retryability retryability = Retryability::Retryable;
  Effect effect = Effect::None;
  std::optional<int> status;  ///< Absent when no HTTP status arrived.
  std::optional<RetryHint> hint;
  /// The credential was refused, and for so much longer it is so new that the service may not know it yet.
  std::optional<Duration> settling;
  /// Set where the service refused this credential, or said that its account is not paid: every other job would be
  /// refused, too, and waiting does not help.
  std::optional<Credential> refused_credential;
  std::string code;     ///< As in the summary's log line: ERR_BAD_REQUEST, ECONNRESET, ...
  std::string message;  ///< For people; never holds a secret.
  std::string reason;   ///< The service's own words for it, as `message` quotes them; empty where it gave none.

  bool retryable() const { return retryability == Retryability::Retryable; }
};

}  // namespace core
