// What an answer asks its client to wait, read from its headers as its protocol means them.
#pragma once

#include <optional>

#include "core/http/http.h"
#include "core/time/time.h"
#include "fakes/answer.h"

namespace fakes {

/// `wait` counts from the answer's arrival, `until` is a date as a time since the start. Read are retry-after-ms,
/// retry-after (seconds or an HTTP-date) and, of a refusal whose quota is used up, x-ratelimit-reset (epoch seconds).
/// Of a model's also x-ratelimit-reset-requests and -tokens where the matching remaining is 0, and a delay in the
/// error's body, where they ask for more; of GitHub's without any of these the minute that a body asks for which names
/// a limit. What cannot be read, is negative, has passed, or stands there twice counts as no hint. False: there is
/// none.
bool read_hint(const core::HttpResponse& response, bool of_github, const Now& now, std::optional<core::Duration>& wait,
               std::optional<core::SteadyTime>& until);

/// Whether a body names a limit of GitHub's.
bool names_github_limit(const core::HttpResponse& response);

}  // namespace fakes
