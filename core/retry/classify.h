// The only reader of statuses, transport errors and retry hints: turns what a call came back with into a Failure.
#pragma once

#include <optional>
#include <string_view>

#include "core/http/http.h"
#include "core/retry/failure.h"
#include "core/time/time.h"

namespace core {

enum class Service : std::uint8_t { Llm, GitHub };
enum class RateLimited403 : std::uint8_t { Retry, Fail };

struct ClassifyContext {
  Service service = Service::Llm;
  WallTime now;  ///< For dates in answers that carry no readable Date of their own.
  RateLimited403 rate_limited_403 = RateLimited403::Retry;
  /// For how much longer the credential of the request may be too new to be known; nothing for one that is known.
  std::optional<Duration> settling = std::nullopt;
};

/// Nothing for a 2xx answer; everything else is a failure. A redirect of GitHub is one that was not followed; every
/// other redirect, and a 1xx, is Malformed: it was not asked for.
std::optional<Failure> classify(const HttpResponse& response, const ClassifyContext& context);
Failure classify(TransportError error);

/// A complete 2xx answer that is not what was asked for. `message` says what was wrong with it.
Failure malformed(int status, std::string_view message);

/// An error that a stream carried under status 200: Ollama's {"error": ...} line, OpenAI's error event. It is
/// classified by the status that the event names, else as Malformed.
Failure error_in_stream(std::optional<int> named_status, std::string_view message);

/// The hint of an answer: retry-after-ms, retry-after (seconds, fractions, HTTP-date), for GitHub x-ratelimit-reset and
/// the minute that its documentation asks for after a secondary limit. Zero, negative and unreadable hints are none.
std::optional<RetryHint> retry_hint(const HttpResponse& response, const ClassifyContext& context);

}  // namespace core
