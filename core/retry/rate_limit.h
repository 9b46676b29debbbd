// Which answers are rate limits. Shared by classify() and retry_hint(), which must agree on it.
#pragma once

#include "core/retry/classify.h"

namespace core {

/// A 429, or GitHub's 403 with the evidence of a rate limit: retry-after(-ms), x-ratelimit-remaining: 0, or a body that
/// names a secondary rate limit. A 429 for a used-up quota counts here too; classify() tells it apart.
bool is_rate_limit(const HttpResponse& response, const ClassifyContext& context);

}  // namespace core
