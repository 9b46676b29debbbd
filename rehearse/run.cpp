#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <span>

#include "cli/version.h"
#include "core/config/config_json.h"
#include "core/json/escape.h"
#include "core/time/text.h"
#include "rehearse/found_violation.h"
#include "rehearse/interrupt.h"
#include "rehearse/options.h"
#include "rehearse/output.h"
#include "rehearse/unexpected_failures.h"
#include "reports/event_json.h"
#include "reports/trace/trace_format.h"
#include "sim/world/world.h"

namespace rehearse {

namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

/// One scenario's run, with all that any of the formats prints.
struct Run {
  const sim::Scenario& scenario;
  sim::Recorder recorder;
  sim::Report report;
  std::chrono::nanoseconds wall{};
  std::size_t unexpected_failures = 0;  ///< Of jobs.
};

std::string json_texts(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) out += (out.size() > 1 ? "," : "") + core::json_string(text);
  return out + "]";
}

std::string trace_header(const Run& run) {
  return fmt::format(
      "{},\"scenario\":{},\"file\":{},\"seed\":{},{}\"scenario_digest\":{},\"build\":{},\"simulated\":true,"
      "\"config\":{}}}\n",
      reports::trace_header_start(), core::json_string(run.scenario.title), core::json_string(run.scenario.file),
      run.scenario.seed,
      run.scenario.schedule == 0 ? std::string() : fmt::format("\"schedule\":{},", run.scenario.schedule),
      core::json_string(run.scenario.digest), core::json_string(cli::version_text("rehearse")),
      core::config_to_json_line(run.scenario.config));
}

std::string events_json(const Run& run, std::string_view separator) {
  std::string out;
  for (const core::Event& event : run.recorder.events()) {
    if (!out.empty()) out += separator;
    reports::append_event_json(out, event);
  }
  return out;
}

std::string verdict_json(const Run& run) {
  std::vector<std::string> violations;
  violations.reserve(run.report.outcome.violations.size());
  for (const sim::Violation& violation : run.report.outcome.violations) {
    violations.push_back(violation.invariant + ": " + violation.message);
  }
  return fmt::format(
      "\"scenario\":{},\"file\":{},\"seed\":{},\"held\":{},\"mismatches\":{},\"violations\":{},"
      "\"simulated_ns\":{},\"wall_ns\":{},\"events_seen\":{},\"digest\":\"{}\",\"unexpected_failures\":{}",
      core::json_string(run.scenario.title), core::json_string(run.scenario.file), run.scenario.seed, run.report.held(),
      json_texts(run.report.mismatches), json_texts(violations),
      run.report.outcome.stopped_at.time_since_epoch().count(), run.wall.count(), run.report.events, run.report.digest,
      run.unexpected_failures);
}

/// What may be wrong with the file itself, although all that it says holds.
TerminalText notes_text(const Run& run) {
  constexpr std::size_t kMostNotes = 5;
  const std::vector<sim::IdleRule>& idle = run.report.outcome.idle_rules;
  TerminalText out;
  for (const sim::IdleRule& rule : std::span(idle).first(std::min(idle.size(), kMostNotes))) {
    out.append("note: {}\n", sim::describe(rule, run.scenario));
  }
  if (idle.size() > kMostNotes) out.append("  and {} more rules\n", idle.size() - kMostNotes);
  return out;
}

TerminalText verdict_text(const Run& run, const RunOptions& options) {
  TerminalText out;
  for (const std::string& mismatch : run.report.mismatches) out += TerminalText::lines(mismatch);
  if (!options.quiet) out += notes_text(run);
  const auto simulated = run.report.outcome.stopped_at.time_since_epoch();
  const double ratio =
      static_cast<double>(simulated.count()) / static_cast<double>(std::max<std::int64_t>(run.wall.count(), 1));
  const std::size_t failed = run.unexpected_failures;
  out.append("verdict: {}", run.report.held() ? "held" : "FAILED");
  if (failed > 0)
    out.append("; {} failed, and the file expects nothing of {}",
               failed == 1 ? "a job" : fmt::format("{} jobs", failed), failed == 1 ? "it" : "them");
  out.append("\nsimulated {} in {:.2f} ms of wall time: {:.0f} times as fast, {} events\n",
             core::format_duration(simulated), Milliseconds(run.wall).count(), ratio, run.report.events);
  return out.append("digest: {}\n", run.report.digest);
}

void print_text(const Run& run, const RunOptions& options) {
  auto out = TerminalText::format("== {} (seed {})\n   {}\n", run.scenario.file, run.scenario.seed, run.scenario.why);
  if (options.options) out += options_text(run.scenario);
  if (!options.quiet) out.append("\n{}\n", reports::timeline_text(run.recorder.events(), screen_of_stdout()));
  if (options.log) {
    for (const std::string& line : run.report.outcome.log) out.append("log: {}\n", line);
  }
  print("{}{}", out, verdict_text(run, options));
}

/// Prints runs as they end; a JSON array is opened and closed around them.
class Printer {
 public:
  explicit Printer(const RunOptions& options) : options_(options) {
    if (options_.format == Format::Json) print_json("[");
  }

  void operator()(const Run& run) {
    if (options_.format == Format::Text) {
      print(TerminalText::lines(std::exchange(separator_, "\n")));
      print_text(run, options_);
    } else if (options_.format == Format::JsonLines) {
      print_json(trace_header(run));
      const std::string events = options_.quiet ? std::string() : events_json(run, "\n");
      if (!events.empty()) print_json(events + "\n");
      print_json("{\"verdict\":{" + verdict_json(run) + "}}\n");
    } else {
      print_json(std::exchange(separator_, ",\n"));
      const std::string events = options_.quiet ? std::string() : ",\"events\":[" + events_json(run, ",") + "]";
      print_json("{" + verdict_json(run) + ",\"config\":" + core::config_to_json(run.scenario.config) + events + "}");
    }
  }

  void end() {
    if (options_.format == Format::Json) print_json("]\n");
  }

 private:
  const RunOptions& options_;
  std::string separator_;
};

bool wants_events(const RunOptions& options, const sim::Scenario& scenario) {
  return !options.quiet || !options.trace.empty() || !scenario.expect.timeline.empty();
}

/// By step; those of one step in one order, whatever order they were given in.
std::vector<sim::Blow> blows_of(const RunOptions& options) {
  std::vector<sim::Blow> blows;
  blows.reserve(options.blows.size());
  for (const std::string& text : options.blows) blows.push_back(sim::read_blow(text).value());
  // total order: all members count
  std::sort(blows.begin(), blows.end());
  return blows;
}

bool are_runners_there(const std::vector<sim::Blow>& blows, const std::vector<sim::Scenario>& scenarios) {
  for (const sim::Scenario& scenario : scenarios) {
    for (const sim::Blow& blow : blows) {
      if (blow.runner < scenario.runners) continue;
      print_message(
          fmt::format("error: --blow {}: {} has {} runners", sim::written(blow), scenario.file, scenario.runners));
      return false;
    }
  }
  return true;
}

/// As explore runs it: in the order of arrival, and judged by the invariants alone.
void prepare_for_blows(sim::Scenario& scenario) {
  scenario.schedule = 0;
  scenario.expect = {};
}

/// False: it was told to stop before.
bool run_to_its_end(Run& run, const sim::RunOptions& how) {
  // lint-allow(real-clock): how long the run took is told to the user and reaches nothing else
  const auto begun = std::chrono::steady_clock::now();
  try {
    run.report = sim::run_scenario(run.scenario, run.recorder, how);
  } catch (const sim::RunStopped&) {
    return false;
  }
  // lint-allow(real-clock): as above
  run.wall = std::chrono::steady_clock::now() - begun;
  return true;
}

void tell_timeout(const Run& run, std::uint32_t seconds) {
  print_message(fmt::format("error: {}: the run was not at its end after {} s of real time (--timeout), and {} events",
                            run.scenario.file, seconds, run.recorder.count()));
}

}  // namespace

int run_command(const RunOptions& options) {
  bool bad_input = false;
  std::vector<sim::Scenario> scenarios = load_all(options.paths, bad_input);
  if (bad_input) return kBadInput;
  std::optional<OutputFile> trace;
  if (!options.trace.empty()) trace.emplace(options.trace, OutputFile::Access::OwnerAlone);
  if (trace && !trace->ok()) {
    print_message("error: " + trace->error());
    return kBadInput;
  }
  const std::vector<sim::Blow> blows = blows_of(options);
  if (!are_runners_there(blows, scenarios)) return kBadInput;
  catch_interrupts();
  int code = kAllHeld;
  Printer printer(options);
  for (sim::Scenario& scenario : scenarios) {
    limit_time(options.timeout);
    if (options.seed) scenario.seed = *options.seed;
    if (!blows.empty()) prepare_for_blows(scenario);
    const auto keep = wants_events(options, scenario) ? sim::KeepEvents::Yes : sim::KeepEvents::No;
    Run run{scenario, sim::Recorder(keep), {}, {}, {}};
    UnexpectedFailures failures(scenario.expect);
    const sim::RunOptions how{.log = options.log ? sim::KeepLog::Yes : sim::KeepLog::AsExpected,
                              .blows = blows,
                              .observer = &failures,
                              .stop = &interrupted()};
    if (!run_to_its_end(run, how)) {
      if (time_is_over()) {
        tell_timeout(run, options.timeout);
        code = kTimedOut;
        continue;
      }
      printer.end();
      const auto ran = static_cast<std::size_t>(&scenario - scenarios.data());
      print_message(fmt::format("interrupted: {} of {} scenarios were run", ran, scenarios.size()));
      return kInterrupted;
    }
    run.unexpected_failures = failures.count();
    printer(run);
    if (!cli::stdout_is_read() && !trace) break;
    if (trace) {
      const std::string events = events_json(run, "\n");
      trace->write(trace_header(run) + events + (events.empty() ? "" : "\n"));
    }
    if (!run.report.held()) code = std::max<int>(code, kFailed);
  }
  printer.end();
  if (trace && !trace->commit()) {
    print_message("error: " + trace->error());
    return std::max<int>(code, kBadInput);
  }
  return code;
}

int validate_command(const ValidateOptions& options) {
  bool bad_input = false;
  const std::vector<sim::Scenario> scenarios = load_all(options.paths, bad_input);
  if (bad_input) return kBadInput;
  if (!options.quiet) {
    for (const sim::Scenario& scenario : scenarios) print("{}: valid\n", scenario.file);
  }
  return kAllHeld;
}

}  // namespace rehearse
