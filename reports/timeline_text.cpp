#include "reports/timeline_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/api/api.h"
#include "core/json/input_error.h"
#include "core/text/wrap.h"
#include "core/time/text.h"

namespace reports {

namespace {

using core::Event;
using core::EventKind;
using core::TerminalText;
using Colour = TerminalText::Colour;

enum class Column : std::uint8_t { Job, Tool, Request };

struct Cell {
  Column column;
  std::string text;
  Colour colour;
};

constexpr Colour kPlain = Colour::None;
constexpr Colour kGood = Colour::Green;
constexpr Colour kBad = Colour::Red;
constexpr Colour kWaiting = Colour::Yellow;

constexpr std::string_view kRunner = "runner";
constexpr std::string_view kJob = "job";
constexpr std::size_t kJobWidth = 30;
constexpr std::size_t kToolWidth = 44;
constexpr std::size_t kMostShown = 1'000;  ///< Bytes of a text that has to be escaped.

std::string of(const std::optional<std::uint32_t>& number, const std::optional<std::uint32_t>& most) {
  return most ? fmt::format("{}/{}", number.value_or(0), *most) : fmt::format("{}", number.value_or(0));
}

/// Calls made by a tool stand in the tool's column; the request level is the LLM, the token and Redis.
Column column_of(std::string_view api) {
  return core::is_of(core::Service::GitHub, api) && api != core::api::kToken ? Column::Tool : Column::Request;
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

/// The cell of an event for whose kind this file has no words.
Cell plain_cell(Event event) {
  event.job = {};
  std::string text(core::name_of(event.kind));
  core::for_each_field(event, KeyValueWriter{text});
  return {Column::Job, std::move(text), kPlain};
}

/// What a worker makes of a service, beside single calls.
Cell service_cell(const Event& event) {
  switch (event.kind) {
    case EventKind::CredentialRefused:
      return {Column::Job,
              fmt::format("CREDENTIAL REFUSED by {}, looks again in {}", event.api,
                          core::format_duration(event.delay.value_or(core::Duration::zero()))),
              kBad};
    case EventKind::CredentialAccepted:
      return {Column::Job, fmt::format("credential accepted by {}", event.api), kGood};
    case EventKind::CircuitOpened:
      return {
          Column::Request,
          fmt::format("CIRCUIT OPEN for {}: {} ({})",
                      core::format_duration(event.delay.value_or(core::Duration::zero())), event.api, event.credential),
          kBad};
    case EventKind::CircuitClosed:
      return {Column::Request, fmt::format("circuit closed: {} ({})", event.api, event.credential), kGood};
    default:
      return core::kCallKinds.contains(event.kind) ? call_cell(event) : plain_cell(event);
  }
}

Cell job_cell(const Event& event) {
  switch (event.kind) {
    case EventKind::JobEnqueued:
      return {Column::Job, "enqueued", kPlain};
    case EventKind::JobStarted:
      return {Column::Job,
              fmt::format("run {} starts{}", event.attempt.value_or(1),
                          event.deadline ? ", deadline in " + core::format_duration(*event.deadline) : std::string()),
              kPlain};
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
    case EventKind::RedisRestarted:
      return {Column::Job,
              event.lost ? fmt::format("REDIS RESTARTED, lost {}", core::format_duration(*event.lost))
                         : std::string("REDIS RESTARTED"),
              kBad};
    default:
      return service_cell(event);
  }
}

/// Events can come from a file, and with them what a terminal would obey.
std::string shown(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return plain ? std::string(text) : core::printable(text, kMostShown);
}

/// As wide as the widest, within reason.
std::size_t width_of(const std::vector<Event>& events, std::string_view Event::* field, std::string_view heading) {
  std::size_t width = heading.size();
  for (const Event& event : events) width = std::max(width, (event.*field).size());
  return std::min<std::size_t>(width, 24);
}

/// An event as it is shown.
struct Line {
  std::string time;
  std::string runner;
  std::string job;
  Column column;
  std::string text;
  Colour colour;
};

Line line_of(const Event& event) {
  const Cell cell = job_cell(event);
  return {core::format_duration(event.at.time_since_epoch()),
          shown(event.runner),
          shown(event.job),
          cell.column,
          shown(cell.text),
          cell.colour};
}

/// Of the columns of runners and jobs.
struct Widths {
  std::size_t runner;
  std::size_t job;
};

std::size_t indent_of(Column column) {
  return column == Column::Job ? 0 : column == Column::Tool ? kJobWidth : kJobWidth + kToolWidth;
}

constexpr std::size_t kTimeWidth = 16;
constexpr std::string_view kRequestHeading = "REQUEST LEVEL";

bool fits(const std::vector<Line>& lines, const Widths& widths, std::size_t width) {
  if (width == 0) return true;
  const std::size_t before = kTimeWidth + 2 + widths.runner + 2 + widths.job + 2;
  if (before + indent_of(Column::Request) + kRequestHeading.size() > width) return false;
  return std::ranges::all_of(
      lines, [&](const Line& line) { return before + indent_of(line.column) + core::columns_of(line.text) <= width; });
}

TerminalText coloured(std::string_view text, Colour colour, const Screen& screen) {
  return TerminalText::format("{}", text).painted(screen.colours ? colour : Colour::None);
}

/// The three levels beside each other.
TerminalText wide_timeline(const std::vector<Line>& lines, const Widths& widths, const Screen& screen) {
  TerminalText out =
      TerminalText::format("{:>{}}  {:{}}  {:{}}  {:{}}{:{}}{}\n", "time", kTimeWidth, "runner", widths.runner, "job",
                           widths.job, "JOB LEVEL", kJobWidth, "TOOL LEVEL", kToolWidth, kRequestHeading);
  for (const Line& line : lines) {
    out.append("{:>{}}  {:{}}  {:{}}  {:{}}{}\n", line.time, kTimeWidth, line.runner, widths.runner, line.job,
               widths.job, "", indent_of(line.column), coloured(line.text, line.colour, screen));
  }
  return out;
}

/// The columns before the text in a narrow timeline; 0: there is no such column.
struct NarrowColumns {
  std::size_t time = 4, runner = 0, job = 0;

  std::size_t total() const { return time + 2 + (runner > 0 ? runner + 2 : 0) + (job > 0 ? job + 2 : 0); }
};

NarrowColumns narrow_columns(const std::vector<Line>& lines) {
  NarrowColumns columns;
  for (const Line& line : lines) {
    columns.time = std::max(columns.time, line.time.size());
    if (!line.runner.empty())
      columns.runner = std::max({columns.runner, core::columns_of(line.runner), kRunner.size()});
    if (!line.job.empty()) columns.job = std::max({columns.job, core::columns_of(line.job), kJob.size()});
  }
  return columns;
}

/// One line of a narrow timeline, in as many of the screen's as it takes.
void append_narrow(TerminalText& out, const Line& line, const NarrowColumns& columns, std::size_t indent,
                   const Screen& screen) {
  constexpr std::size_t kLeastWidth = 8;
  constexpr std::size_t kHanging = 4;
  TerminalText before = TerminalText::format("{:>{}}  ", line.time, columns.time);
  if (columns.runner > 0) before.append("{:{}}  ", line.runner, columns.runner);
  if (columns.job > 0) before.append("{:{}}  ", line.job, columns.job);
  const std::size_t taken = columns.total() + indent + kHanging;
  const std::size_t width = std::max(screen.width, taken + kLeastWidth) - taken;
  const bool fits_at_once = core::columns_of(line.text) <= width + kHanging;
  bool is_first = true;
  for (const std::string_view piece : core::wrapped(line.text, fits_at_once ? width + kHanging : width)) {
    if (is_first) {
      out.append("{}{:{}}{}\n", before, "", indent, coloured(piece, line.colour, screen));
    } else {
      out.append("{:{}}{}\n", "", taken, coloured(piece, line.colour, screen));
    }
    is_first = false;
  }
}

/// The levels one below the other. Long names of runners and jobs would leave the text no room: they have a line of
/// their own then, wherever they change.
TerminalText narrow_timeline(const std::vector<Line>& lines, const Screen& screen) {
  constexpr std::size_t kLeastText = 40;
  constexpr std::size_t kIndent = 2;
  NarrowColumns columns = narrow_columns(lines);
  const bool apart = columns.total() + kLeastText > screen.width;
  if (apart) columns.runner = columns.job = 0;
  TerminalText out;
  append_narrow(out, {"time", std::string(kRunner), std::string(kJob), {}, "JOB > TOOL > REQUEST LEVEL", kPlain},
                columns, 0, screen);
  const Line* last = nullptr;
  for (const Line& line : lines) {
    const bool is_same = last != nullptr && last->runner == line.runner && last->job == line.job;
    const bool names_any = !line.runner.empty() || !line.job.empty();
    if (apart && !is_same && names_any) {
      out.append("{}{}{}\n", line.runner, line.runner.empty() || line.job.empty() ? "" : "  ", line.job);
    }
    last = &line;
    append_narrow(out, line, columns, kIndent * static_cast<std::size_t>(line.column), screen);
  }
  return out;
}

}  // namespace

std::string event_summary(const Event& event) {
  std::string text = job_cell(event).text;
  text.erase(0, text.find_first_not_of(' '));
  return shown(text);
}

TerminalText timeline_text(const std::vector<Event>& events, const Screen& screen) {
  std::vector<Line> lines;
  lines.reserve(events.size());
  for (const Event& event : events) lines.push_back(line_of(event));
  const Widths widths{width_of(events, &Event::runner, "runner"), width_of(events, &Event::job, "job")};
  return fits(lines, widths, screen.width) ? wide_timeline(lines, widths, screen) : narrow_timeline(lines, screen);
}

std::string event_line(const Event& event) {
  std::string out = fmt::format("{} {} {}", core::format_duration(event.at.time_since_epoch()),
                                event.runner.empty() ? "-" : event.runner, core::name_of(event.kind));
  core::for_each_field(event, KeyValueWriter{out});
  return out;
}

}  // namespace reports
