#include "runner/sinks/log.h"

#include <fmt/format.h>

#include <chrono>
#include <vector>

#include "core/json/escape.h"
#include "core/json/input_error.h"
#include "core/logging/log_line.h"
#include "core/text/printable.h"
#include "core/time/text.h"
#include "reports/event_json.h"

namespace runner {

namespace {

using core::EventKind;

constexpr std::size_t kLongestLine = 4'000;
/// Of what is told of lines that were dropped: no event of the core's.
constexpr std::string_view kDropped = "log.dropped";

std::string_view name_of(Level level) {
  switch (level) {
    case Level::Info:
      return "info";
    case Level::Warning:
      return "warning";
    case Level::Error:
      return "error";
  }
  return {};
}

Level level_of(EventKind kind) {
  switch (kind) {
    case EventKind::JobFailed:
    case EventKind::CredentialRefused:
      return Level::Error;
    case EventKind::CallFailed:
    case EventKind::CallRetry:
    case EventKind::CallGaveUp:
    case EventKind::ToolFailed:
    case EventKind::JobRequeued:
    case EventKind::JobRecovered:
    case EventKind::JobReleased:
    case EventKind::LeaseLost:
      return Level::Warning;
    default:
      return Level::Info;
  }
}

}  // namespace

void Log::flush() {
  if (!lines_.flush()) return;
  tell_dropped();
  lines_.flush();
}

void Log::tell_dropped() {
  if (!lines_.has_room()) return;
  const std::uint64_t dropped = lines_.take_dropped();
  if (dropped == 0) return;
  const std::string message =
      fmt::format("{}: {} lines are missing here, which nobody read or no disk had room for", kDropped, dropped);
  if (format_ == LogFormat::Text) {
    lines_.write(text_line(Level::Warning, {}, message));
  } else {
    lines_.write(json_line(Level::Warning, fmt::format(",\"event\":\"{}\",\"lines\":{}", kDropped, dropped), message));
  }
}

void Log::on_event(const core::Event& event) {
  tell_dropped();
  const std::vector<std::string> lines = core::log_lines(event);
  if (lines.empty()) return;
  const Level level = level_of(event.kind);
  if (format_ == LogFormat::Text) {
    for (const std::string& line : lines) lines_.write(text_line(level, event.job, line));
    return;
  }
  std::string message;
  for (const std::string& line : lines) message += (message.empty() ? "" : "\n") + line;
  std::string fields = fmt::format(",\"event\":\"{}\"", core::name_of(event.kind));
  reports::append_event_fields(fields, event);
  lines_.write(json_line(level, fields, message));
}

void Log::say(Level level, std::string_view message) {
  tell_dropped();
  lines_.write(format_ == LogFormat::Text ? text_line(level, {}, message) : json_line(level, {}, message));
}

/// With the same number of decimals in every line.
std::string Log::time() const {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(clock_.wall_now());
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  std::string text = core::format_utc(second);
  text.pop_back();
  return text + fmt::format(".{:03}Z", (now - second).count());
}

std::string Log::text_line(Level level, std::string_view job, std::string_view message) const {
  std::string line = fmt::format("{} {:<7} {} ", time(), name_of(level), core::printable(runner_));
  if (!job.empty()) line += core::printable(job) + " ";
  line += core::printable(message, kLongestLine) + "\n";
  return core::without_ci_commands(std::move(line));
}

std::string Log::json_line(Level level, std::string_view fields, std::string_view message) const {
  std::string line = fmt::format("{{\"time\":\"{}\",\"level\":\"{}\"", time(), name_of(level));
  line += ",\"runner\":";
  core::append_json_string(line, runner_);
  line += fields;
  line += ",\"message\":";
  core::append_json_string(line, message);
  line += "}\n";
  return core::printable_json(line);
}

}  // namespace runner
