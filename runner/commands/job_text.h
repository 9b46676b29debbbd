// What several commands say of a job.
#pragma once

#include <optional>
#include <string>

#include "core/queue/job.h"
#include "core/time/time.h"

namespace runner {

/// "github.comments.create, status 502: Bad gateway". Empty where there is no error.
std::string error_text(const core::JobError& error, std::size_t most_letters);

/// `,"last_error":...,"error_api":...,"error_status":...,"error_ago_ns":...` of what is known.
void append_error_json(std::string& out, const core::JobError& error, std::optional<core::Duration> ago);

/// A text as `,"NAME":"..."`; nothing where it is empty.
void append_text_json(std::string& out, std::string_view name, const std::string& text);

/// For people: to the millisecond, and without a sign.
std::string duration_text(core::Duration duration);

}  // namespace runner
