// Which answers are rate limits, and how long they ask to wait. Shared by what classify() and retry_hint() are made of,
// so that a body is read once. Internal to core/retry.
#pragma once

#include "core/retry/classify.h"
#include "core/retry/error_body.h"

namespace core::detail {

/// A 429; GitHub's 403 with the evidence of a rate limit: retry-after (or retry-after-ms), x-ratelimit-remaining: 0, or
/// a body that names one; GitHub's 422 whose body names one. A 429 for a used-up quota counts here too; classify()
/// tells it apart.
bool is_rate_limit(const HttpResponse& response, const ErrorBody& body, const ClassifyContext& context);

/// As core::retry_hint().
std::optional<RetryHint> retry_hint(const HttpResponse& response, const ErrorBody& body,
                                    const ClassifyContext& context);

/// The wait that an error asks for which a model's answer of success carries. What its headers say is meant of other
/// requests. `own` is the own clock.
std::optional<RetryHint> hint_in_stream(const HttpResponse& response, const ErrorBody& body, WallTime own);

}  // namespace core::detail
