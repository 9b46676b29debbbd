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

void Log::on_event(const core::Event& event) {
  const std::vector<std::string> lines = core::log_lines(event);
  if (lines.empty()) return;
  const Level level = level_of(event.kind);
  if (format_ == LogFormat::Text) {
    for (const std::string& line : lines) write_text(level, event.job, line);
    return;
  }
  std::string message;
  for (const std::string& line : lines) message += (message.empty() ? "" : "\n") + line;
  write_json(level, &event, message);
}

void Log::say(Level level, std::string_view message) {
  if (format_ == LogFormat::Text) return write_text(level, {}, message);
  write_json(level, nullptr, message);
}

/// With the same number of decimals in every line.
std::string Log::time() const {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(clock_.wall_now());
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  std::string text = core::format_utc(second);
  text.pop_back();
  return text + fmt::format(".{:03}Z", (now - second).count());
}

void Log::write_text(Level level, std::string_view job, std::string_view message) {
  std::string line = fmt::format("{} {:<7} {} ", time(), name_of(level), core::printable(runner_));
  if (!job.empty()) line += core::printable(job) + " ";
  line += core::printable(message, kLongestLine) + "\n";
  line = core::without_ci_commands(std::move(line));
  std::fwrite(line.data(), 1, line.size(), file_);
  std::fflush(file_);
}

void Log::write_json(Level level, const core::Event* event, std::string_view message) {
  std::string line = fmt::format("{{\"time\":\"{}\",\"level\":\"{}\"", time(), name_of(level));
  line += ",\"runner\":";
  core::append_json_string(line, runner_);
  if (event != nullptr) {
    line += fmt::format(",\"event\":\"{}\"", core::name_of(event->kind));
    reports::append_event_fields(line, *event);
  }
  line += ",\"message\":";
  core::append_json_string(line, message);
  line += "}\n";
  line = core::printable_json(line);
  std::fwrite(line.data(), 1, line.size(), file_);
  std::fflush(file_);
}

}  // namespace runner
