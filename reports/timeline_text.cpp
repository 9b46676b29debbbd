#include "reports/timeline_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/json/input_error.h"
#include "core/time/text.h"

namespace reports {

namespace {

using core::Event;
using core::EventKind;

enum class Column : std::uint8_t { Job, Tool, Request };

struct Cell {
  Column column;
  std::string text;
  const char* colour;  ///< An SGR parameter; empty for none.
};

constexpr const char* kPlain = "";
constexpr const char* kGood = "32";
constexpr const char* kBad = "31";
constexpr const char* kWaiting = "33";

constexpr std::size_t kJobWidth = 30;
constexpr std::size_t kToolWidth = 44;
constexpr std::size_t kMostShown = 1'000;  ///< Bytes of a text that has to be escaped.

std::string of(const std::optional<std::uint32_t>& number, const std::optional<std::uint32_t>& most) {
  return most ? fmt::format("{}/{}", number.value_or(0), *most) : fmt::format("{}", number.value_or(0));
}

/// Calls made by a tool stand in the tool's column; the request level is the LLM, the token and Redis.
Column column_of(std::string_view api) {
  return api.starts_with("github.") && api != "github.token" ? Column::Tool : Column::Request;
}

std::string failure_text(const Event& event) {
  const std::string_view name = event.failure ? core::name_of(*event.failure) : std::string_view();
  std::string text = event.status ? fmt::format("{} {}", *event.status, name) : std::string(name);
  if (event.hint) text += fmt::format(", come back in {}", core::format_duration(*event.hint));
  return text;
}

Cell call_cell(const Event& event) {
  const Column column = column_of(event.api);
  switch (event.kind) {
    case EventKind::CallStarted:
      return {column, fmt::format("{} {}", event.api, of(event.attempt, event.max_attempts)), kPlain};
    case EventKind::CallSucceeded: {
      const std::string status = event.status ? fmt::format(" {}", *event.status) : std::string();
      return {column, fmt::format("{} {} ok{}", event.api, of(event.attempt, event.max_attempts), status), kGood};
    }
    case EventKind::CallFailed:
      return {column,
              fmt::format("{} {} failed: {}", event.api, of(event.attempt, event.max_attempts), failure_text(event)),
              kBad};
    case EventKind::CallRetry:
      return {column,
              fmt::format("  wait {} ({})", core::format_duration(event.delay.value_or(core::Duration::zero())),
                          event.source ? core::name_of(*event.source) : std::string_view()),
              kWaiting};
    default:
      return {column,
              fmt::format("{} gave up after {}: {}", event.api, event.attempts.value_or(0), event.reason.name()), kBad};
  }
}

Cell job_cell(const Event& event) {
  switch (event.kind) {
    case EventKind::JobEnqueued:
      return {Column::Job, "enqueued", kPlain};
    case EventKind::JobStarted:
      return {Column::Job, fmt::format("run {} starts", event.attempt.value_or(1)), kPlain};
    case EventKind::JobCompleted:
      return {Column::Job, "COMPLETED", kGood};
    case EventKind::JobRequeued:
      return {Column::Job,
              fmt::format("re-queued {}, wait {}", of(event.retry_count, event.max_retries),
                          core::format_duration(event.delay.value_or(core::Duration::zero()))),
              kWaiting};
    case EventKind::JobFailed:
      return {Column::Job, fmt::format("FAILED: {}", event.reason.name()), kBad};
    case EventKind::JobRecovered:
      return {Column::Job, "recovered: lease ran out", kWaiting};
    case EventKind::JobReleased:
      return {Column::Job, "given back", kWaiting};
    case EventKind::LeaseLost:
      return {Column::Job, "lease lost", kBad};
    case EventKind::AgentFinished:
      return {Column::Job, fmt::format("agent: {}", event.outcome ? core::name_of(*event.outcome) : std::string_view()),
              kPlain};
    case EventKind::ToolStarted:
      return {Column::Tool, fmt::format("{} starts", event.tool), kPlain};
    case EventKind::ToolSucceeded:
      return {Column::Tool, fmt::format("{} ok", event.tool), kGood};
    case EventKind::ToolFailed:
      return {Column::Tool, fmt::format("{} failed", event.tool), kBad};
    case EventKind::WorkerStarted:
      return {Column::Job, "worker started", kPlain};
    case EventKind::WorkerStopped:
      return {Column::Job, "worker stopped", kPlain};
    case EventKind::WorkerCrashed:
      return {Column::Job, "WORKER CRASHED", kBad};
    case EventKind::OperatorCancel:
      return {Column::Job, "cancelled by an operator", kBad};
    case EventKind::OperatorDrop:
      return {Column::Job, "dropped by an operator", kPlain};
    case EventKind::OperatorPause:
      return {Column::Job, "PAUSED by an operator", kWaiting};
    case EventKind::OperatorResume:
      return {Column::Job, "resumed by an operator", kPlain};
    case EventKind::OperatorRetry:
      return {Column::Job, "put back by an operator", kPlain};
    case EventKind::WorkerPaused:
      return {Column::Job,
              fmt::format("WORKER PAUSED for {}", core::format_duration(event.delay.value_or(core::Duration::zero()))),
              kBad};
    case EventKind::WorkerResumed:
      return {Column::Job, "worker goes on", kPlain};
    case EventKind::CredentialRefused:
      return {Column::Job,
              fmt::format("CREDENTIAL REFUSED by {}, looks again in {}", event.api,
                          core::format_duration(event.delay.value_or(core::Duration::zero()))),
              kBad};
    case EventKind::CredentialAccepted:
      return {Column::Job, fmt::format("credential accepted by {}", event.api), kGood};
    case EventKind::RedisRestarted:
      return {Column::Job,
              event.lost ? fmt::format("REDIS RESTARTED, lost {}", core::format_duration(*event.lost))
                         : std::string("REDIS RESTARTED"),
              kBad};
    default:
      return call_cell(event);
  }
}

/// Events can come from a file, and with them what a terminal would obey.
std::string shown(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return plain ? std::string(text) : core::printable(text, kMostShown);
}

std::string painted(const std::string& text, const char* colour, Colour wanted) {
  if (wanted == Colour::Never || *colour == '\0') return text;
  return fmt::format("\x1b[{}m{}\x1b[0m", colour, text);
}

/// As wide as the widest, within reason.
std::size_t width_of(const std::vector<Event>& events, std::string_view Event::* field, std::string_view heading) {
  std::size_t width = heading.size();
  for (const Event& event : events) width = std::max(width, (event.*field).size());
  return std::min<std::size_t>(width, 24);
}

}  // namespace

std::string event_summary(const Event& event) {
  std::string text = job_cell(event).text;
  text.erase(0, text.find_first_not_of(' '));
  return shown(text);
}

std::string timeline_text(const std::vector<Event>& events, Colour colour) {
  const std::size_t runner_width = width_of(events, &Event::runner, "runner");
  const std::size_t job_width = width_of(events, &Event::job, "job");
  std::string out;
  const auto back = std::back_inserter(out);
  fmt::format_to(back, "{:>16}  {:{}}  {:{}}  {:{}}{:{}}{}\n", "time", "runner", runner_width, "job", job_width,
                 "JOB LEVEL", kJobWidth, "TOOL LEVEL", kToolWidth, "REQUEST LEVEL");
  for (const Event& event : events) {
    const Cell cell = job_cell(event);
    const std::size_t indent = cell.column == Column::Job    ? 0
                               : cell.column == Column::Tool ? kJobWidth
                                                             : kJobWidth + kToolWidth;
    fmt::format_to(back, "{:>16}  {:{}}  {:{}}  {:{}}{}\n", core::format_duration(event.at.time_since_epoch()),
                   shown(event.runner), runner_width, shown(event.job), job_width, "", indent,
                   painted(shown(cell.text), cell.colour, colour));
  }
  return out;
}

namespace {

struct KeyValueWriter {
  std::string& out;
  void operator()(std::string_view name, std::string_view value) const {
    fmt::format_to(std::back_inserter(out), " {}={}", name, value);
  }
  void operator()(std::string_view name, std::int64_t value) const {
    fmt::format_to(std::back_inserter(out), " {}={}", name, value);
  }
  void operator()(std::string_view name, core::Duration value) const { (*this)(name, core::format_duration(value)); }
};

}  // namespace

std::string event_line(const Event& event) {
  std::string out = fmt::format("{} {} {}", core::format_duration(event.at.time_since_epoch()),
                                event.runner.empty() ? "-" : event.runner, core::name_of(event.kind));
  core::for_each_field(event, KeyValueWriter{out});
  return out;
}

}  // namespace reports
