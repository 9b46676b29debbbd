#include "runner/commands/job_text.h"

#include <fmt/format.h>

#include "core/json/escape.h"
#include "core/json/input_error.h"
#include "core/time/text.h"

namespace runner {

std::string error_text(const core::JobError& error, std::size_t most_letters) {
  std::string text = core::printable(error.api, 64);
  if (error.status) text += fmt::format("{}status {}", text.empty() ? "" : ", ", *error.status);
  if (error.text.empty()) return text;
  return text + (text.empty() ? "" : ": ") + core::printable(error.text, most_letters);
}

void append_text_json(std::string& out, std::string_view name, const std::string& text) {
  if (text.empty()) return;
  out += fmt::format(",\"{}\":", name);
  core::append_json_string(out, text);
}

void append_error_json(std::string& out, const core::JobError& error, std::optional<core::Duration> ago) {
  append_text_json(out, "last_error", error.text);
  append_text_json(out, "error_api", error.api);
  if (error.status) out += fmt::format(",\"error_status\":{}", *error.status);
  if (ago) out += fmt::format(",\"error_ago_ns\":{}", ago->count());
}

std::string duration_text(core::Duration duration) {
  const core::Duration size = duration < core::Duration::zero() ? -duration : duration;
  return core::format_duration(std::chrono::round<std::chrono::milliseconds>(size));
}

}  // namespace runner
