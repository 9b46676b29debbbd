// How a rule's `retry_after` is put into an answer, and what it means: the wait that the rule asks for, which is what
// clients are judged by, whatever they make of the answer.
#pragma once

#include <optional>
#include <string>

#include "core/http/http.h"
#include "fakes/answer.h"
#include "fakes/faults/rule.h"

namespace fakes {

/// Puts it into the answer's headers, or in place of its body. A retry-after that is there already stays: services have
/// been seen to send two.
void ask_to_wait(const RetryAfterSpelling& spelling, core::HttpResponse& response, const Now& now);

/// For how long a client is not to come back, from now on; nothing where it means no plain time.
std::optional<core::Duration> meant_by(const RetryAfterSpelling& spelling, const Now& now);

/// Whether the spelling is the answer's body.
bool is_in_the_body(const RetryAfterSpelling& spelling);

/// As OpenAI and others write a duration: "12ms", "1.5s", "6m0s", "1h0m0s"; exact.
std::string duration_text(core::Duration duration);

}  // namespace fakes
