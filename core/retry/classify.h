// The only reader of statuses, transport errors and retry hints: turns what a call came back with into a Failure.
#pragma once

#include <optional>
#include <string_view>

#include "core/api/api.h"
#include "core/http/http.h"
#include "core/retry/failure.h"
#include "core/time/time.h"

namespace core {

enum class RateLimited403 : std::uint8_t { Retry, Fail };

struct ClassifyContext {
  Service service = Service::Llm;
  WallTime now;  ///< The own clock, for moments that an answer names: see AnswerTime.
  RateLimited403 rate_limited_403 = RateLimited403::Retry;
  /// For how much longer the credential of the request may be too new to be known; nothing for one that is known.
  std::optional<Duration> settling = std::nullopt;
};

/// Of a failure of that kind, unless the service itself says more: whether another try may cure it.
Retryability retryability_of(FailureKind kind);

/// Nothing for a 2xx answer; everything else is a failure. A redirect of GitHub is one that was not followed; every
/// other redirect, and a 1xx, is Malformed: it was not asked for.
std::optional<Failure> classify(const HttpResponse& response, const ClassifyContext& context);
Failure classify(TransportError error);

/// A complete 2xx answer that is not what was asked for. `message` says what was wrong with it.
Failure malformed(int status, std::string_view message);

/// An error that an answer of success carried: Ollama's {"error": ...} line, OpenAI's error event. It is classified by
/// the status that the error names, else as Malformed; where no waiting cures it, as it would be under 429. `error` is
/// its JSON, read for that and for the wait that it asks for; moments in it also by the own clock, `own`.
Failure error_in_stream(const HttpResponse& response, WallTime own, std::optional<int> named_status,
                        std::string_view message, std::string_view error);

/// A model's whole answer with nothing in it but thinking, or nothing at all (reading 22).
Failure empty_answer(int status);

/// A model's answer that ended for a reason which is the server's trouble (reading 22): ServerError. `reason` is quoted
/// in the message.
Failure ended_in_trouble(int status, std::string_view reason);

/// The wait that an answer asks for. Of a model's the longest of: retry-after-ms or else retry-after (seconds,
/// fractions, HTTP-date); x-ratelimit-reset, whatever is behind it, where the matching remaining is 0; a delay in the
/// body. Of GitHub's the first of: retry-after; x-ratelimit-reset where remaining is 0; the minute that its
/// documentation asks for where its body names a limit. Zero, negative and unreadable hints are none.
std::optional<RetryHint> retry_hint(const HttpResponse& response, const ClassifyContext& context);

}  // namespace core
