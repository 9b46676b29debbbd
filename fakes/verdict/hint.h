// What an answer asks its client to wait, read from its headers as its protocol means them.
#pragma once

#include <optional>

#include "core/http/http.h"
#include "core/time/time.h"
#include "fakes/answer.h"

namespace fakes {

/// `wait` counts from the answer's arrival, `until` is a date as a time since the start. Read are retry-after-ms,
/// retry-after (seconds or an HTTP-date) and, of a refusal whose quota is used up, x-ratelimit-reset (epoch seconds).
/// What cannot be read, is negative, has passed, or stands there twice counts as no hint. False: there is none.
bool read_hint(const core::HttpResponse& response, const Now& now, std::optional<core::Duration>& wait,
               std::optional<core::SteadyTime>& until);

}  // namespace fakes
